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

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import sparse, stats

from harness.results.statistics.correlation import FloatArray
from harness.results.statistics.resampled_metrics import (
    IntArray,
    Scorer,
    Scratch,
    centred_squares,
    ratio,
    standard_scores,
    sum_of_cubes,
)

Exchange: TypeAlias = Callable[[IntArray], FloatArray]
"""Takes 1 where an item keeps its values and 0 where it swaps them, shape (items, draws); gives
the first system's score less the second's, shape (draws,)."""


def exchange_by(
    scorer: Callable[[FloatArray, FloatArray], Scorer], *, ranked: bool = False
) -> Callable[[FloatArray, FloatArray, FloatArray], Exchange]:
    """Return the exchange for any scorer: a draw is a resample of both systems' values at once.

    Of the 2n values of both, with their gold scores, a draw holds one of each item for the one
    system, and the other for the other.

    Args:
        scorer: Of the metric.
        ranked: Whether values are replaced by their average ranks within their system.
    """

    def exchange(first: FloatArray, second: FloatArray, gold: FloatArray) -> Exchange:
        sides = [stats.rankdata(side) if ranked else side for side in (first, second)]
        score = scorer(np.concatenate(sides)[None], np.concatenate([gold, gold]))

        def difference(kept: IntArray) -> FloatArray:
            swapped = 1 - kept
            ours = score(np.concatenate([kept, swapped]))
            return np.asarray((ours - score(np.concatenate([swapped, kept])))[0])

        return difference

    return exchange


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


def spearman_exchange(first: FloatArray, second: FloatArray, gold: FloatArray) -> Exchange:
    """Return the exchange of average ranks, for Spearman's rho. Shapes: (items,) each.

    Sums over the items of one rank value are linear in what is kept: sizes of the ties, and with
    the gold ranks as weights, their products. Running sums of the sizes give the new ranks.
    """
    items = len(gold)
    y = 2 * stats.rankdata(gold) - (items + 1)  # twice the distance from the mean rank
    gold_squares = y @ y
    ranks = np.stack([stats.rankdata(first), stats.rankdata(second)])
    groups, group = np.unique(ranks, return_inverse=True)
    ours, theirs = group.reshape(2, items)
    lead = _members(ours, len(groups)) - _members(theirs, len(groups))
    gold_lead = (lead * y).tocsr()
    their_sizes, their_golds = _sizes_and_golds(theirs, len(groups), y)
    all_sizes, all_golds = _sizes_and_golds(group.ravel(), len(groups), np.tile(y, 2))
    all_places = 2 * np.cumsum(all_sizes, axis=0, dtype=np.int32) - all_sizes
    scratch = Scratch()

    def correlation(places: IntArray, sizes: IntArray, golds: FloatArray) -> FloatArray:
        products = np.einsum("nd,nd->d", places, golds, dtype=np.float64)
        return ratio(products, (items**3 - sum_of_cubes(sizes)) / 3 * gold_squares)

    def difference(kept: IntArray) -> FloatArray:
        sizes, golds = lead @ kept, gold_lead @ kept
        sizes += their_sizes
        golds += their_golds
        places = scratch.array("places", sizes.shape, np.int32)
        np.cumsum(sizes, axis=0, out=places)
        places *= 2
        places -= sizes
        score = correlation(places, sizes, golds)
        for total, part in ((all_places, places), (all_sizes, sizes), (all_golds, golds)):
            np.subtract(total, part, out=part)
        return score - correlation(places, sizes, golds)

    return difference


def _members(group: npt.NDArray[np.intp], groups: int) -> "sparse.csr_array[np.int32]":
    """Return 1 where an item is in a group. Shape: (groups, items), sparse."""
    items = len(group)
    ones = np.ones(items, dtype=np.int32)
    return sparse.csr_array((ones, (group, np.arange(items))), shape=(groups, items))


def _sizes_and_golds(
    group: npt.NDArray[np.intp], groups: int, golds: FloatArray
) -> tuple[IntArray, FloatArray]:
    """Return the size of each group, and the sum of its golds. Shapes: (groups, 1) each."""
    sizes = np.bincount(group, minlength=groups).astype(np.int32)
    return sizes[:, None], np.bincount(group, golds, groups).astype(np.float64)[:, None]
