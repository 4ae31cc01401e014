"""The verdict of a board as three cards: who is best, by how much, and whether that is real."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import stdev

from harness.results.comparisons.cells import p_value
from harness.results.comparisons.standing import Standing
from harness.results.html_report.column_standings import column_standings, difference_to_best
from harness.results.html_report.row_order import BoardRow, headline_column, task_columns
from harness.results.statistics.estimates import Difference
from harness.results.tables.intervals import DRAWS
from harness.results.tables.marks import LEAKY
from harness.results.tables.merged_rows import first_name
from harness.results.tables.scoreboard import Scoreboard

_LISTED = 4
"""More names than this are counted."""


@dataclass(frozen=True)
class Card:
    """One card.

    Attributes:
        label: What it answers.
        head: The answer.
        lines: What a reader must know besides.
    """

    label: str
    head: str
    lines: tuple[str, ...]


def verdict_cards(board: Scoreboard, rows: Sequence[BoardRow]) -> list[Card]:
    """Return the verdict on a board; nothing where no row has a score.

    Args:
        board: The scores, with their comparisons if they have any.
        rows: The page's rows of the board.
    """
    if not rows:
        return []
    if len(rows) == 1:
        return _alone(board, rows[0].name)
    wins = _wins(board)
    headline = headline_column(board)
    winner = (
        board.rows[board.leaders(headline)[0]]
        if headline
        else max(wins, key=lambda row: len(wins[row]))
    )
    found = _Verdict(board, winner, headline, wins)
    picked = {row.name: row.picked_of for row in rows}.get(winner, 0)
    return [found.best(picked), found.lead(), found.certainty()]


def where(board: Scoreboard, column: str) -> str:
    """Name a column in a sentence."""
    tasks = task_columns(board)
    if column in tasks:
        return column
    return f"the average of {len(tasks)} {'tracks' if board.track_task else 'tasks'}"


@dataclass(frozen=True)
class _Verdict:
    """What is said of a winner.

    Attributes:
        board: The scores.
        winner: The best row.
        headline: The column that ranks, empty if there is none.
        wins: By row, the tasks on which it has the best score.
    """

    board: Scoreboard
    winner: str
    headline: str
    wins: Mapping[str, Sequence[str]]

    def best(self, picked: int) -> Card:
        tasks, won = task_columns(self.board), self.wins.get(self.winner, [])
        if len(tasks) == 1:
            lines = [f"best score on {tasks[0]}"]
        elif won:
            lines = [f"best on {len(won)} of {len(tasks)} tasks"]
        else:
            lines = ["best average, though another encoder leads on each task"]
        if self.headline:
            score = self.board.cell(self.winner, self.headline).mean or 0.0
            lines[0] += f", {score:.2f} on {self._where()}" if len(tasks) > 1 else f": {score:.2f}"
        others = {row: won for row, won in self.wins.items() if row != self.winner}
        if others:
            lines.append(_others(others))
        if seen := self._seen():
            lines.append(
                f"{LEAKY.sign} trained on text of {self._tasks(seen)}, or picked by its scores"
            )
            lines += self._best_clean()
        if picked:
            lines.append(f"best on the test data of {picked} settings: optimistic")
        return Card(self._label(), first_name(self.winner), tuple(lines))

    def lead(self) -> Card:
        if self.headline:
            behind = self._next(self.headline)
            points = f"{-100 * behind.distance.value:.1f} points"
            lines = [f"ahead of {first_name(behind.encoder)} on {self._where()}"]
            if behind.has_interval:
                low, high = -100 * behind.distance.high, -100 * behind.distance.low
                lines.append(f"95 % interval {low:.1f} to {high:.1f}".replace("-", "−"))
            return Card("Ahead by", points, (*lines, *self._spread(behind.encoder)))
        leads = {task: self._next(task) for task in self.wins.get(self.winner, [])}
        ends = sorted(-100 * row.distance.value for row in leads.values())
        span = " to ".join(dict.fromkeys((f"{ends[0]:.1f}", f"{ends[-1]:.1f}")))
        followers = listed([row.encoder for row in leads.values()])
        lines = [f"ahead of the next ({followers}) on the {_tasks(len(ends))} where it leads"]
        return Card("Ahead by", f"{span} points", tuple(lines))

    def certainty(self) -> Card:
        tested = self.board.comparisons
        won = [task for task in self.wins.get(self.winner, []) if task in tested]
        real = [task for task in won if not self._next(task).is_tied]
        ties = [task for task in won if task not in real]
        lines = []
        if self.headline in tested:
            behind = self._next(self.headline)
            head = "A tie" if behind.is_tied else "Real"
            chance = _chance(difference_to_best(self.board, self.headline, behind.encoder))
            start = f"on {self._where()}{chance}"
            with_whom = self._tied(self.headline)
            lines.append(f"{start}, with {listed(with_whom)}" if behind.is_tied else start)
        elif won:
            head = f"Real on {len(real)} of {len(won)}" if real else "A tie"
        else:
            return Card("Real?", "Not tested", tuple(_untested(self.board)))
        if self.headline not in task_columns(self.board):
            lines += [f"real on {self._tasks(real)}"] if real else []
            lines += [f"tie on {self._ties(ties)}"] if ties else []
        lines.append(f"paired permutation test, {DRAWS:,} draws, Holm, 5 % level")
        return Card("Real?", head, tuple(lines))

    def _tasks(self, some: Sequence[str]) -> str:
        """Name tasks, or say that they are all."""
        every = task_columns(self.board)
        return f"all {len(every)} tasks" if len(some) == len(every) > 1 else listed(some)

    def _label(self) -> str:
        decisive = [self.headline] if self.headline else self.wins.get(self.winner, [])
        tested = [column for column in decisive if column in self.board.comparisons]
        is_tied = bool(tested) and all(self._next(column).is_tied for column in tested)
        return "Highest, but tied" if is_tied else "Best"

    def _where(self) -> str:
        return where(self.board, self.headline)

    def _next(self, column: str) -> Standing:
        """Return the best row of a column but the winner."""
        rows = column_standings(self.board, column)
        return next(row for row in rows if row.encoder != self.winner)

    def _tied(self, column: str) -> list[str]:
        rows = column_standings(self.board, column)
        return [row.encoder for row in rows if row.is_tied and row.encoder != self.winner]

    def _ties(self, tasks: Sequence[str]) -> str:
        with_whom = list(dict.fromkeys(row for task in tasks for row in self._tied(task)))
        return f"{listed(tasks)} (with {listed(with_whom)})"

    def _seen(self) -> list[str]:
        return [
            task
            for task in task_columns(self.board)
            if any(map(LEAKY.holds, self.board.cell(self.winner, task).records))
        ]

    def _best_clean(self) -> list[str]:
        """Say who is best of those whose score in the headline column has no such mark."""
        for place in self.board.leaders(self.headline) if self.headline else ():
            cell = self.board.cell(self.board.rows[place], self.headline)
            if not any(map(LEAKY.holds, cell.records)):
                return [f"best without: {first_name(self.board.rows[place])}, {cell.mean:.2f}"]
        return []

    def _spread(self, other: str) -> list[str]:
        """Say how far the seeds of the two encoders lie apart."""
        cells = {row: self.board.cell(row, self.headline) for row in (self.winner, other)}
        spreads = [
            f"{first_name(row)} ± {stdev(cell.values):.2f} over {len(cell.values)} seeds"
            for row, cell in cells.items()
            if len(cell.values) > 1
        ]
        return [f"training anew: {'; '.join(spreads)}"] if spreads else []


def listed(names: Sequence[str]) -> str:
    """Write names in a sentence; of many, how many there are besides the first ones."""
    names = list(dict.fromkeys(map(first_name, names)))
    if len(names) > _LISTED:
        return f"{', '.join(names[: _LISTED - 1])} and {len(names) - _LISTED + 1} more"
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _alone(board: Scoreboard, row: str) -> list[Card]:
    """Return the cards of an encoder that nothing can be compared with."""
    column = headline_column(board) or board.columns[0]
    mean, interval = board.cell(row, column).mean, board.intervals.get((row, column))
    lines = [f"on {where(board, column)}"]
    if interval:
        lines.append(f"95 % interval {interval.low:.2f} to {interval.high:.2f}")
    return [
        Card("Measured", first_name(row), ("the only encoder here",)),
        Card("Score", "–" if mean is None else f"{mean:.2f}", tuple(lines)),
        Card(
            "Real?",
            "Nothing to compare",
            ("measure a second encoder with harness eval to compare",),
        ),
    ]


def _wins(board: Scoreboard) -> dict[str, list[str]]:
    """Return the tasks on which each row has the best score."""
    wins: dict[str, list[str]] = {}
    for task in task_columns(board):
        leaders = board.leaders(task)
        if len(leaders) > 1:
            wins.setdefault(board.rows[leaders[0]], []).append(task)
    return wins


def _others(wins: Mapping[str, Sequence[str]]) -> str:
    """Say who leads elsewhere."""
    if len(wins) > _LISTED - 1:
        return f"{len(wins)} other encoders lead on the rest"
    return "; ".join(f"{first_name(row)} leads on {listed(won)}" for row, won in wins.items())


def _tasks(many: int) -> str:
    return "task" if many == 1 else f"{many} tasks"


def _chance(difference: Difference | None) -> str:
    if difference is None or math.isnan(difference.adjusted_p_value):
        return ""
    p = p_value(difference.adjusted_p_value, DRAWS)
    return f" (p {p})" if p[0] in "<≤" else f" (p = {p})"


def _untested(board: Scoreboard) -> list[str]:
    """Say why nothing was tested."""
    return list(board.interval_notes) or ["the report was made without intervals (--no-ci)"]
