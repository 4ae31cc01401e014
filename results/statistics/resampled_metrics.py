"""Scores of many resamples at once.

A resample of n items is a column of counts: how often each item was drawn.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from harness.results.statistics.correlation import FloatArray

IntArray: TypeAlias = npt.NDArray[np.int32]
Scorer: TypeAlias = Callable[[IntArray], FloatArray]
"""Takes counts, shape (items, draws), each draw of equal size; gives scores (systems, draws)."""

# A resample's variance this far below its mean square is rounding: its values are all equal.
_ROUNDING = 1e-13


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


def sum_of_cubes(sizes: npt.NDArray[np.signedinteger]) -> FloatArray:
    """Return the sum of the cubes of each column. Shape: (draws,)."""
    return np.asarray(np.einsum("nd,nd,nd->d", sizes, sizes, sizes, dtype=np.float64))
