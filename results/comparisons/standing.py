"""How far each encoder of a column is behind the best, and the axis it is drawn on."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.results.comparisons.verdict import lead
from harness.results.statistics.estimates import Comparison, Difference, EncoderScore, Estimate

_STEPS = (1, 2, 2.5, 5, 10)
_ROUNDING = 1e-9
_NO_DISTANCE = Estimate(0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Standing:
    """One encoder's row of a forest plot.

    Attributes:
        encoder: Its name.
        score: The mean over seeds, a fraction.
        seed_deviation: Sample standard deviation over seeds; nan for a single seed.
        distance: To the reference with its paired interval, a fraction: below 0 where the encoder
            is worse, whether high or low scores are the best. The interval is nan where none was
            drawn.
        is_reference: Whether it is what the distances are to.
        is_tied: Whether it cannot be distinguished from the reference, or nothing was tested.
    """

    encoder: str
    score: float
    seed_deviation: float
    distance: Estimate
    is_reference: bool
    is_tied: bool

    @property
    def has_interval(self) -> bool:
        """Whether there is an interval to draw."""
        return not self.is_reference and not math.isnan(self.distance.low)


def standings(found: Comparison, reference: str = "") -> tuple[Standing, ...]:
    """Return a row per encoder, best first.

    Args:
        found: What was found in one column.
        reference: What the distances are to; empty for the best.
    """
    reference = reference or found.scores[0].encoder
    to_reference = {
        (d.second if d.first == reference else d.first): d
        for d in found.differences
        if reference in (d.first, d.second)
    }
    target = next(score for score in found.scores if score.encoder == reference)
    is_ahead = True
    rows = []
    for score in found.scores:
        if score is target:
            rows.append(_standing(score, _NO_DISTANCE, is_reference=True))
            is_ahead = False
            continue
        difference = to_reference.get(score.encoder)
        rows.append(
            _standing(
                score,
                _distance(difference, reference)
                if difference
                else _undrawn(score, target, is_ahead=is_ahead),
                is_tied=difference is None or not difference.significant,
            )
        )
    return tuple(rows)


def _standing(
    score: EncoderScore, distance: Estimate, *, is_reference: bool = False, is_tied: bool = False
) -> Standing:
    deviation = score.seed_deviation
    return Standing(score.encoder, score.score.value, deviation, distance, is_reference, is_tied)


def _distance(difference: Difference, reference: str) -> Estimate:
    """Return how far the other encoder is ahead of the reference."""
    ahead = lead(difference.difference)
    return ahead.reversed if difference.first == reference else ahead


def _undrawn(score: EncoderScore, target: EncoderScore, *, is_ahead: bool) -> Estimate:
    """Return the distance of a pair that was not compared: without an interval."""
    apart = abs(score.score.value - target.score.value)
    return Estimate(apart if is_ahead else -apart, math.nan, math.nan, math.nan)


def span(rows: Iterable[Standing], least: float = 0.1) -> tuple[float, float]:
    """Return the lowest and highest point that must be seen, in points; 0 is between them.

    Args:
        rows: Of one plot, or of several that share an axis.
        least: How long the span is at least, in points.
    """
    ends = [
        100 * end
        for row in rows
        for end in (row.distance.low, row.distance.value, row.distance.high)
        if not math.isnan(end)
    ]
    low, high = min([*ends, 0.0]), max([*ends, 0.0])
    return (low, high) if high - low >= least else (high - least, high)


def ticks(low: float, high: float, many: int = 4) -> Sequence[float]:
    """Return round numbers from one end of an axis to the other, about so many steps apart."""
    step = _round_step((high - low) / many)
    first = math.ceil(low / step - _ROUNDING)
    last = math.floor(high / step + _ROUNDING)
    return [step * n for n in range(first, last + 1)]


def tick_text(tick: float) -> str:
    """Write a number of an axis, with a minus sign."""
    return f"{tick:g}".replace("-", "−")


def _round_step(rough: float) -> float:
    """Return the next round number."""
    unit = 10.0 ** math.floor(math.log10(rough))
    return next(unit * step for step in _STEPS if unit * step >= rough * (1 - _ROUNDING))
