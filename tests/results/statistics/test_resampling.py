from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics as sklearn_metrics

from harness.results.statistics import resampling
from harness.results.statistics.metrics import METRICS
from harness.results.statistics.protocols import protocol_scores
from harness.results.statistics.resampling import (
    Resampling,
    Split,
    bootstrap_counts,
    bootstrap_scores,
    observed_scores,
    swap_choices,
    swap_differences,
)
from harness.results.statistics.significance import percentile_interval


def correlated(rng: np.random.Generator, items: int, systems: int = 2) -> Split:
    gold = np.round(5 * rng.random(items), 1)
    return Split(gold + rng.normal(size=(systems, items)).round(1), gold)


def accuracy(system: np.ndarray, gold: np.ndarray) -> float:
    return float(np.mean(system == gold))


def quiet(correlation: Callable) -> Callable:
    """Return scipy's value, nan instead of a warning on a constant side."""

    def value(system: np.ndarray, gold: np.ndarray) -> float:
        if len(set(system)) == 1 or len(set(gold)) == 1:
            return float("nan")
        return correlation(system, gold).statistic

    return value


def f1(system: np.ndarray, gold: np.ndarray) -> float:
    both, either = np.sum((system == 1) & (gold == 1)), np.sum(system == 1) + np.sum(gold == 1)
    return float(2 * both / either) if either else 0.0


def average_precision(system: np.ndarray, gold: np.ndarray) -> float:
    if len(set(gold == 1)) == 1:
        return float("nan")
    return float(sklearn_metrics.average_precision_score(gold == 1, system))


def best_threshold_accuracy(system: np.ndarray, gold: np.ndarray) -> float:
    thresholds = sorted(set(system))[1:]  # one item at least is below
    if len(set(gold == 1)) == 1 or not thresholds:
        return float("nan")
    return max(float(np.mean((system >= each) == (gold == 1))) for each in thresholds)


def r2(system: np.ndarray, gold: np.ndarray) -> float:
    if len(set(gold)) == 1:
        return float("nan")
    return float(sklearn_metrics.r2_score(gold, system))


def mse(system: np.ndarray, gold: np.ndarray) -> float:
    return float(sklearn_metrics.mean_squared_error(gold, system))


REFERENCES = {
    "accuracy": accuracy,
    "pearson": quiet(stats.pearsonr),
    "spearman": quiet(stats.spearmanr),
    "kendall": quiet(stats.kendalltau),
    "f1": f1,
    "average_precision": average_precision,
    "best_threshold_accuracy": best_threshold_accuracy,
    "mse": mse,
    "r2": r2,
    "item mean": lambda system, gold: (
        float(np.average(system, weights=gold)) if gold.any() else float("nan")
    ),
}


