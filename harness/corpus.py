"""Text that encoders are trained on."""

import dataclasses
import hashlib
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np

from harness.bounded_files import numbered_lines
from harness.data import DataFolder
from harness.errors import BadDataError, MissingDataError
from harness.file_layouts import refuse_tables
from harness.file_signatures import refuse_binary
from harness.text_files import decode_text

T = TypeVar("T")

LABELS = ("entailment", "neutral", "contradiction")


@dataclass(frozen=True)
class LabelledPair:
    """A pair of natural language inference.

    Attributes:
        premise: First sentence.
        hypothesis: Second sentence.
        label: Index into `LABELS`.
    """

    premise: str
    hypothesis: str
    label: int


@dataclass(frozen=True)
class Corpus:
    """Training text: sentences, or labelled pairs.

    Attributes:
        name: Registered name, or the file it was read from.
        sentences: In order, repeats kept, for training without labels.
        pairs: For training with labels.
        tasks: Registered tasks whose sentences are in it.
        paraphrases: Pairs of sentences that mean the same.
        is_sample: Whether it is a part, drawn at random, of a larger text.
        understood: One line about what was read of a user's own file; else empty.
    """

    name: str
    sentences: tuple[str, ...] = ()
    pairs: tuple[LabelledPair, ...] = ()
    tasks: tuple[str, ...] = ()
    paraphrases: tuple[tuple[str, str], ...] = ()
    is_sample: bool = False
    understood: str = ""

    @property
    def text(self) -> tuple[str, ...]:
        """Every sentence, those of the pairs and paraphrases too, labels left out."""
        sides = (side for pair in self.pairs for side in (pair.premise, pair.hypothesis))
        return (*self.sentences, *sides, *(side for both in self.paraphrases for side in both))

    @cached_property
    def checksum(self) -> str:
        """One checksum over all text and labels in order, in hexadecimal."""
        digest = hashlib.sha256()
        for sentence in self.sentences:
            digest.update(sentence.encode("utf-8", "surrogatepass") + b"\n")
        for pair in self.pairs:
            line = f"{pair.premise}\t{pair.hypothesis}\t{pair.label}\n"
            digest.update(line.encode("utf-8", "surrogatepass"))
        for first, second in self.paraphrases:
            digest.update(f"{first}\t{second}\n".encode("utf-8", "surrogatepass"))
        return digest.hexdigest()

    @property
    def sentence_count(self) -> int:
        """Number of sentences, both sides of each pair counted."""
        return len(self.sentences) + 2 * (len(self.pairs) + len(self.paraphrases))

    def sample(self, limit: int, seed: int) -> "Corpus":
        """Return a random part of the text, in its order; the text itself if it has no more.

        Args:
            limit: Most sentences, most labelled pairs and most paraphrases to take.
            seed: Seed of the choice.
        """
        if limit >= max(map(len, (self.sentences, self.pairs, self.paraphrases))):
            return self
        choose = partial(_choose, limit=limit, rng=np.random.default_rng([seed, limit]))
        return dataclasses.replace(
            self,
            name=f"{self.name}[{limit}]",
            sentences=choose(self.sentences),
            pairs=choose(self.pairs),
            paraphrases=choose(self.paraphrases),
            is_sample=True,
        )


def _choose(items: tuple[T, ...], *, limit: int, rng: np.random.Generator) -> tuple[T, ...]:
    if limit >= len(items):
        return items
    return tuple(items[row] for row in sorted(rng.choice(len(items), limit, replace=False)))


class CorpusDefinition(Protocol):
    """What is registered under a corpus's name in the group ``harness.corpora``.

    It may also have ``read(text: OwnText) -> Corpus``, which reads a user's own text for its
    encoders; for the others `harness.own_text.read_sentences` does.

    Attributes:
        summary: One line about it.
    """

    summary: str

    def __call__(self, data: DataFolder) -> Corpus:
        """Read it."""
        ...


def read_text(path: Path) -> Corpus:
    """Read a file with one sentence per line, packed or not; blank lines are left out.

    Raises:
        MissingDataError: If there is no such file.
        BadDataError: If it is not UTF-8, has no sentence, or is a table, JSON or HTML.
    """
    if not path.is_file():
        raise MissingDataError(f"training text must be a file, got {str(path)!r}")
    content = b"".join(line for _, line in numbered_lines(path))
    refuse_binary(content, path)
    text = decode_text(content, path)
    refuse_tables(text, path)
    folded = (" ".join(line.split()) for line in text.split("\n"))
    sentences = tuple(line for line in folded if line)
    if not sentences:
        raise BadDataError(path, None, "must have at least one sentence, got none")
    understood = f"{path.name}: {len(sentences):,} sentences, one per line"
    return Corpus(path.name, sentences, understood=understood)
