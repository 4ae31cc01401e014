"""How far every encoder of a board's column is behind the best, tested or not."""

from harness.results.comparisons.standing import Standing, standings
from harness.results.statistics.comparison import unresampled
from harness.results.statistics.estimates import Comparison, Difference
from harness.results.tables.scoreboard import Scoreboard


def column_comparison(board: Scoreboard, column: str) -> Comparison:
    """Return what was found in a column; without intervals where nothing was drawn."""
    scores = {board.rows[place]: place for place in board.leaders(column)}
    return board.comparisons.get(column) or unresampled(
        {row: board.cell(row, column).scores for row in scores},
        lower_is_better=board.prefers_low(column),
    )


def column_standings(board: Scoreboard, column: str) -> tuple[Standing, ...]:
    """Return how far each row that has a score is behind the column's best, best first."""
    best = board.rows[board.leaders(column)[0]]
    rows = standings(column_comparison(board, column), best)
    return tuple(sorted(rows, key=lambda row: not row.is_reference))  # among equals, the best


def difference_to_best(board: Scoreboard, column: str, row: str) -> Difference | None:
    """Return the tested difference of a row and its column's best; None if nothing was tested."""
    if column not in board.comparisons:
        return None
    pair = {row, board.rows[board.leaders(column)[0]]}
    tested = board.comparisons[column].differences
    return next((d for d in tested if {d.first, d.second} == pair), None)
