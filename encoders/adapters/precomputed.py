"""Vectors computed elsewhere, looked up by sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from harness.encoder import Context, Embeddings
from harness.encoding.vector_files import read_matrix
from harness.errors import HarnessError, SettingError, quoted
from harness.keys.files import hash_files, require_unchanged, stamp_files
from harness.settings import setting
from harness.text_files import split_lines

_SAME = 1e-4  # relative; the batch a sentence was in moves its vector by less


@dataclass(frozen=True)
class PrecomputedSettings:
    """Where the vectors and their sentences are."""

    vectors: str = setting("", help="file .npy or .safetensors, one row per sentence; required")
    sentences: str = setting("", help="text file with the sentence of each row; required")


class PrecomputedEncoder:
    """Vectors from a file, found by their sentences: what ``harness encode`` wrote, for instance.

    A sentence must be there letter for letter, as ``harness tasks sentences`` prints it.

    Args:
        context: Ignored: nothing is computed.
        settings: Where the vectors and their sentences are.

    Raises:
        SettingError: If a file is absent or damaged, or they do not belong together.
    """

    Settings: ClassVar[type[PrecomputedSettings]] = PrecomputedSettings

    def __init__(self, context: Context, settings: PrecomputedSettings) -> None:  # noqa: ARG002 - contract
        if not settings.vectors or not settings.sentences:
            example = "precomputed:vectors=FILE.npy,sentences=FILE.txt"
            raise SettingError(f"precomputed needs both files: {example}")
        self._vectors = Path(settings.vectors).expanduser()
        self._sentences = Path(settings.sentences).expanduser()
        if not self._sentences.is_file():
            raise SettingError(f"sentences must be a file, found none at {settings.sentences!r}")
        files = (self._vectors, self._sentences)
        stamps = [stamp_files(file) for file in files if file.is_file()]
        self._matrix = read_matrix(self._vectors)
        lines = split_lines(self._sentences.read_bytes(), self._sentences)
        self._checksums = " of ".join(map(hash_files, files, stamps))
        for file, stamp in zip(files, stamps, strict=True):
            require_unchanged(f"file {file}", stamp, stamp_files(file))
        if len(lines) != len(self._matrix):
            counts = f"{len(self._matrix)} and {len(lines)}"
            raise SettingError(
                f"{self._vectors} and {self._sentences} must have equally many rows, got {counts}"
            )
        self._rows = self._index(lines)

    def prepare(self, sentences: Sequence[str]) -> None:
        """Check that all sentences of a run are there.

        Raises:
            HarnessError: If any is not.
        """
        missing = [sentence for sentence in sentences if sentence not in self._rows]
        if missing:
            raise HarnessError(
                f"{self._sentences} has {len(missing)} of {len(sentences)} sentences missing,"
                f" the first {quoted(missing[0])}: encode what 'harness tasks sentences' prints"
            )

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        """Look the sentences up. Shape: (n_sentences, dim)."""
        self.prepare(sentences)
        return self._matrix[[self._rows[sentence] for sentence in sentences]]

    def fingerprint(self) -> str:
        """Name both files by their content."""
        return f"vectors {self._checksums}"

    def _index(self, lines: Sequence[str]) -> dict[str, int]:
        """Return each sentence's first row, refusing one that has several vectors."""
        rows: dict[str, int] = {}
        for row, line in enumerate(lines):
            first = rows.setdefault(line, row)
            if first != row and not _alike(self._matrix[first], self._matrix[row]):
                raise SettingError(
                    f"{self._sentences} must have one vector per sentence, got two for"
                    f" {quoted(line)}, rows {first + 1} and {row + 1}"
                )
        return rows


def _alike(one: NDArray[np.float32], other: NDArray[np.float32]) -> bool:
    """Whether two vectors of one sentence differ by no more than rounding."""
    return float(np.abs(one - other).max()) <= _SAME * float(np.abs(one).max())
