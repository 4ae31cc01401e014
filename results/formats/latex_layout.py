"""Whether a table stands in a column of a paper, how small its type is, where names are broken."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from harness.results.formats.cell_parts import CellParts, cell_parts
from harness.results.formats.latex_width import (
    COLUMN_POINTS,
    TEXT_POINTS,
    table_width,
    text_width,
)
from harness.results.tables.table import Table

_LOOKS = (("normalsize", 6.0), ("small", 4.0), ("footnotesize", 3.0))
"""Sizes of type, and points at either side of a column."""

_NAME_SHARE = 0.3  # most of the width that folded names take
MARK_POINTS = 9.0
"""Marks no wider than this stand in the gap between columns."""


@dataclass(frozen=True)
class Layout:
    """How a table is set.

    Attributes:
        is_wide: Whether it takes both columns of a paper.
        size: Of the type.
        gap: Points at either side of a column.
        names: For each row the lines of each of its names.
        blocks: The columns of each part of the table, the parts below each other.
        width: Of the widest part, in points, as estimated.
    """

    is_wide: bool
    size: str
    gap: float
    names: tuple[tuple[tuple[str, ...], ...], ...]
    blocks: tuple[tuple[int, ...], ...]
    width: float


def choose_layout(table: Table) -> Layout:
    """Return the first layout that fits: of large type in one column, to small type in both.

    What is wider than both columns is broken into parts below each other.
    """
    for is_wide, limit in ((False, COLUMN_POINTS), (True, TEXT_POINTS)):
        for share in (1.0, 0.5, _NAME_SHARE):
            for size, gap in _LOOKS:
                names, name_widths = _folded(table, size, share * limit)
                columns = _column_widths(table, size)
                width = table_width([*name_widths, *columns], gap)
                if width <= limit:
                    every = tuple(range(table.names, len(table.columns)))
                    return Layout(is_wide, size, gap, names, (every,), width)
    return _in_parts(table)


def _in_parts(table: Table) -> Layout:
    """Break the columns into parts that fit the text's width."""
    size, gap = _LOOKS[-1]
    names, name_widths = _folded(table, size, _NAME_SHARE * TEXT_POINTS)
    start = table_width(name_widths, gap)
    sizes = dict(enumerate(_column_widths(table, size), start=table.names))
    blocks: list[list[int]] = [[]]
    used = start
    for column, width in sizes.items():
        if blocks[-1] and used + width + 2 * gap > TEXT_POINTS:
            blocks.append([])
            used = start
        blocks[-1].append(column)
        used += width + 2 * gap

    def width_of(part: Sequence[int]) -> float:
        return start + table_width([sizes[column] for column in part], gap)

    evened = _evened(blocks)
    parts = evened if max(map(width_of, evened)) <= TEXT_POINTS else tuple(map(tuple, blocks))
    widest = max(map(width_of, parts))
    return Layout(is_wide=True, size=size, gap=gap, names=names, blocks=parts, width=widest)


def _evened(blocks: Sequence[Sequence[int]]) -> tuple[tuple[int, ...], ...]:
    """Return as many blocks of equal length."""
    columns = [column for block in blocks for column in block]
    size = math.ceil(len(columns) / len(blocks))
    return tuple(tuple(columns[at : at + size]) for at in range(0, len(columns), size))


def _column_widths(table: Table, size: str) -> list[float]:
    return [
        max(text_width(table.columns[column], size), _width(table, column, size))
        for column in range(table.names, len(table.columns))
    ]


def _width(table: Table, column: int, size: str) -> float:
    """Return the width of a column's cells: all numbers, spreads and marks below each other."""
    cells = [cell_parts(row[column]) for row in table.rows]
    best = column in table.best
    numbers = max((text_width(cell.number, size, bold=best) for cell in cells), default=0.0)
    spreads = max((text_width(cell.spread, size, bold=best) for cell in cells), default=0.0)
    marks = max((marks_room(cell, size) for cell in cells), default=0.0)
    intervals = max((text_width(cell.interval, "scriptsize") for cell in cells), default=0.0)
    return max(numbers + spreads + marks, intervals)


def marks_room(cell: CellParts, size: str) -> float:
    """Return the room that a cell's marks take: none where they fit the gap between columns."""
    width = text_width(shown_marks(cell), "scriptsize" if size != "normalsize" else "footnotesize")
    return width if width > MARK_POINTS else 0.0


def shown_marks(cell: CellParts) -> str:
    """Return the marks, and what else stands behind a cell's interval."""
    return f"{cell.marks}{cell.after.strip()}"


def _folded(
    table: Table, size: str, room: float
) -> tuple[tuple[tuple[tuple[str, ...], ...], ...], list[float]]:
    """Break the names into lines that fit a width, and return the widths they then have."""
    longest = [
        max(text_width(text, size) for text in (table.columns[place], *_names(table, place)))
        for place in range(table.names)
    ]
    total = sum(longest)
    limits = [room * width / total if total > room else width for width in longest]
    names = tuple(
        tuple(tuple(_lines(row[place], size, limits[place])) for place in range(table.names))
        for row in table.rows
    )
    widths = [
        max(
            text_width(table.columns[place], size),
            *(text_width(line, size) for row in names for line in row[place]),
            0.0,
        )
        for place in range(table.names)
    ]
    return names, widths


def _names(table: Table, place: int) -> Sequence[str]:
    return [row[place] for row in table.rows]


def _lines(name: str, size: str, room: float) -> list[str]:
    """Break a name behind its signs where it is too long, and within a word where it must be."""
    lines = [""]
    for word in re.split(r"(?<=[-,:=/_. ])", name):
        for part in _pieces(word, size, room):
            if lines[-1] and text_width(lines[-1] + part.rstrip(), size) > room + 0.1:
                lines.append("")
            lines[-1] += part
    return [line.strip() for line in lines]


def _pieces(word: str, size: str, room: float) -> list[str]:
    """Return a word whole if it fits a line, or else its letters."""
    return [word] if text_width(word.rstrip(), size) <= room + 0.1 else list(word)
