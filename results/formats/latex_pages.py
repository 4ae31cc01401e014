"""Which rows of a table stand together on a page of a paper."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.results.formats.cell_parts import cell_parts
from harness.results.formats.latex_layout import Layout
from harness.results.formats.latex_width import COLUMN_POINTS, TEXT_POINTS, text_width
from harness.results.tables.table import Table

PAGE_POINTS = 530.0
"""Height of a page's text, as the article class has it on letter paper; others have more."""

_LEADING = {"normalsize": 13.6, "small": 12.0, "footnotesize": 11.0}  # points, in a paper of 11
_HEAD_LINES = 3  # the heads, and the rules around rows
_CAPTION = 50.0  # points
_LEAST = 150.0  # points for rows, however long the notes are
ROW_GAP = 3.0
"""Points below a row of several lines."""


@dataclass(frozen=True)
class Part:
    """Columns and rows that are set as one block.

    Attributes:
        columns: Places of the columns that name no row.
        rows: Places of the rows.
    """

    columns: tuple[int, ...]
    rows: tuple[int, ...]


def latex_pages(table: Table, layout: Layout) -> list[list[Part]]:
    """Return the parts of each page: one page if all fit, for LaTeX cuts off what does not."""
    room = max(_LEAST, PAGE_POINTS - _CAPTION - _notes_height(table, layout))
    head = _HEAD_LINES * _LEADING[layout.size]
    pages: list[list[Part]] = [[]]
    used = 0.0
    for block in layout.blocks:
        heights = [_row_height(table, layout, block, row) for row in range(len(table.rows))]
        for rows in _chunks(heights, room - head):
            height = head + sum(heights[row] for row in rows)
            if pages[-1] and used + height > room:
                pages.append([])
                used = 0.0
            pages[-1].append(Part(tuple(block), rows))
            used += height
    return pages


def _line_count(table: Table, layout: Layout, block: Sequence[int], row: int) -> int:
    """Return how many lines a row takes: intervals stand on the second, long names are broken."""
    has_intervals = any(cell_parts(table.rows[row][column]).interval for column in block)
    return max(2 if has_intervals else 1, *map(len, layout.names[row]))


def _row_height(table: Table, layout: Layout, block: Sequence[int], row: int) -> float:
    lines = _line_count(table, layout, block, row)
    return lines * _LEADING[layout.size] + (ROW_GAP if lines > 1 else 0.0)


def _chunks(heights: Sequence[float], room: float) -> Iterator[tuple[int, ...]]:
    """Yield rows that fit a height together; all at once where they do, even if there are none."""
    rows: list[int] = []
    for row, height in enumerate(heights):
        if rows and sum(heights[each] for each in rows) + height > room:
            yield tuple(rows)
            rows = []
        rows.append(row)
    yield tuple(rows)


def _notes_height(table: Table, layout: Layout) -> float:
    width = TEXT_POINTS if layout.is_wide else COLUMN_POINTS
    lines = (math.ceil(text_width(note, "footnotesize") / width) for note in table.notes)
    return sum(lines) * _LEADING["footnotesize"]
