"""A forest plot of characters: how far each encoder is behind the best of a column."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

from harness.results.comparisons.verdict import lead
from harness.results.statistics.estimates import Comparison, Estimate

_NARROWEST, _WIDEST = 24, 60  # characters of the plot itself
_NAMES = 30  # most characters of the encoders' names
_SCORE = 7  # characters of a score
_STEPS = (1, 2, 2.5, 5, 10)
_TICKS = 4


@dataclass(frozen=True)
class _Row:
    """One encoder's line: its distance to the reference, above 0 where it is better."""

    name: str
    score: float
    distance: Estimate
    is_tied: bool


def forest_lines(
    head: str, found: Comparison, confidence: float, width: int, reference: str = ""
) -> list[str]:
    """Draw the encoders of one column, best first, with paired intervals of their distance to one.

    A dot is hollow where the encoder cannot be distinguished from that one, and where nothing was
    tested.

    Args:
        head: Name of the column.
        found: What was found there, of two encoders or more.
        confidence: Of the intervals.
        width: Characters in a line.
        reference: What the distance is to; empty for the best.

    Returns:
        A title, a line per encoder, and an axis.
    """
    reference = reference or found.scores[0].encoder
    rows = list(_rows(found, reference))
    is_best = reference == rows[0].name
    longest = max(cell_len(row.name) for row in rows)
    names = min(longest, _NAMES, max(8, width // 3))
    size = max(_NARROWEST, min(_WIDEST, width - names - _SCORE - 2))
    ends = [
        end for row in rows for end in (row.distance.low, row.distance.high, row.distance.value)
    ]
    known = [100 * end for end in ends if not math.isnan(end)]
    scale = _Scale(min(*known, -0.1), max(*known, 0.0), size)
    drawn = any(not math.isnan(row.distance.low) for row in rows)
    intervals = f", {confidence:.0%} paired bootstrap intervals; ○: tied" if drawn else ""
    title = f"{head}: points {'behind' if is_best else 'from'} {reference}{intervals}"
    body = [f"{_fitted(row.name, names)} {_plotted(row, scale)} {row.score:6.2f}" for row in rows]
    indent = " " * (names + 1)
    return [title, *body, *(f"{indent}{line}".rstrip() for line in scale.axis())]


def _rows(found: Comparison, reference: str) -> Iterator[_Row]:
    for score in found.scores:
        own = next(
            (d for d in found.differences if {d.first, d.second} == {score.encoder, reference}),
            None,
        )
        distance = Estimate(0.0, 0.0, 0.0, 0.0) if own is None else lead(own.difference)
        if own is not None and own.first == reference:
            distance = distance.reversed
        is_tied = own is not None and not own.significant
        yield _Row(score.encoder, 100 * score.score.value, distance, is_tied)


@dataclass(frozen=True)
class _Scale:
    """Places points in a line of characters.

    Attributes:
        low: Leftmost value, in points.
        high: Rightmost value.
        size: Characters.
    """

    low: float
    high: float
    size: int

    def place(self, value: float) -> int:
        """Return the character at a value."""
        share = (value - self.low) / (self.high - self.low)
        return round(share * (self.size - 1))

    def axis(self) -> list[str]:
        """Return the axis and its numbers."""
        step = _step((self.high - self.low) / _TICKS)
        first = math.ceil(self.low / step - 1e-9)
        ticks = [step * n for n in range(first, math.floor(self.high / step + 1e-9) + 1)]
        line, numbers = ["─"] * self.size, ""
        for tick in ticks:
            place = self.place(tick)
            line[place] = "┴"
            text = f"{tick:g}".replace("-", "−")
            start = min(max(0, place - len(text) // 2), self.size - len(text))
            if start > len(numbers) or not numbers:
                numbers = numbers.ljust(start) + text
        return ["".join(line), numbers]


def _step(rough: float) -> float:
    """Return the next round number."""
    unit = 10.0 ** math.floor(math.log10(rough))
    return next(unit * step for step in _STEPS if unit * step >= rough * (1 - 1e-9))


def _plotted(row: _Row, scale: _Scale) -> str:
    line = [" "] * scale.size
    line[scale.place(0)] = "│"
    estimate = row.distance
    if not math.isnan(estimate.low) and estimate.low < estimate.high:
        low, high = scale.place(100 * estimate.low), scale.place(100 * estimate.high)
        line[low : high + 1] = _whisker(high - low + 1)
    line[scale.place(100 * estimate.value)] = "○" if row.is_tied else "●"
    return "".join(line)


def _whisker(length: int) -> Sequence[str]:
    return ["├", *"─" * (length - 2), "┤"] if length > 1 else ["─"]


def _fitted(name: str, width: int) -> str:
    if cell_len(name) <= width:
        return set_cell_size(name, width)
    return f"{set_cell_size(name, width - 1)}…"
