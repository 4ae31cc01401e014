"""Render tables for a terminal."""

import io
import re
from collections.abc import Sequence
from dataclasses import replace

import rich.box
import rich.table
from rich.cells import cell_len
from rich.console import Console, Group
from rich.text import Text

from harness.results.formats.cell_parts import lined_up
from harness.results.tables.table import Table

BOX = rich.box.Box(str(rich.box.SIMPLE_HEAD), ascii=True)
"""A line below the heads, which falls back to ASCII as all other text does."""

_GAP = 2  # spaces between columns
_WIDEST = 10_000  # characters that rich may measure


_NAME_WIDTH = 16  # row names are folded to no less than this


def to_rich(table: Table, width: int | None = None) -> Group:
    """Return the table for a terminal, best scores bold.

    Args:
        table: The table.
        width: Characters in a line. A table that is wider folds its row names, and one that is
            wider still continues below itself, its row names in a third of the width at most;
            None sets no limit.
    """
    table = _lined_up(table)
    parts: list[Text | rich.table.Table] = [Text(table.title, style="bold")]
    widths = [_width(table, column) for column in range(len(table.columns))]
    if width is not None:
        left = width - sum(_GAP + size for size in widths[1:])
        most = left if left >= _NAME_WIDTH else max(_NAME_WIDTH, width // 3)
        widths[0] = min(widths[0], most)
    names = widths[: table.names]
    parts += [_block(table, columns, names) for columns in _blocks(widths, table.names, width)]
    parts += [Text(note, style="italic") for note in table.notes]
    return Group(*parts, Text())


def to_text(table: Table) -> str:
    """Return the table as plain text, as wide as it is."""
    file = io.StringIO()
    console = Console(file=file, width=_WIDEST, force_terminal=False, color_system=None)
    shown = to_rich(table)
    console.width = console.measure(shown).maximum
    console.print(shown)
    return "\n".join(line.rstrip() for line in file.getvalue().split("\n")).rstrip("\n") + "\n"


def _lined_up(table: Table) -> Table:
    """Return the table with the decimal points of each column below each other."""
    columns = [list(column) for column in zip(*table.rows, strict=True)]
    lined = [*columns[: table.names], *map(lined_up, columns[table.names :])]
    return replace(table, rows=tuple(zip(*lined, strict=True)))


def _width(table: Table, column: int) -> int:
    return max(cell_len(cells[column]) for cells in (table.columns, *table.rows))


def _blocks(widths: Sequence[int], names: int, width: int | None) -> list[list[int]]:
    """Share the columns after the names out among as few blocks as fit the width."""
    blocks: list[list[int]] = [[]]
    used = named = sum(widths[:names]) + _GAP * (names - 1)
    for column, size in list(enumerate(widths))[names:]:
        if width is not None and used + _GAP + size > width and blocks[-1]:
            blocks.append([])
            used = named
        blocks[-1].append(column)
        used += _GAP + size
    return blocks


def _block(table: Table, columns: Sequence[int], name_widths: Sequence[int]) -> rich.table.Table:
    """Lay out some columns behind the row names."""
    shown = rich.table.Table(box=BOX, show_edge=False, pad_edge=False, padding=(0, _GAP - 1, 0, 0))
    for head, width in zip(table.columns, name_widths, strict=False):
        shown.add_column(Text(head), width=width, overflow="fold")
    for column in columns:
        shown.add_column(Text(table.columns[column]), justify="right", no_wrap=True)
    for i, row in enumerate(table.rows):
        cells = [
            Text(row[column], style="bold" if i in table.best.get(column, ()) else "")
            for column in columns
        ]
        names = [_folded(name, width) for name, width in zip(row, name_widths, strict=False)]
        shown.add_row(*names, *cells)
    return shown


def _folded(name: str, width: int) -> str:
    """Break a name into lines, behind one of its signs wherever that fits."""
    lines = [""]
    for part in re.split(r"(?<=[-,:= ])", name):
        if lines[-1] and cell_len(lines[-1] + part.rstrip()) > width:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)
