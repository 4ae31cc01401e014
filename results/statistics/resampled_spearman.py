"""Spearman's rho of many resamples at once, without ranking any of them.

A resample is a column of counts: how often each item was drawn. With the items in the order of a
system, running sums of the counts give the ranks of every resample. What is summed of them by
gold score, times the gold score's rank, gives rho; the arithmetic is on integers and exact.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from harness.results.statistics.correlation import FloatArray
from harness.results.statistics.resampled_metrics import IntArray, Scorer, ratio, sum_of_cubes
from harness.results.statistics.running_sums import Scratch, sum_up

if TYPE_CHECKING:
    from scipy import sparse

Whole: TypeAlias = npt.NDArray[np.signedinteger]
"""Whole numbers of as few bits as hold them: fewer bits are faster."""

_MOST_16 = 16_383
"""The most items whose number, doubled, has 16 bits: what a rank comes to."""
_MOST_32 = 46_340
"""The most items whose square has 32 bits: what all ranks come to."""


def spearman_scorer(systems: FloatArray, gold: FloatArray) -> Scorer:
    """Return the scorer of Spearman's rho; nan where a resample is constant.

    With N items drawn, ranks less their mean have the sum of squares (N^3 - sum t^3) / 12, t the
    sizes of the ties (Kendall, Rank Correlation Methods, chapter 3).

    Args:
        systems: Scores of each system. Shape: (systems, items).
        gold: Gold scores. Shape: (items,).
    """
    values, golds = np.unique(gold, return_inverse=True)
    by_gold = members(golds, len(values))
    orders = [_ordered(system, golds, len(values)) for system in systems]
    scratch = Scratch()

    def score(counts: IntArray) -> FloatArray:
        size = int(counts[:, 0].sum())
        product_type = np.int32 if size <= _MOST_32 else np.int64
        held = counts.astype(np.int16 if size <= _MOST_16 else np.int32, copy=False)
        gold_sizes = by_gold @ held
        gold_ranks = 2 * np.cumsum(gold_sizes, axis=0) - gold_sizes - size
        gold_squares = (size**3 - sum_of_cubes(gold_sizes)) / 3
        untied = sum_of_cubes(held)
        there = scratch.array("there", held.shape, held.dtype)
        ranks = scratch.array("ranks", held.shape, held.dtype)
        products = scratch.array("products", held.shape, product_type)
        scores = np.empty((len(orders), counts.shape[1]))
        for row, order in zip(scores, orders, strict=True):
            np.take(held, order.items, axis=0, out=there, mode="clip")
            cubes = untied + order.ranks(there, ranks)
            np.multiply(there, ranks, out=products, dtype=product_type)
            sums = np.einsum("gd,gd->d", gold_ranks, order.by_gold @ products, dtype=np.float64)
            row[:] = ratio(sums, (size**3 - cubes) / 3 * gold_squares)
        return scores

    return score


@dataclass(frozen=True, slots=True)
class _Order:
    """The items in ascending order of a system.

    Attributes:
        items: Their places.
        tied: Where in this order items share a value with another. Shape: (tied,).
        ties: The number of the tie of each of those. Shape: (tied,).
        ends: The first and last place of each tie. Shape: (2, ties).
        by_gold: Sums what belongs to items in this order by gold score.
    """

    items: npt.NDArray[np.intp]
    tied: npt.NDArray[np.intp]
    ties: npt.NDArray[np.intp]
    ends: npt.NDArray[np.intp]
    by_gold: "sparse.csr_array[np.int32]"

    def ranks(self, counts: Whole, ranks: Whole) -> FloatArray:
        """Fill in the average ranks of resamples, and return how much their ties are.

        Items of one value that hold the places a+1 to b have average rank (a + 1 + b) / 2.

        Args:
            counts: How often a resample holds each item, in this order. Shape: (items, draws).
            ranks: Becomes twice the ranks less 1, a + b; of no meaning where the count is 0.

        Returns:
            What ties of the system add to the sum of the cubes of the counts. Shape: (draws,).
        """
        np.copyto(ranks, counts)
        sum_up(ranks)
        first, last = self.ends
        highest = ranks[last]
        lowest = ranks[first] - counts[first]
        ranks += ranks
        ranks -= counts
        if not len(self.tied):
            return np.zeros(counts.shape[1])
        ranks[self.tied] = (lowest + highest)[self.ties]
        return sum_of_cubes(highest - lowest) - sum_of_cubes(counts[self.tied])


def _ordered(system: FloatArray, golds: npt.NDArray[np.intp], many: int) -> _Order:
    items = np.argsort(system, kind="stable")
    _, first, group, sizes = np.unique(
        system[items], return_index=True, return_inverse=True, return_counts=True
    )
    shared = np.flatnonzero(sizes > 1)
    tied = np.flatnonzero(sizes[group] > 1)
    return _Order(
        items,
        tied,
        np.searchsorted(shared, group[tied]),
        np.stack([first[shared], first[shared] + sizes[shared] - 1]),
        members(golds[items], many),
    )


def members(group: npt.NDArray[np.intp], groups: int) -> "sparse.csr_array[Any]":
    """Return 1 where an item is in a group. Shape: (groups, items), sparse."""
    items = len(group)
    ones = np.ones(items, dtype=np.int32)
    from scipy import sparse  # deferred: reports with kept intervals need none

    return sparse.csr_array((ones, (group, np.arange(items))), shape=(groups, items))
