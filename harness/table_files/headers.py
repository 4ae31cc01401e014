"""Whether a table's first row names its columns."""

import re
from collections.abc import Sequence

from harness.table_files.cells import Cell
from harness.table_files.columns import are_usual_names
from harness.table_files.table import as_number, plain_text

_NAME = re.compile(r"(?:[^\W\d]|#)[\w .#:/()-]{0,40}")
_ENOUGH = 0.9  # of the cells below a name: a few of any column are damaged


def is_header(first: Sequence[Cell], rows: Sequence[Sequence[Cell]]) -> bool:
    """Whether a row names the columns below.

    It does if its cells are short names and some are the field's usual ones, or at least one
    stands above a column of numbers.

    Args:
        first: The row.
        rows: Some of those below.
    """
    names = [plain_text(cell).strip() for cell in first]
    if not all(_NAME.fullmatch(name) for name in names if name) or not any(names):
        return False
    if are_usual_names(names) and not any(list(row) == list(first) for row in rows):
        return True
    return any(_is_above_numbers(name, place, rows) for place, name in enumerate(names) if name)


def _is_above_numbers(name: str, place: int, rows: Sequence[Sequence[Cell]]) -> bool:
    cells = [row[place] for row in rows if place < len(row)]
    if not cells or name.casefold() in ("nan", "inf", "infinity", "none", "null", "na"):
        return False
    return sum(as_number(cell) is not None for cell in cells) >= _ENOUGH * len(cells)
