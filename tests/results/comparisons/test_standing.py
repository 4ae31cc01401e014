import math

import pytest

from harness.results.comparisons.standing import span, standings, tick_text, ticks
from harness.results.statistics.estimates import Comparison, Difference, EncoderScore, Estimate


def score(name: str, value: float) -> EncoderScore:
    return EncoderScore(name, Estimate(value, value - 0.1, value + 0.1, 0.05), (value,), math.nan)


def difference(first: str, second: str, value: float, *, significant: bool) -> Difference:
    estimate = Estimate(value, value - 0.02, value + 0.03, 0.01)
    return Difference(first, second, estimate, 0.01, 0.01, significant)


HIGH = Comparison(
    (score("a", 0.75), score("b", 0.74), score("c", 0.5)),
    (
        difference("a", "b", 0.01, significant=False),
        difference("a", "c", 0.25, significant=True),
        difference("b", "c", 0.24, significant=True),
    ),
    (("a", "b"), ("c",)),
)
LOW = Comparison(
    (score("a", 0.1), score("b", 0.3)), (difference("a", "b", -0.2, significant=True),), ()
)


def test_the_distance_to_the_best_is_below_zero() -> None:
    best, tied, worse = standings(HIGH)

    assert best.is_reference
    assert (tied.is_tied, worse.is_tied) == (True, False)
    assert (worse.distance.low, worse.distance.high) == pytest.approx((-0.28, -0.23))


def test_the_distance_to_another_encoder_is_above_zero_where_one_is_better() -> None:
    rows = standings(HIGH, "b")

    assert [round(row.distance.value, 2) for row in rows] == [0.01, 0.0, -0.24]


def test_a_higher_score_is_behind_where_low_scores_are_the_best() -> None:
    _, worse = standings(LOW)

    assert worse.distance.value == pytest.approx(-0.2)
    assert worse.distance.low < worse.distance.high


def test_a_pair_that_was_not_compared_has_a_distance_without_an_interval() -> None:
    only_to_the_best = Comparison(HIGH.scores, HIGH.differences[:2], ())

    _, _, last = standings(only_to_the_best, "b")

    assert last.distance.value == pytest.approx(-0.24)
    assert not last.has_interval
    assert last.is_tied


def test_the_span_holds_zero_and_every_interval_in_points() -> None:
    assert span(standings(HIGH)) == pytest.approx((-28, 1))
    assert span(standings(HIGH)[:1]) == (-0.1, 0.0)


def test_ticks_are_round_numbers_within_the_axis() -> None:
    assert [tick_text(tick) for tick in ticks(-28, 1)] == ["−20", "−10", "0"]
    assert list(ticks(-1.0, 0.2, 5)) == pytest.approx([-1, -0.75, -0.5, -0.25, 0])
