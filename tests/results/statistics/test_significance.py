import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.results.statistics.resampling import (
    Resampling,
    Split,
    bootstrap_scores,
    observed_scores,
    swap_differences,
)
from harness.results.statistics.significance import (
    holm,
    percentile_interval,
    permutation_p_value,
    tie_groups,
)


def normal_split(rng: np.random.Generator, items: int, correlations: tuple[float, float]) -> Split:
    """Two systems of these Pearson correlations with the gold, 0.6 with each other given it."""
    gold, shared, *own = rng.normal(size=(4, items))
    noise = [math.sqrt(0.6) * shared + math.sqrt(0.4) * each for each in own]
    pairs = zip(correlations, noise, strict=True)
    return Split([r * gold + math.sqrt(1 - r * r) * e for r, e in pairs], gold)


def spearman_of_normal(pearson: float) -> float:
    """Pearson (1907): the rank correlation of a bivariate normal."""
    return 6 / math.pi * math.asin(pearson / 2)


def test_intervals_cover_the_true_score_and_difference() -> None:
    rng = np.random.default_rng(2024)
    truth = np.array([spearman_of_normal(0.8), spearman_of_normal(0.7)])
    targets = np.array([*truth, truth[0] - truth[1]])
    covered = np.zeros(3)

    for _ in range(1000):
        draws = bootstrap_scores([normal_split(rng, 150, (0.8, 0.7))], Resampling(draws=400), rng)
        low, high = percentile_interval(np.vstack([draws, draws[0] - draws[1]]), 0.95)
        covered += (low <= targets) & (targets <= high)

    assert (covered >= 930).all(), covered
    assert (covered <= 970).all(), covered


@pytest.mark.parametrize("protocol", ["mean", "wmean", "all"])
def test_permutation_test_rejects_true_null_hypotheses_at_its_level(protocol: str) -> None:
    rng, resampling = np.random.default_rng(7), Resampling(protocol=protocol, draws=199)
    p_values = []

    for _ in range(1000):
        splits = [normal_split(rng, items, (0.7, 0.7)) for items in (60, 40)]
        for split in splits:
            split.systems[1] = np.exp(3 * split.systems[1])  # another scale, the same ranks
        first, second = observed_scores(splits, resampling)
        null = swap_differences(splits, [(0, 1)], resampling, rng)
        p_values.append(permutation_p_value(first - second, null[0]))

    # 1000 tests at 5 %: standard deviation 0.7 %
    assert 0.033 <= np.mean(np.array(p_values) <= 0.05) <= 0.067
    assert stats.kstest(p_values, "uniform").pvalue > 0.01


def test_permutation_test_finds_a_true_difference() -> None:
    rng = np.random.default_rng(3)
    rejected = 0

    for _ in range(100):
        split = normal_split(rng, 300, (0.8, 0.7))
        first, second = observed_scores([split], Resampling())
        null = swap_differences([split], [(0, 1)], Resampling(draws=199), rng)
        rejected += permutation_p_value(first - second, null[0]) <= 0.05

    assert rejected >= 90


def test_permutation_p_value_is_scipys_exact_one() -> None:
    first, second = [1, 1, 1, 0, 1, 1, 1], [0, 1, 0, 1, 0, 0, 1]
    split = Split([first, second], np.ones(7))

    resampling = Resampling("accuracy", draws=20_000)

    scores = observed_scores([split], resampling)
    null = swap_differences([split], [(0, 1)], resampling, np.random.default_rng(0))

    exact = stats.permutation_test(
        (first, second), lambda a, b: np.mean(a) - np.mean(b), permutation_type="samples"
    )
    assert permutation_p_value(scores[0] - scores[1], null[0]) == pytest.approx(
        exact.pvalue, abs=0.015
    )


def test_p_value_counts_the_observed_difference_and_both_sides() -> None:
    null = np.array([-0.3, -0.1, 0.1, 0.3])

    assert permutation_p_value(0.3, null) == 3 / 5
    assert permutation_p_value(-0.3 - 1e-15, null) == 3 / 5
    assert permutation_p_value(0.5, null) == 1 / 5
    assert permutation_p_value(0.0, null) == 1.0


def test_undefined_draws_never_help_significance() -> None:
    assert permutation_p_value(0.5, np.array([0.1, np.nan, 0.1])) == 2 / 4
    assert math.isnan(permutation_p_value(np.nan, np.array([0.1])))


def test_percentile_interval_by_hand() -> None:
    low, high = percentile_interval(np.arange(101.0)[None], confidence=0.9)

    assert low == pytest.approx([5])
    assert high == pytest.approx([95])


def test_percentile_interval_is_nan_where_a_draw_is() -> None:
    low, high = percentile_interval(np.array([[0.1, np.nan], [0.1, 0.3]]), confidence=0.5)

    assert np.isnan([low[0], high[0]]).all()
    assert np.isfinite([low[1], high[1]]).all()


@pytest.mark.parametrize("confidence", [0, 1, 95])
def test_percentile_interval_refuses_a_confidence_that_is_no_fraction(confidence: float) -> None:
    with pytest.raises(ValueError, match=f"confidence must be between 0 and 1, got {confidence}"):
        percentile_interval(np.zeros(3), confidence)


def test_holm_by_hand() -> None:
    # ascending .01 .02 .03 .5 times 4 3 2 1 = .04 .06 .06 .5
    adjusted = holm([0.03, 0.01, 0.5, 0.02])

    assert adjusted == pytest.approx([0.06, 0.04, 0.5, 0.06])


def test_holm_caps_at_one_and_leaves_nan_out() -> None:
    assert holm([0.9, 0.8]) == pytest.approx([1.0, 1.0])
    np.testing.assert_allclose(holm([np.nan, 0.02, 0.03]), [np.nan, 0.04, 0.04])
    assert holm([]).shape == (0,)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_is_the_sequential_procedure(p_values: list[float]) -> None:
    adjusted = holm(p_values)

    ordered = sorted(p_values)
    for p_value, found in zip(p_values, adjusted, strict=True):
        steps = range(ordered.index(p_value) + 1)
        expected = min(1.0, max((len(ordered) - step) * ordered[step] for step in steps))
        assert found == pytest.approx(expected)


def test_tie_groups_by_hand() -> None:
    # a beats c and d; b beats d
    groups = tie_groups("abcd", [("a", "c"), ("d", "a"), ("b", "d")])

    assert groups == (("a", "b"), ("b", "c"), ("c", "d"))


def test_tie_groups_of_all_or_none() -> None:
    assert tie_groups("abc", []) == (("a", "b", "c"),)
    assert tie_groups("ab", [("a", "b")]) == (("a",), ("b",))
    assert tie_groups([], []) == ()


@given(st.sets(st.sampled_from(list(itertools.combinations("abcdef", 2)))))
def test_tie_groups_are_the_largest_sets_without_a_difference(
    different: set[tuple[str, str]],
) -> None:
    groups = {frozenset(group) for group in tie_groups("abcdef", sorted(different))}

    subsets = [
        frozenset(names)
        for size in range(1, 7)
        for names in itertools.combinations("abcdef", size)
    ]
    tied = [names for names in subsets if not any(names.issuperset(pair) for pair in different)]
    assert groups == {names for names in tied if not any(names < other for other in tied)}
