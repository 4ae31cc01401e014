"""The average of word vectors from a file, such as GloVe's or word2vec's."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from harness.encoder import Context, Embeddings
from harness.encoders.words.word_vectors import find_dim, read_vectors
from harness.errors import SettingError
from harness.keys.files import hash_files, require_unchanged, stamp_files
from harness.results.progress import doing
from harness.results.records.record import WORDS_KNOWN
from harness.settings import setting


@dataclass(frozen=True)
class GloveSettings:
    """Where the word vectors are."""

    vectors: str = setting(
        "", help="file of word vectors, GloVe's or word2vec's text format, plain or .gz; required"
    )


class GloveEncoder:
    """The average of the vectors of the words between spaces.

    A word missing from the file is looked up in lower case, and left out if that is missing too; a
    sentence without any known word is the zero vector.

    Source: Pennington et al. (2014), https://aclanthology.org/D14-1162

    Args:
        context: Ignored: no model is needed.
        settings: Where the word vectors are.
    """

    Settings: ClassVar[type[GloveSettings]] = GloveSettings
    citation = "Pennington et al. (2014), https://aclanthology.org/D14-1162"

    def __init__(self, context: Context, settings: GloveSettings) -> None:  # noqa: ARG002 - contract
        if not settings.vectors:
            raise SettingError("glove needs its word vectors: --set vectors=FILE")
        self._path = Path(settings.vectors).expanduser()
        if not self._path.is_file():
            raise SettingError(f"vectors of glove must be a file, got {settings.vectors!r}")
        self._stamp = stamp_files(self._path)
        self._dim = find_dim(self._path)
        self._known: dict[str, NDArray[np.float32]] = {}
        self._sought: set[str] = set()
        self._words: set[str] = set()

    def prepare(self, sentences: Sequence[str]) -> None:
        """Read the vectors of all words of the sentences, in one pass over the file."""
        words = {word for sentence in sentences for word in sentence.split()}
        self._words |= words
        wanted = words | {word.lower() for word in words}
        new = wanted - self._sought
        if new:
            with doing(f"reading {self._path.name}"):
                for word, vector in read_vectors(self._path, new, self._dim):
                    self._known.setdefault(word, vector)
            self._sought |= new
            what = f"word vectors {self._path}"
            require_unchanged(what, self._stamp, stamp_files(self._path))

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        """Average word vectors, in float64. Shape: (n_sentences, dim)."""
        self.prepare(sentences)
        rows = [self._average(sentence.split()) for sentence in sentences]
        return np.array(rows, dtype=np.float32).reshape(-1, self._dim)

    def fingerprint(self) -> str:
        """Name the file by its content."""
        return f"mean of words of {self._checksum}"

    def describe(self) -> Mapping[str, object]:
        """Return how many different words of the sentences had a vector, such as ``5 of 7``."""
        if not self._words:
            return {WORDS_KNOWN: "not counted"}  # beside kept vectors stands what was
        known = sum(self._find(word) is not None for word in self._words)
        return {WORDS_KNOWN: f"{known} of {len(self._words)}"}

    @cached_property
    def _checksum(self) -> str:
        with doing(f"checksum of {self._path.name}"):
            return hash_files(self._path, self._stamp)

    def _average(self, words: Iterable[str]) -> NDArray[np.float64]:
        vectors = [vector for word in words if (vector := self._find(word)) is not None]
        if not vectors:
            return np.zeros(self._dim)
        return np.asarray(np.mean(vectors, axis=0, dtype=np.float64))

    def _find(self, word: str) -> NDArray[np.float32] | None:
        return self._known.get(word, self._known.get(word.lower()))
