"""Read data files line by line, and know afterwards exactly what was read."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from harness.data import DataFile, DataFolder
from harness.errors import BadDataError
from harness.text_files import split_lines


@dataclass(frozen=True)
class TextFile:
    """The lines of a file and where they come from.

    Attributes:
        path: The file.
        name: Its place in the data folder.
        lines: As `split_lines` splits them.
        sha256: Checksum of the bytes that they were read from.
    """

    path: Path
    name: str
    lines: tuple[str, ...]
    sha256: str

    def as_data_file(self, rows: int) -> DataFile:
        """Return the file's checksum with its number of data rows."""
        return DataFile(self.name, self.sha256, rows)

    def error(self, index: int | None, problem: str) -> BadDataError:
        """Return the error that names this file and a line, given by its index from 0."""
        return BadDataError(self.path, None if index is None else index + 1, problem)

    def columns(self, row: int, *allowed: int) -> list[str]:
        """Split a line at its tabs, refusing any number of columns but these."""
        columns = self.lines[row].split("\t")
        if len(columns) not in allowed:
            wanted = " or ".join(map(str, allowed))
            raise self.error(row, f"must have {wanted} tab-separated columns, got {len(columns)}")
        return columns

    def rows(self, *allowed: int) -> list[list[str]]:
        """Split every line at its tabs, all into as many columns, one of these numbers."""
        width = len(self.columns(0, *allowed))
        return [self.columns(row, width) for row in range(len(self.lines))]

    def table(self, head: str, width: int) -> list[list[str]]:
        """Split the lines below the header, which begins with `head`, into columns."""
        if not self.lines[0].startswith(f"{head}\t"):
            raise self.error(0, f"must be the header that begins with {head}")
        return self.rows(width)[1:]


def read_lines(
    data: DataFolder, collection: str, name: str, *, encoding: str = "utf-8"
) -> TextFile:
    """Read a text file of a data folder.

    Args:
        data: The folder.
        collection: ``senteval``, ``sts-multilingual`` or ``nli``.
        name: The file's place in the collection.
        encoding: ``utf-8`` or ``latin-1``.

    Raises:
        MissingDataError: If there is no such file.
        BadDataError: If the file is empty or not in that encoding.
    """
    path = data.find(collection, name)
    content = path.read_bytes()
    lines = split_lines(content, path, encoding=encoding)
    return TextFile(path, data.relative(path), lines, hashlib.sha256(content).hexdigest())


def clean_sentence(text: str) -> str:
    """Fold white space as SentEval does: words joined by single spaces."""
    return " ".join(text.split())
