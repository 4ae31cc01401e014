"""A table as it was read: cells, where they stand, and the errors that name them."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.data import DataFile
from harness.errors import BadDataError, did_you_mean, quoted, shorten
from harness.table_files.cells import Cell, Unusable

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
_MOST_COLUMNS_SHOWN = 300  # characters


@dataclass(frozen=True)
class DataTable:
    """The rows of one file, or of one part of a data set.

    Attributes:
        name: The file's name, or ``hf:...``.
        path: The file; None for a data set.
        columns: The header's names; without a header ``1``, ``2``, ...
        has_header: Whether the names stand in the file.
        form: What was read, such as ``comma-separated, quoted`` or ``JSON lines``.
        rows: Cells of each row. Shape: (n_rows, n_columns).
        lines: Where each row begins: its line in a text file, else its number, from 1.
        files: The checksums of what was read.
        classes: The names of the classes of a column that holds their numbers.
        unusable: Columns left out because a cell is no plain one, and why.
        are_lines: Whether `lines` are lines of a text file.
    """

    name: str
    path: Path | None
    columns: tuple[str, ...]
    has_header: bool
    form: str
    rows: Sequence[Sequence[Cell]]
    lines: Sequence[int]
    files: tuple[DataFile, ...]
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unusable: Unusable = field(default_factory=dict)
    are_lines: bool = True

    def index(self, column: str) -> int:
        """Return a column's place, from 0.

        Raises:
            BadDataError: If there is no such column, or its cells are no plain ones of one kind.
        """
        if column in self.columns:
            return self.columns.index(column)
        if column in self.unusable:
            line, problem = self.unusable[column]
            raise self._located(line, column, problem)
        raise self.error(None, column, "is missing")

    def text(self, row: int, column: str) -> str:
        """Return a cell as text, without white space around it.

        Args:
            row: Its place, from 0.
            column: Its column's name.

        Raises:
            BadDataError: If it is missing or blank.
        """
        text = plain_text(self.rows[row][self.index(column)]).strip()
        if not text:
            raise self.error(row, column, "must be text, got an empty cell")
        return text

    def number(self, row: int, column: str) -> float:
        """Return a cell as a finite number; true counts as 1, false as 0.

        Raises:
            BadDataError: If it is missing, or no finite number.
        """
        cell = self.rows[row][self.index(column)]
        value = as_number(cell)
        if value is None:
            found = quoted(str(cell)) if plain_text(cell).strip() else "an empty cell"
            raise self.error(row, column, f"must be a number, got {found}")
        return value

    def label(self, row: int, column: str) -> str | None:
        """Return a cell as a label: the name of a class where the column holds their numbers.

        Returns:
            None where the number of a class is -1: the row has no label.

        Raises:
            BadDataError: If it is missing, blank, or no number of a class.
        """
        names, cell = self.classes.get(column), self.rows[row][self.index(column)]
        if names is None or not isinstance(cell, int):
            return self.text(row, column)
        if not -1 <= cell < len(names):
            raise self.error(
                row, column, f"must be a class from 0 to {len(names) - 1}, got {cell}"
            )
        return names[cell] if cell >= 0 else None

    def error(self, row: int | None, column: str | None, problem: str) -> BadDataError:
        """Return the error that names this table, and a row and column of it.

        Args:
            row: Its place, from 0; None for the whole table.
            column: Its name; of an unknown one the message says which there are.
            problem: What is wrong: ``must be a number, got 'x'``.
        """
        return self._located(None if row is None else self.lines[row], column, problem)

    def _located(self, line: int | None, column: str | None, problem: str) -> BadDataError:
        where = f"column {quoted(column)} " if column is not None else ""
        if line is not None and not self.are_lines:
            where, line = f"row {line}{', ' if where else ' '}{where}", None
        if column is not None and column not in (*self.columns, *self.unusable):
            known = shorten(", ".join(self.columns), _MOST_COLUMNS_SHOWN)
            hint = did_you_mean(column, self.columns) if self.has_header else ""
            problem = f"{problem}.{hint} Found: {known}"
        return BadDataError(self.path or Path(self.name), line, f"{where}{problem}")


def as_number(cell: Cell) -> float | None:
    """Return a cell as a finite number; None if it is none."""
    if isinstance(cell, str):
        if not _NUMBER.fullmatch(cell.strip()):
            return None
        value = float(cell)
    elif cell is None:
        return None
    else:
        try:
            value = float(cell)
        except OverflowError:  # an integer of hundreds of digits
            return None
    return value if math.isfinite(value) else None


def plain_text(cell: Cell) -> str:
    """Return a cell as a text file would hold it: 1.0 as 1, missing as nothing."""
    if isinstance(cell, str):
        return cell
    if cell is None or cell != cell:  # noqa: PLR0124 - not a number: missing, as pandas writes it
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
