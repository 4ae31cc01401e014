"""The frame of a chart of training, and the rules and labels of its axes."""

import math
from dataclasses import dataclass
from typing import Any

_RULES = 5  # about so many rules per axis
_MOST_DIGITS = 4  # that fit beside the axis; smaller numbers have an exponent


@dataclass(frozen=True)
class ChartFrame:
    """The size of a drawing, and the margins around what it shows, in the drawing's own units."""

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int

    def across(self, share: float) -> float:
        """Return the x of a share of the width, from 0 on the left to 1 on the right."""
        return round(self.left + share * (self.width - self.left - self.right), 1)

    def up(self, share: float) -> float:
        """Return the y of a share of the height, from 0 at the foot to 1 at the top."""
        return round(self.foot - share * (self.foot - self.top), 1)

    @property
    def foot(self) -> int:
        """The y of the lower axis."""
        return self.height - self.bottom


CURVE_FRAME = ChartFrame(width=340, height=210, left=48, right=24, top=26, bottom=40)


def axis_ticks(low: float, high: float, last: int) -> tuple[dict[str, Any], ...]:
    """Return the rules of values across a chart, and the marks of its steps from 0.

    Args:
        low: The lowest value.
        high: The highest, above it.
        last: The last step, at least 1.
    """
    frame = CURVE_FRAME
    heights = [
        _height_tick(frame.up((value - low) / (high - low)), text)
        for value, text in _rules(low, high)
    ]
    steps = [_step_tick(frame.across(step / last), text) for step, text in _steps(last)]
    return (*heights, *steps)


def _rules(low: float, high: float) -> list[tuple[float, str]]:
    """Return round values from low to high, 1, 2 or 5 times a power of ten apart, with labels."""
    step = _round_step((high - low) / _RULES)
    digits = max(0, -math.floor(math.log10(step)))
    numbers = range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
    form = f".{digits}f" if digits <= _MOST_DIGITS else ".3g"
    return [(n * step, f"{n * step:{form}}".replace("-", "−")) for n in numbers]


def _steps(last: int) -> list[tuple[float, str]]:
    """Return round whole steps from 0, with labels such as 2,000."""
    step = max(1, round(_round_step(last / _RULES)))
    return [(n, f"{n:,}") for n in range(0, last + 1, step)]


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return power * next(f for f in (1, 2, 5, 10) if f * power >= rough * (1 - 1e-9))


def _height_tick(y: float, text: str) -> dict[str, Any]:
    """Return a rule across the chart, labelled on the left."""
    frame = CURVE_FRAME
    rule = {"x1": frame.left, "y1": y, "x2": frame.width - frame.right, "y2": y}
    return {**rule, "x": frame.left - 5, "y": y + 4, "anchor": "end", "text": text}


def _step_tick(x: float, text: str) -> dict[str, Any]:
    """Return a short mark below the chart, and its label."""
    foot = CURVE_FRAME.foot
    rule = {"x1": x, "y1": foot, "x2": x, "y2": foot + 4}
    return {**rule, "x": x, "y": foot + 17, "anchor": "middle", "text": text}
