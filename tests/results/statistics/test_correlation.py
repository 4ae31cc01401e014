import math
import warnings
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.results.statistics.correlation import CORRELATIONS, kendall, pearson, spearman
from harness.results.statistics.protocols import protocol_scores

REFERENCES = {
    "kendall": stats.kendalltau,
    "pearson": stats.pearsonr,
    "spearman": stats.spearmanr,
}
# Few distinct values: nearly every drawn vector has ties.
tied_pairs = st.lists(
    st.tuples(st.integers(-3, 3).map(float), st.integers(0, 5).map(lambda x: x / 2)),
    min_size=3,
    max_size=60,
).filter(lambda pairs: all(len(set(side)) > 1 for side in zip(*pairs, strict=True)))


@pytest.mark.parametrize("name", CORRELATIONS)
@given(pairs=tied_pairs)
def test_correlation_is_scipys_with_ties(name: str, pairs: list[tuple[float, float]]) -> None:
    system, gold = map(list, zip(*pairs, strict=True))

    expected = REFERENCES[name](system, gold).statistic

    assert CORRELATIONS[name](system, gold) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", CORRELATIONS)
@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e200])
def test_correlation_does_not_depend_on_the_scale(name: str, scale: float) -> None:
    rng = np.random.default_rng(0)
    system, gold = rng.normal(size=(2, 1000))

    expected = REFERENCES[name](system, gold).statistic

    assert CORRELATIONS[name](scale * system, gold) == pytest.approx(expected, abs=1e-12)


def test_spearman_by_hand() -> None:
    # ranks 1, 2.5, 2.5, 4 and 1, 3, 2, 4: products of deviations 4.5, squares 4.5 and 5
    assert spearman([0.1, 0.2, 0.2, 0.9], [0, 4, 2, 5]) == pytest.approx(
        4.5 / math.sqrt(4.5 * 5), abs=1e-15
    )


@pytest.mark.parametrize("name", CORRELATIONS)
@pytest.mark.parametrize("system", [[1, 1, 1], [1, np.nan, 2], [1, np.inf, 2]])
def test_undefined_correlation_is_nan_without_a_warning(name: str, system: list[float]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        values = CORRELATIONS[name](system, [1, 2, 3]), CORRELATIONS[name]([1, 2, 3], system)

    assert np.isnan(values).all()


@pytest.mark.parametrize("correlation", [pearson, spearman, kendall])
@pytest.mark.parametrize(
    ("system", "gold"), [([1, 2], [1, 2, 3]), ([1], [1]), ([[1, 2]], [[1, 2]])]
)
def test_correlation_refuses_shapes_that_do_not_fit(
    correlation: Callable, system: list, gold: list
) -> None:
    with pytest.raises(ValueError, match="system and gold must be vectors of one length"):
        correlation(system, gold)


def test_protocols_by_hand() -> None:
    rising = ([1, 2, 3, 4], [1, 2, 3, 4])
    falling = ([6, 5], [5, 6])

    scores = protocol_scores([rising, falling])

    # all: ranks 1 2 3 4 6 5 against 1 2 3 4 5 6: rho = 1 - 6 * 2 / (6 * 35)
    assert scores == pytest.approx(
        {"mean": 0.0, "wmean": (4 - 2) / 6, "all": 1 - 12 / 210}, abs=1e-15
    )


def test_an_undefined_split_leaves_only_the_merged_score() -> None:
    scores = protocol_scores([([1, 1], [1, 2]), ([2, 3], [3, 4])], "pearson")

    assert math.isnan(scores["mean"])
    assert math.isnan(scores["wmean"])
    assert scores["all"] == pytest.approx(stats.pearsonr([1, 1, 2, 3], [1, 2, 3, 4]).statistic)


def test_protocols_refuse_an_empty_task_and_an_unknown_metric() -> None:
    with pytest.raises(ValueError, match="splits must be at least one, got none"):
        protocol_scores([])
    with pytest.raises(ValueError, match=r"metric must be one of .*, got 'rho'"):
        protocol_scores([([1, 2], [1, 2])], "rho")
