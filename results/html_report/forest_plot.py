"""Forest plots of a board: how far each encoder is behind the best, a panel per column."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from harness.results.comparisons.cells import p_value
from harness.results.comparisons.standing import Standing, span, tick_text, ticks
from harness.results.html_report.column_standings import column_standings, difference_to_best
from harness.results.html_report.row_order import BoardRow, headline_column, task_columns
from harness.results.tables.intervals import DRAWS
from harness.results.tables.marks import LEAKY, score_marks
from harness.results.tables.merged_rows import first_name
from harness.results.tables.scoreboard import Scoreboard

SHOWN = 12
"""So many rows of a panel are seen at once; the others are shown on demand."""
_MARGIN = 3.0  # percent of the plot at each end


@dataclass(frozen=True)
class Scale:
    """Places points between the ends of a plot.

    Attributes:
        low: Leftmost value, in points.
        high: Rightmost value.
    """

    low: float
    high: float

    def place(self, value: float) -> str:
        """Return where a value is, in percent of the width; what is further left, at the edge."""
        share = (max(value, self.low) - self.low) / (self.high - self.low)
        return f"{_MARGIN + (100 - 2 * _MARGIN) * share:.1f}"

    def ticks(self) -> list[tuple[str, str]]:
        """Return places and texts of the axis."""
        return [(self.place(tick), tick_text(tick)) for tick in ticks(self.low, self.high)]


def forest_panels(board: Scoreboard, rows: Sequence[BoardRow]) -> list[dict[str, Any]]:
    """Return a panel for the mean, and one for each task: these share an axis.

    Columns with fewer than two scores have none.

    Args:
        board: The scores, with their comparisons if they have any.
        rows: The page's rows of the board.
    """
    known = {row.name: row for row in rows}
    columns = dict.fromkeys(filter(None, (headline_column(board), *task_columns(board))))
    found = {
        column: [(known[row.encoder], row) for row in column_standings(board, column)]
        for column in columns
        if len(board.leaders(column)) > 1
    }
    tasks = [row for task in task_columns(board) for row in _first(found.get(task, ()))]
    scales = {
        column: Scale(*span(tasks if column in task_columns(board) else _first(pairs)))
        for column, pairs in found.items()
    }
    return [
        {
            "column": column,
            "best": next(row.encoder for _, row in pairs if row.is_reference),
            "ticks": scales[column].ticks(),
            "zero": scales[column].place(0),
            "rows": list(_rows(board, column, pairs, scales[column])),
            "more": len(pairs) - len(_first(pairs)),
        }
        for column, pairs in found.items()
    ]


def _first(pairs: Sequence[tuple[BoardRow, Standing]]) -> list[Standing]:
    """Return the rows that are seen before anybody asks for more."""
    return [standing for row, standing in pairs if not row.head][:SHOWN]


def _rows(
    board: Scoreboard,
    column: str,
    pairs: Sequence[tuple[BoardRow, Standing]],
    scale: Scale,
) -> Iterator[dict[str, Any]]:
    first = {standing.encoder for standing in _first(pairs)}
    for row, standing in pairs:
        cell = board.cell(row.name, column)
        estimate = standing.distance
        low, high = 100 * estimate.low, 100 * estimate.high
        yield {
            "name": first_name(row.name),
            "names": row.name,
            "place": row.place,
            "more": row.name not in first,
            "score": f"{100 * standing.score:.2f}".replace("-", "−"),
            "marks": score_marks(cell.records),
            "leaky": any(map(LEAKY.holds, cell.records)),
            "at": scale.place(100 * estimate.value),
            "line": (scale.place(low), scale.place(high)) if standing.has_interval else (),
            "beyond": 100 * estimate.value < scale.low,
            "kind": _kind(standing),
            "said": _said(board, column, standing),
        }


def _kind(standing: Standing) -> str:
    if standing.is_reference:
        return "top"
    return "tied" if standing.is_tied else ""


def _said(board: Scoreboard, column: str, standing: Standing) -> str:
    """Say in words what a row draws."""
    if standing.is_reference:
        return "the best"
    estimate = standing.distance
    text = f"{-100 * estimate.value:.2f} behind"
    if not standing.has_interval:
        return f"{text}, not tested"
    text += f" [{-100 * estimate.high:.2f}, {-100 * estimate.low:.2f}]".replace("-", "−")
    difference = difference_to_best(board, column, standing.encoder)
    if difference is not None and not math.isnan(difference.adjusted_p_value):
        text += f", p {p_value(difference.adjusted_p_value, DRAWS)}"
    return f"{text}, tied" if standing.is_tied else text
