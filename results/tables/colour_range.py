"""The scores that the colours of a heat map span."""

from harness.results.tables.intervals import with_intervals
from harness.results.tables.layer_grid import ScoreGrid
from harness.results.tables.scoreboard import Scoreboard

_LEAST = 0.01
"""What colours span at least where no interval can be drawn: a point."""


def colour_range(grid: ScoreGrid, width: float | None = None) -> tuple[float, float]:
    """Return the lowest and highest score of a grid's colours, as fractions.

    They are the grid's own, but no closer than the ends of the best score's interval: what chance
    could have made looks alike.

    Args:
        grid: At least one of its cells has a score.
        width: Of the best score's interval, as a fraction, 0 without one; None draws it.
    """
    known = [value for row in grid.values for value in row if value is not None]
    low, high = min(known), max(known)
    width = interval_width(grid) if width is None else width
    lacking = (width or _LEAST) - (high - low)
    return (low - lacking / 2, high + lacking / 2) if lacking > 0 else (low, high)


def interval_width(grid: ScoreGrid) -> float:
    """Return how wide the interval of a grid's best score is, as a fraction; 0 without one."""
    records = grid.best.records
    if not records:
        return 0.0
    row, column = records[0].encoder, grid.head
    board = Scoreboard(
        grid.metric, grid.protocol, records, (row,), (column,), {(row, column): grid.best}
    )
    interval = with_intervals(board).intervals.get((row, column))
    return (interval.high - interval.low) / 100 if interval else 0.0
