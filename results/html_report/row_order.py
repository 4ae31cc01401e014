"""In which order the page shows a board's encoders, and which rows are folded under another."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.results.families import AVERAGE
from harness.results.records.aspects import longest_input, number_format, training_text
from harness.results.records.record import Record
from harness.results.tables.scoreboard import Scoreboard

_FOLDED_FROM = 4
"""So many settings of an encoder are a sweep; fewer stand beside each other."""


@dataclass(frozen=True)
class BoardRow:
    """One encoder's row.

    Attributes:
        name: Its name on the board.
        place: Its place on the board, which the plots share.
        head: Name of the row it is folded under; empty for a row that is always seen.
        folded: How many rows are folded under it.
        picked_of: Among how many settings it has the best score, so that the score is optimistic;
            0 for a row that nobody picked.
    """

    name: str
    place: int
    head: str = ""
    folded: int = 0
    picked_of: int = 0


def headline_column(board: Scoreboard) -> str:
    """Return the column that ranks the encoders; empty where several tasks have no average."""
    if AVERAGE in board.columns:
        return AVERAGE
    if board.track_task or len(board.columns) == 1:
        return board.columns[-1]
    return ""


def task_columns(board: Scoreboard) -> list[str]:
    """Return the columns that are a task or a track, not the mean of others."""
    return list(board.tracks) or [column for column in board.columns if column != AVERAGE]


def ranked(board: Scoreboard) -> list[str]:
    """Return all rows, best first: by the headline column, else by the mean over the columns.

    Rows that miss a score are last; those without the headline's, by the mean over the others.
    """
    headline, every = headline_column(board), list(board.columns)
    signs = {column: -1 if board.prefers_low(column) else 1 for column in every}

    def key(row: str) -> tuple[float, ...]:
        by_mean = place(row, every)
        return (*place(row, [headline]), *by_mean) if headline else by_mean

    def place(row: str, columns: Sequence[str]) -> tuple[int, float]:
        means = {c: mean for c in columns if (mean := board.cell(row, c).mean) is not None}
        total = sum(signs[column] * mean for column, mean in means.items())
        return len(columns) - len(means), -total

    return sorted(board.rows, key=key)


def row_order(board: Scoreboard) -> list[BoardRow]:
    """Return the rows best first, a sweep's settings behind the row they are folded under.

    An encoder with many settings has a row for itself and one for its best setting. The others are
    folded under the first of these.
    """
    order = ranked(board)
    places = {row: place for place, row in enumerate(order)}
    families: dict[tuple[str, ...], list[str]] = {}
    for row in order:
        families.setdefault(family_of(record_of(board, row)), []).append(row)
    rows = {row: BoardRow(row, places[row]) for row in order}
    for members in families.values():
        if sum(":" in record_of(board, row).encoder for row in members) >= _FOLDED_FROM:
            rows |= {row.name: row for row in _folded(board, members, places)}
    shown = []
    for row in order:
        if not rows[row].head:
            shown += [rows[row], *(rows[other] for other in order if rows[other].head == row)]
    return shown


def _folded(board: Scoreboard, members: Sequence[str], places: dict[str, int]) -> list[BoardRow]:
    """Return the rows of one sweep, whose members are given best first."""
    best = members[0]
    plain = [row for row in members if ":" not in record_of(board, row).encoder]
    head = plain[0] if plain else best
    under = [row for row in members if row not in (head, best)]
    many = len(members)
    return [
        BoardRow(
            head,
            places[head],
            folded=len(under),
            picked_of=many if head == best and not plain else 0,
        ),
        *([BoardRow(best, places[best], picked_of=many)] if best != head else []),
        *(BoardRow(row, places[row], head=head) for row in under),
    ]


def family_of(record: Record) -> tuple[str, ...]:
    """Return what the settings of one encoder have in common."""
    made_with = (number_format(record), longest_input(record), training_text(record))
    return record.encoder_name, record.model or "", *made_with


def record_of(board: Scoreboard, row: str) -> Record:
    """Return any record behind a row."""
    return next(record for column in board.columns for record in board.cell(row, column).records)
