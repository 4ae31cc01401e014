"""A forest plot of characters: how far each encoder is behind the best of a column."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

from harness.results.comparisons.standing import Standing, span, standings, tick_text, ticks
from harness.results.statistics.estimates import Comparison

_NARROWEST, _WIDEST = 24, 60  # characters of the plot itself
_NAMES = 30  # most characters of the encoders' names
_SCORE = 7  # characters of a score


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
    rows = standings(found, reference)
    target = next(row.encoder for row in rows if row.is_reference)
    names = min(max(cell_len(row.encoder) for row in rows), _NAMES, max(8, width // 3))
    size = max(_NARROWEST, min(_WIDEST, width - names - _SCORE - 2))
    scale = _Scale(*span(rows), size)
    drawn = any(row.has_interval for row in rows)
    intervals = f", {confidence:.0%} paired bootstrap intervals; ○: tied" if drawn else ""
    title = f"{head}: points {'behind' if rows[0].is_reference else 'from'} {target}{intervals}"
    body = [
        f"{_fitted(row.encoder, names)} {_plotted(row, scale)} {100 * row.score:6.2f}"
        for row in rows
    ]
    indent = " " * (names + 1)
    return [title, *body, *(f"{indent}{line}".rstrip() for line in scale.axis())]


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
        line, numbers = ["─"] * self.size, ""
        for tick in ticks(self.low, self.high):
            place = self.place(tick)
            line[place] = "┴"
            text = tick_text(tick)
            start = min(max(0, place - len(text) // 2), self.size - len(text))
            if start > len(numbers) or not numbers:
                numbers = numbers.ljust(start) + text
        return ["".join(line), numbers]


def _plotted(row: Standing, scale: _Scale) -> str:
    line = [" "] * scale.size
    line[scale.place(0)] = "│"
    estimate = row.distance
    if row.has_interval and estimate.low < estimate.high:
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
