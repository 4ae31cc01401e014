"""Score differences of two systems whose values are swapped item by item, many draws at once.

The null hypothesis: it does not matter which of the two systems gave which value of an item. Two
encoders' cosines live on different scales, so they are first made comparable: average ranks for
Spearman and whatever else depends on order alone, standard scores for Pearson, nothing for labels
and errors. Both systems are then scored again in every draw. (Ranks with swaps among them are no
ranking any more, and are ranked again: without that the draws have too large a variance.) So
scored, the draws have to first order the variance of the observed difference even where two
equally good systems are not exchangeable: simulated, the test then rejects 5 % in mild and 6-7 %
in extreme cases (benchmarks/statistics_coverage.py).
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from harness.results.statistics.correlation import FloatArray, average_ranks
from harness.results.statistics.resampled_metrics import (
    IntArray,
    Scorer,
    centred_squares,
    ratio,
    standard_scores,
)

Exchange: TypeAlias = Callable[[IntArray], FloatArray]
"""Takes 1 where an item keeps its values and 0 where it swaps them, shape (items, draws); gives
the first system's score less the second's, shape (pairs, draws), or (draws,) for one pair."""
PairExchange: TypeAlias = Callable[[FloatArray, FloatArray, FloatArray], Exchange]
"""Prepares one system, another, and gold."""
Exchanges: TypeAlias = Callable[[FloatArray, FloatArray, Sequence[tuple[int, int]]], Exchange]
"""Prepares systems, gold, and pairs of rows of the systems."""


def pairwise(exchange: PairExchange) -> Exchanges:
    """Return the exchange of many pairs of systems, each by itself."""

    def prepared(
        systems: FloatArray, gold: FloatArray, pairs: Sequence[tuple[int, int]]
    ) -> Exchange:
        each = [exchange(systems[first], systems[second], gold) for first, second in pairs]
        return lambda kept: np.stack([difference(kept) for difference in each])

    return prepared


def exchange_by(
    scorer: Callable[[FloatArray, FloatArray], Scorer], *, ranked: bool = False
) -> Exchanges:
    """Return the exchange for any scorer: a draw is a resample of both systems' values at once.

    Of the 2n values of both, with their gold scores, a draw holds one of each item for the one
    system, and the other for the other.

    Args:
        scorer: Of the metric.
        ranked: Whether values are replaced by their average ranks within their system.
    """

    def exchange(first: FloatArray, second: FloatArray, gold: FloatArray) -> Exchange:
        sides = [average_ranks(side) if ranked else side for side in (first, second)]
        score = scorer(np.concatenate(sides)[None], np.concatenate([gold, gold]))

        def difference(kept: IntArray) -> FloatArray:
            swapped = 1 - kept
            ours = score(np.concatenate([kept, swapped]))
            return np.asarray((ours - score(np.concatenate([swapped, kept])))[0])

        return difference

    return pairwise(exchange)


def accuracy_exchange(first: FloatArray, second: FloatArray, gold: FloatArray) -> Exchange:
    """Return the exchange of correct and wrong answers. Shapes: (items,) each."""
    lead = (first == gold).astype(np.float64) - (second == gold)

    def difference(kept: IntArray) -> FloatArray:
        return np.asarray((2 * (lead @ kept) - lead.sum()) / len(gold))

    return difference


def pearson_exchange(first: FloatArray, second: FloatArray, gold: FloatArray) -> Exchange:
    """Return the exchange of standard scores, for Pearson's r. Shapes: (items,) each."""
    a, b, y = standard_scores(np.stack([first, second, gold]))
    ours, theirs = np.stack([a, a * a, a * y]), np.stack([b, b * b, b * y])
    total = (ours + theirs).sum(axis=1, keepdims=True)

    def correlation(sums: FloatArray) -> FloatArray:
        x, squares, products = sums
        return ratio(products, centred_squares(squares, x, len(y)) * (y @ y))

    def difference(kept: IntArray) -> FloatArray:
        sums = (ours - theirs) @ kept + theirs.sum(axis=1, keepdims=True)
        return correlation(sums) - correlation(total - sums)

    return difference
