"""Training text that is no task's own: labelled NLI pairs and plain sentences."""

from dataclasses import dataclass
from pathlib import Path

from harness.corpus import Corpus, read_text
from harness.data import DataFolder
from harness.errors import MissingDataError
from harness.own_text import OwnText
from harness.tasks.corpora.nli_files import read_nli


@dataclass(frozen=True)
class NliCorpus:
    """What is registered under the name of labelled pairs.

    Attributes:
        name: The registered name.
        summary: One line about it.
        choices: Files that are read one after the other; the first choice that is there whole.
    """

    name: str
    summary: str
    choices: tuple[tuple[str, ...], ...]

    def __call__(self, data: DataFolder) -> Corpus:
        """Read the pairs."""
        read = [read_nli(OwnText(str(path))) for path in _first_whole(data, self.choices)]
        return Corpus(self.name, pairs=tuple(pair for file in read for pair in file.pairs))

    def read(self, text: OwnText) -> Corpus:
        """Read a user's own labelled pairs, or triplets."""
        found = read_nli(text)
        return Corpus(text.name, pairs=found.pairs, understood=found.understood)


@dataclass(frozen=True)
class PlainText:
    """What is registered under the name of a text with one sentence per line.

    Attributes:
        name: The registered name.
        summary: One line about it.
        file: The file.
    """

    name: str
    summary: str
    file: str

    def __call__(self, data: DataFolder) -> Corpus:
        """Read the sentences."""
        return Corpus(self.name, read_text(data.find("text", self.file)).sentences)


def _first_whole(data: DataFolder, choices: tuple[tuple[str, ...], ...]) -> list[Path]:
    for names in choices[:-1]:
        try:
            return [data.find("nli", name) for name in names]
        except MissingDataError:
            continue
    return [data.find("nli", name) for name in choices[-1]]


_PUBLISHED = ("snli_1.0/snli_1.0_train.jsonl", "multinli_1.0/multinli_1.0_train.jsonl")

NLI = NliCorpus(
    "nli",
    "labelled pairs of nli_train.tsv, gzipped or not; without it those of nli-full",
    (("nli_train.tsv.gz",), ("nli_train.tsv",), _PUBLISHED),
)
NLI_FULL = NliCorpus(
    "nli-full", "all labelled pairs of the SNLI and MultiNLI training sets", (_PUBLISHED,)
)
WIKI1M = PlainText(
    "wiki1m",
    "a million sentences of English Wikipedia, from Gao et al. (2021)",
    "wiki1m_for_simcse.txt",
)
