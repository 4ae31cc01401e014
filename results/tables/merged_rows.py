"""A board in which encoders that turned out to be one and the same share a row."""

import dataclasses
from collections.abc import Hashable

from harness.results.records.record import Record
from harness.results.tables.scoreboard import Scoreboard, ScoreCell

_SAME = " = "


def merge_identical(board: Scoreboard) -> Scoreboard:
    """Return the board with one row for settings of an encoder that gave the very same results.

    An example is ``mean`` and ``mean:layers=6`` where 6 is the last layer. Results are the same if
    the numbers of all items are, on every task and for every seed. Without items nobody knows.
    """
    alike: dict[Hashable, list[str]] = {}
    for row in board.rows:
        alike.setdefault(_identity(board, row), []).append(row)
    if len(alike) == len(board.rows):
        return board
    names = {row: _SAME.join(sorted(rows, key=len)) for rows in alike.values() for row in rows[:1]}
    shortest = {rows[0]: min(rows, key=len) for rows in alike.values()}
    cells: dict[tuple[str, str], ScoreCell] = {
        (name, column): board.cell(shortest[row], column)
        for row, name in names.items()
        for column in board.columns
        if (shortest[row], column) in board.cells
    }
    return dataclasses.replace(board, rows=tuple(names.values()), cells=cells)


def first_name(row: str) -> str:
    """Return the shortest name of a row that several encoders share."""
    return row.partition(_SAME)[0]


def _identity(board: Scoreboard, row: str) -> Hashable:
    """Return what is equal for rows of the very same results; the row itself if nobody knows."""
    cells = {column: cell for column in board.columns if (cell := board.cell(row, column)).records}
    records = {id(record): record for cell in cells.values() for record in cell.records}
    if not records or not all(record.items for record in records.values()):
        return row
    first = next(iter(records.values()))
    scores = tuple((column, cell.scores) for column, cell in cells.items())
    return first.encoder_name, first.model, scores, frozenset(map(_results, records.values()))


def _results(record: Record) -> Hashable:
    items = (
        (split, name, tuple(values))
        for split, columns in record.items.items()
        for name, values in columns.items()
    )
    return record.task, record.seed, hash(tuple(items))