@pytest.mark.parametrize("metric", METRICS)
@given(
    items=st.lists(
        st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 3)), min_size=2, max_size=25
    ),
    seed=st.integers(0, 1000),
)
def test_weighted_score_is_scipys_on_the_materialised_resample(
    metric: str, items: list[tuple[int, int, int]], seed: int
) -> None:
    first, second, gold = np.array(items, dtype=float).T
    (counts,) = bootstrap_counts(len(items), 5, np.random.default_rng(seed))

    scores = METRICS[metric].scorer(np.stack([first, second]), gold)(counts)

    expected = [
        [REFERENCES[metric](np.repeat(x, c), np.repeat(gold, c)) for c in counts.T]
        for x in (first, second)
    ]
    np.testing.assert_allclose(scores, expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("metric", ["pearson", "spearman", "kendall", "average_precision"])
def test_weighted_score_is_scipys_on_a_large_split(metric: str) -> None:
    rng = np.random.default_rng(0)
    gold = np.round(5 * rng.random(4927), 1)
    system = gold + rng.normal(size=4927)
    system[:40] = 1.0  # a tie-free encoder but for identical sentences
    counts = next(bootstrap_counts(4927, 5, rng))

    scores = METRICS[metric].scorer(system[None], gold)(counts)[0]

    expected = [
        REFERENCES[metric](np.repeat(system, column), np.repeat(gold, column))
        for column in counts.T
    ]
    np.testing.assert_allclose(scores, expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("metric", ["pearson", "spearman", "kendall", "r2"])
def test_draws_are_scipy_bootstraps_own(metric: str) -> None:
    split = correlated(np.random.default_rng(1), 60)

    draws = bootstrap_scores(
        [split], Resampling(metric=metric, draws=300), np.random.default_rng(2)
    )

    expected = stats.bootstrap(
        (split.systems[0], split.gold),
        REFERENCES[metric],
        n_resamples=300,
        paired=True,
        vectorized=False,
        method="percentile",
        random_state=np.random.default_rng(2),
    )
    np.testing.assert_allclose(draws[0], expected.bootstrap_distribution, atol=1e-10)
    np.testing.assert_allclose(
        percentile_interval(draws[0], 0.95), expected.confidence_interval, atol=1e-10
    )


def test_f1_is_scikit_learns() -> None:
    split = Split([[1, 0, 1, 1, 0, 0, 1]], [1, 1, 0, 1, 0, 0, 1])

    scores = observed_scores([split], Resampling("f1"))

    assert scores == pytest.approx([sklearn_metrics.f1_score(split.gold, split.systems[0])])


def test_chunks_do_not_change_the_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    split = correlated(np.random.default_rng(3), 30)
    fifty = Resampling(draws=50)
    whole = bootstrap_scores([split], fifty, np.random.default_rng(4))
    swaps = swap_differences([split], [(0, 1)], fifty, np.random.default_rng(4))

    monkeypatch.setattr(resampling, "_CHUNK", 7 * 30)
    chunked = bootstrap_scores([split], fifty, np.random.default_rng(4))
    chunked_swaps = swap_differences([split], [(0, 1)], fifty, np.random.default_rng(4))

    np.testing.assert_array_equal(whole, chunked)
    np.testing.assert_array_equal(swaps, chunked_swaps)


def test_all_systems_are_scored_on_the_same_resamples() -> None:
    split = correlated(np.random.default_rng(5), 80)
    alone, forty = Split(split.systems[1:], split.gold), Resampling(draws=40)

    together = bootstrap_scores([split, split], forty, np.random.default_rng(6))

    np.testing.assert_array_equal(
        together[1:], bootstrap_scores([alone, alone], forty, np.random.default_rng(6))
    )


@pytest.mark.parametrize("metric", ["pearson", "spearman"])
@pytest.mark.parametrize("protocol", ["mean", "wmean", "all"])
def test_observed_scores_are_the_protocol_scores(metric: str, protocol: str) -> None:
    rng = np.random.default_rng(7)
    splits = [correlated(rng, 20), correlated(rng, 50), correlated(rng, 30)]

    scores = observed_scores(splits, Resampling(metric=metric, protocol=protocol))

    expected = [
        protocol_scores([(split.systems[row], split.gold) for split in splits], metric)[protocol]
        for row in (0, 1)
    ]
    np.testing.assert_allclose(scores, expected, rtol=0, atol=1e-12)


def test_mean_resamples_within_splits_and_all_across_them() -> None:
    # Each split's gold and system differ between the splits only in level: merged, the levels
    # dominate; within, correlation is -1 in every resample.
    base = np.arange(10.0)
    splits = [Split([level - base], level + base) for level in (0.0, 100.0)]

    mean, merged = Resampling(protocol="mean", draws=100), Resampling(protocol="all", draws=100)

    stratified = bootstrap_scores(splits, mean, np.random.default_rng(8))
    whole = bootstrap_scores(splits, merged, np.random.default_rng(8))

    np.testing.assert_allclose(stratified, -1.0, atol=1e-12)
    assert whole.min() > -0.9
    assert whole.max() > 0.4
    assert whole.std() > 0.01


@pytest.mark.parametrize("metric", METRICS)
@given(
    items=st.lists(
        st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 3)), min_size=3, max_size=20
    ),
    seed=st.integers(0, 1000),
)
def test_swapped_difference_is_the_naive_one(
    metric: str, items: list[tuple[int, int, int]], seed: int
) -> None:
    first, second, gold = np.array(items, dtype=float).T
    split = Split(np.stack([first, second]), gold)
    transform = {
        "pearson": lambda x: ((x - x.mean()) / (x.std() or 1)).round(12),
        "spearman": stats.rankdata,
        "kendall": stats.rankdata,
        "average_precision": stats.rankdata,
        "best_threshold_accuracy": stats.rankdata,
    }.get(metric, lambda x: x)

    null = swap_differences(
        [split], [(0, 1)], Resampling(metric=metric, draws=4), np.random.default_rng(seed)
    )

    (choices,) = swap_choices(len(items), 4, np.random.default_rng(seed))
    a, b = transform(first), transform(second)
    expected = [
        REFERENCES[metric](np.where(kept, a, b), gold)
        - REFERENCES[metric](np.where(kept, b, a), gold)
        for kept in choices.T.astype(bool)
    ]
    np.testing.assert_allclose(null[0], expected, rtol=0, atol=1e-10)


