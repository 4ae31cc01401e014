"""Read text tables: TSV, CSV and their kin, with quotes and a header or without."""

import csv
import re
from array import array
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from harness.errors import BadDataError, quoted
from harness.table_files.cells import Cell
from harness.table_files.content import Content
from harness.table_files.delimiters import (
    DELIMITERS,
    Dialect,
    find_delimiter,
    find_dialect,
    plain_rows,
    quoted_rows,
)
from harness.table_files.headers import is_header
from harness.table_files.text import text_lines

_LOOKED_AT = 1000  # lines
_NAMED_DELIMITER = re.compile(rf'"?sep=([{"".join(DELIMITERS)}])"?')


def read_delimited(path: Path, suffix: str, *, header: bool | None) -> Content:
    """Read a text table.

    Args:
        path: The file.
        suffix: The end of its name, that of its packing left out.
        header: Whether its first row names the columns; None to find out.

    Raises:
        BadDataError: If it is empty, a row has more or fewer cells than the first, or two columns
            have one name.
    """
    sample = list(islice((line for _, line in _lines(path) if line.strip()), _LOOKED_AT))
    if not sample:
        raise BadDataError(path, None, "must have at least one row, got an empty file")
    if len(sample) == 1 and "\r" in sample[0]:
        got = "lines that end with a carriage return alone: convert it with tr '\\r' '\\n'"
        raise BadDataError(path, 1, f"must end its lines with a line feed, got {got}")
    delimiter = _named_delimiter(path) or find_delimiter(sample, suffix)
    dialect = find_dialect(delimiter, lambda: _lines(path))
    lines: array[int] = array("q")
    rows: list[tuple[Cell, ...]] = []
    for line, row in _rows(path, dialect):
        lines.append(line)
        rows.append(tuple(row))
    has_header = is_header(rows[0], rows[1:_LOOKED_AT]) if header is None else header
    if not has_header:
        names = tuple(str(place) for place in range(1, len(rows[0]) + 1))
        return Content(names, dialect.form, rows, lines, has_header=False)
    names = header_names(path, lines[0], rows[0])
    del rows[0], lines[0]
    if not rows:
        got = f"a header and nothing below: {', '.join(names)}"
        raise BadDataError(path, None, f"must have at least one row, got {got}")
    return Content(names, dialect.form, rows, lines)


def header_names(path: Path, line: int, cells: tuple[Cell, ...]) -> tuple[str, ...]:
    """Return the columns' names; one that has none is called by its position.

    Raises:
        BadDataError: If two columns have one name.
    """
    stripped = (str(cell).strip() for cell in cells)
    names = tuple(name or str(place) for place, name in enumerate(stripped, 1))
    for name in names:
        if names.count(name) > 1:
            places = " and ".join(str(at) for at, each in enumerate(names, 1) if each == name)
            got = f"{quoted(name)} as columns {places}"
            raise BadDataError(path, line, f"header must name each column once, got {got}")
    return names


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield numbered lines; a first one that names the delimiter, as Excel has it, is blank."""
    for number, line in text_lines(path):
        yield number, "" if number == 1 and _NAMED_DELIMITER.fullmatch(line) else line


def _named_delimiter(path: Path) -> str:
    """Return the delimiter that the first line names; empty if it names none."""
    named = _NAMED_DELIMITER.fullmatch(next(text_lines(path))[1])
    return named[1] if named else ""


def _rows(path: Path, dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """Yield rows of one width, and their lines."""
    lines = _lines(path)
    numbered = (
        quoted_rows(dialect.delimiter, lines, is_spaced=dialect.is_spaced)
        if dialect.is_quoted
        else plain_rows(dialect.delimiter, lines)
    )
    first, width = 0, 0
    try:
        for line, row in numbered:
            first, width = first or line, width or len(row)
            if len(row) != width:
                expected = f"must have {width} {dialect.separated} columns as line {first} has"
                raise BadDataError(path, line, f"{expected}, got {_surplus(row, width, dialect)}")
            yield line, row
    except csv.Error as error:
        expected = "must have quotes that pair up, as on most lines"
        raise BadDataError(path, dialect.unclosed, f"{expected}, got {error}") from error


def _surplus(row: list[str], width: int, dialect: Dialect) -> str:
    """Say how many cells a row has, and which is missing or too much."""
    at = min(len(row), width) + 1
    what = f"column {at} is {quoted(row[width]) if len(row) > width else 'missing'}"
    if dialect.unclosed is None:
        return f"{len(row)}: {what}"
    why = f"since they do not pair up from line {dialect.unclosed} on"
    return f"{len(row)}: {what}; quotes are read as text, {why}"
