"""Whether a table's first row names its columns."""

import re
from collections.abc import Sequence

from harness.table_files.cells import Cell
from harness.table_files.columns import are_usual_names
from harness.table_files.table import as_number, plain_text

_NAME = re.compile(r"(?:[^\W\d]|#)[\w .#:/()-]{0,40}")
_ANY_NAME = re.compile(r"(?:[^\W\d]|#).{0,40}")  # beside a name that tells
_ENOUGH = 0.9  # of the cells below a name: a few of any column are damaged


def is_header(first: Sequence[Cell], rows: Sequence[Sequence[Cell]]) -> bool:
    """Whether a row names the columns below.

    It does if its cells are short and some are the field's usual names, which do not recur in
    their columns as labels do; or if they are names and one stands above a column of numbers.

    Args:
        first: The row.
        rows: Some of those below.
    """
    names = [plain_text(cell).strip() for cell in first]
    given = [name for name in names if name]
    once = [name for place, name in enumerate(names) if name and not _recurs(name, place, rows)]
    if are_usual_names(once) and all(map(_ANY_NAME.fullmatch, given)):
        return True
    return all(map(_NAME.fullmatch, given)) and any(
        _is_above_numbers(name, place, rows) for place, name in enumerate(names) if name
    )


def _recurs(name: str, place: int, rows: Sequence[Sequence[Cell]]) -> bool:
    return any(plain_text(row[place]).strip() == name for row in rows if place < len(row))


def _is_above_numbers(name: str, place: int, rows: Sequence[Sequence[Cell]]) -> bool:
    cells = [row[place] for row in rows if place < len(row)]
    if not cells or name.casefold() in ("nan", "inf", "infinity", "none", "null", "na"):
        return False
    return sum(as_number(cell) is not None for cell in cells) >= _ENOUGH * len(cells)