def test_half_the_items_are_swapped() -> None:
    kept = np.concatenate(list(swap_choices(50, 4000, np.random.default_rng(9))), axis=1)

    assert kept.shape == (50, 4000)
    assert set(kept.ravel()) == {0, 1}
    assert kept.mean() == pytest.approx(0.5, abs=0.005)


def test_swaps_ignore_the_scale_of_an_encoder() -> None:
    split = correlated(np.random.default_rng(10), 40)
    stretched = Split(split.systems * [[1.0], [50.0]] + [[0.0], [9.0]], split.gold)

    for metric in ("pearson", "spearman", "kendall"):
        thirty = Resampling(metric, draws=30)
        one, other = (
            swap_differences([s], [(0, 1)], thirty, np.random.default_rng(0))
            for s in (split, stretched)
        )

        np.testing.assert_allclose(one, other, atol=1e-12)


def test_accuracy_over_folds_is_the_mean_of_the_folds() -> None:
    folds = [Split([[1, 1, 0, 0]], [1, 1, 1, 1]), Split([[1, 1]], [1, 1])]

    assert observed_scores(folds, Resampling("accuracy", "mean")) == pytest.approx([0.75])
    assert observed_scores(folds, Resampling("accuracy", "all")) == pytest.approx([4 / 6])


@pytest.mark.parametrize(
    ("systems", "gold", "message"),
    [
        ([1, 2], [1, 2], "systems and gold must have shapes"),
        ([[1, 2]], [1, 2, 3], "systems and gold must have shapes"),
        ([[]], [], "items must be at least one, got none"),
        ([[1, np.nan]], [1, 2], "systems and gold must be finite"),
    ],
)
def test_split_refuses_malformed_scores(systems: list, gold: list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Split(systems, gold)


def test_unknown_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="protocol must be mean, wmean or all, got 'median'"):
        Resampling(protocol="median")
    with pytest.raises(ValueError, match=r"metric must be one of .*, got 'ndcg'"):
        observed_scores([Split([[1, 2]], [1, 2])], Resampling(metric="ndcg"))
    with pytest.raises(ValueError, match="confidence must be between 0 and 1, got 95"):
        Resampling(confidence=95)
    with pytest.raises(ValueError, match="draws must be at least 1, got 0"):
        Resampling(draws=0)
    with pytest.raises(ValueError, match="seed must be at least 0, got -1"):
        Resampling(seed=-1)
    with pytest.raises(ValueError, match="splits must be at least one, got none"):
        observed_scores([], Resampling())
