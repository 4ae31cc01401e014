"""Scores of many resamples at once.

A resample of n items is a column of counts: how often each item was drawn. With the items sorted
once, the average ranks of every resample follow from running sums of its counts, so that no
resample is ever sorted; the arithmetic is on integers and exact.
"""

import math
from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from harness.results.statistics.correlation import FloatArray

IntArray: TypeAlias = npt.NDArray[np.int32]
_Number = TypeVar("_Number", np.int32, np.float64)
Scorer: TypeAlias = Callable[[IntArray], FloatArray]
"""Takes counts, shape (items, draws), each draw of equal size; gives scores (systems, draws)."""

# A resample's variance this far below its mean square is rounding: its values are all equal.
_ROUNDING = 1e-13


class Scratch:
    """Arrays that are used again for the next chunk: fresh ones cost more than the arithmetic."""

    def __init__(self) -> None:
        self._flat: dict[str, npt.NDArray[Any]] = {}

    def array(
        self, name: str, shape: tuple[int, ...], dtype: type[_Number]
    ) -> npt.NDArray[_Number]:
        """Return an array of this shape, its content left over from the last use of the name."""
        size = math.prod(shape)
        if name not in self._flat or len(self._flat[name]) < size:
            self._flat[name] = np.empty(size, dtype=dtype)
        return self._flat[name][:size].reshape(shape)


class Ranking:
    """The places of items in ascending order, from which any resample's ranks follow.

    Args:
        values: One value an item. Shape: (items,).
    """

    def __init__(self, values: FloatArray) -> None:
        self.order = np.argsort(values, kind="stable")
        _, sizes = np.unique(values, return_counts=True)
        self.tied = len(sizes) < len(values)
        self.last = np.cumsum(sizes) - 1
        self.group = np.repeat(np.arange(len(sizes)), sizes)

    def ranks(
        self, counts: IntArray, cubes: FloatArray, scratch: Scratch
    ) -> tuple[IntArray, FloatArray]:
        """Return the average ranks of resamples, and how large their ties are.

        Items of one value that hold the places a+1 to b have average rank (a + 1 + b) / 2.

        Args:
            counts: How often a resample holds each item, in this order. Shape: (items, draws).
            cubes: The sum of the cubes of the counts. Shape: (draws,).
            scratch: Holds the ranks.

        Returns:
            Twice the ranks less 1, a + b, in this order; of no meaning where the count is 0.
            Shape: (items, draws). The sum of the cubes of the tie sizes b - a. Shape: (draws,).
        """
        ranks = scratch.array("ranks", counts.shape, np.int32)
        np.cumsum(counts, axis=0, out=ranks)
        if self.tied:
            ends = np.take(ranks, self.last, axis=0)
            sizes = np.diff(ends, axis=0, prepend=np.int32(0))
            np.take(2 * ends - sizes, self.group, axis=0, out=ranks, mode="clip")
            return ranks, sum_of_cubes(sizes)
        ranks *= 2
        ranks -= counts
        return ranks, cubes


def spearman_scorer(systems: FloatArray, gold: FloatArray) -> Scorer:
    """Return the scorer of Spearman's rho; nan where a resample is constant.

    With N items drawn, ranks less their mean have the sum of squares (N^3 - sum t^3) / 12, t the
    sizes of the ties (Kendall, Rank Correlation Methods, chapter 3).

    Args:
        systems: Scores of each system. Shape: (systems, items).
        gold: Gold scores. Shape: (items,).
    """
    gold_ranking = Ranking(gold)
    rankings = [Ranking(system[gold_ranking.order]) for system in systems]
    scratch = Scratch()

    def score(counts: IntArray) -> FloatArray:
        shape = counts.shape
        in_gold = scratch.array("in gold order", shape, np.int32)
        there = scratch.array("in system order", shape, np.int32)
        gold_weight = scratch.array("gold weight", shape, np.float64)
        gold_there = scratch.array("gold weight in system order", shape, np.float64)
        np.take(counts, gold_ranking.order, axis=0, out=in_gold, mode="clip")
        size = int(in_gold[:, 0].sum())
        untied = sum_of_cubes(in_gold)
        ranks, cubes = gold_ranking.ranks(in_gold, untied, scratch)
        gold_squares = (size**3 - cubes) / 3
        ranks -= size
        np.multiply(in_gold, ranks, out=gold_weight, dtype=np.float64)
        scores = np.empty((len(rankings), counts.shape[1]))
        for row, ranking in zip(scores, rankings, strict=True):
            np.take(in_gold, ranking.order, axis=0, out=there, mode="clip")
            ranks, cubes = ranking.ranks(there, untied, scratch)
            np.take(gold_weight, ranking.order, axis=0, out=gold_there, mode="clip")
            products = np.einsum("nd,nd->d", gold_there, ranks, dtype=np.float64)
            row[:] = ratio(products, (size**3 - cubes) / 3 * gold_squares)
        return scores

    return score


def pearson_scorer(systems: FloatArray, gold: FloatArray) -> Scorer:
    """Return the scorer of Pearson's r; nan where a resample is constant.

    Args:
        systems: Scores of each system. Shape: (systems, items).
        gold: Gold scores. Shape: (items,).
    """
    x, y = standard_scores(systems), standard_scores(gold[None])
    moments = np.concatenate([x, x * x, x * y, y, y * y])

    def score(counts: IntArray) -> FloatArray:
        size = int(counts[:, 0].sum())
        sums = moments @ counts.astype(np.float64)
        x_sum, x_square, product = np.split(sums[:-2], 3)
        y_sum, y_square = sums[-2:]
        squares = centred_squares(x_square, x_sum, size) * centred_squares(y_square, y_sum, size)
        return ratio(product - x_sum * y_sum / size, squares)

    return score


def accuracy_scorer(systems: FloatArray, gold: FloatArray) -> Scorer:
    """Return the scorer of accuracy: the share of items where a system equals the gold.

    Args:
        systems: Predicted labels (or 1 where right, with a gold of ones). Shape: (systems, items).
        gold: True labels. Shape: (items,).
    """
    correct = (systems == gold).astype(np.float64)

    def score(counts: IntArray) -> FloatArray:
        return np.asarray(correct @ counts.astype(np.float64) / counts[:, 0].sum())

    return score


def standard_scores(systems: FloatArray) -> FloatArray:
    """Return each row at mean 0 and standard deviation 1; zeros for a constant row.

    Args:
        systems: Shape: (systems, items).
    """
    constant = (systems == systems[:, :1]).all(axis=1, keepdims=True)
    centred = np.where(constant, 0.0, systems - systems.mean(axis=1, keepdims=True))
    return np.asarray(centred / np.where(constant, 1.0, centred.std(axis=1, keepdims=True)))


def centred_squares(squares: FloatArray, total: FloatArray, size: int) -> FloatArray:
    """Return sums of squares about the mean, 0 where they are mere rounding."""
    centred = squares - total * total / size
    return np.where(centred > _ROUNDING * squares, centred, 0.0)


def ratio(products: FloatArray, squares: FloatArray) -> FloatArray:
    """Return the products over the roots of the squares; nan where those are 0."""
    undefined = squares <= 0
    return np.where(undefined, np.nan, products / np.sqrt(np.where(undefined, 1.0, squares)))


def sum_of_cubes(sizes: IntArray) -> FloatArray:
    """Return the sum of the cubes of each column. Shape: (draws,)."""
    return np.asarray(np.einsum("nd,nd,nd->d", sizes, sizes, sizes, dtype=np.float64))
