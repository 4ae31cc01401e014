"""A reader of files that a fuzzer can call on any bytes, and what it must not do."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness.errors import HarnessError
from harness.results.notices import Notice
from harness.results.records.sealed import UnreadableRecordError

_MOST_SHOWN = 600  # characters
REFUSALS = (HarnessError, UnreadableRecordError, Notice)


@dataclass(frozen=True)
class Reader:
    """A reader of one kind of file.

    Attributes:
        name: The file's name, which may decide how it is read.
        seeds: Whole files to begin with.
        read: Reads the file; returns how many rows it had, or None where it has none to lose.
        rows: How many rows the bytes hold.
    """

    name: str
    seeds: tuple[bytes, ...]
    read: Callable[[Path], int | None]
    rows: Callable[[bytes], int] = lambda content: 0

    def try_on(self, content: bytes, folder: Path) -> bool:
        """Read the bytes as a file; return whether they were accepted.

        Raises:
            RowsLostError: If rows are missing without a word.
            Exception: Whatever the reader raises that is no refusal in one short line.
        """
        path = folder / self.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", Notice)  # of a file left out
                found = self.read(path)
        except REFUSALS as error:
            if "\n" in str(error) and "\n" not in str(path):
                raise ValueError(f"more than one line: {error}") from error
            if len(str(error)) > _MOST_SHOWN + len(str(path)):
                raise ValueError(f"a line of {len(str(error))} characters") from error
            return False
        if found is not None and found != self.rows(content):
            raise RowsLostError(f"{self.name}: {found} of {self.rows(content)} rows")
        return True


class RowsLostError(Exception):
    """A reader returned another number of rows than the file holds."""


def lines(content: bytes) -> int:
    """Count lines, the last whether it ends or not; a byte order mark is none."""
    content = content.removeprefix(b"\xef\xbb\xbf")
    return content.count(b"\n") + (not content.endswith(b"\n") and bool(content))


def filled_lines(content: bytes) -> int:
    """Count lines that hold more than white space."""
    text = content.decode("utf-8-sig")
    return sum(bool(line.strip()) for line in text.split("\n"))
