"""Correlation of a system's scores with the gold scores.

An undefined correlation (a constant side, or a value that is not finite) is nan, without a
warning: whoever asked decides whether to refuse it.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]


def pearson(system: npt.ArrayLike, gold: npt.ArrayLike) -> float:
    """Return Pearson's r, in [-1, 1], or nan where it is undefined.

    Args:
        system: Scores of the system. Shape: (pairs,).
        gold: Gold scores of the same pairs. Shape: (pairs,).

    Raises:
        ValueError: If the two are not vectors of one length of at least 2.
    """
    x, y = checked_scores(system, gold)
    if _undefined(x) or _undefined(y):
        return float("nan")
    return float(np.clip(_direction(x) @ _direction(y), -1.0, 1.0))


def spearman(system: npt.ArrayLike, gold: npt.ArrayLike) -> float:
    """Return Spearman's rho, ties given their average rank, or nan where it is undefined.

    Args:
        system: Scores of the system. Shape: (pairs,).
        gold: Gold scores of the same pairs. Shape: (pairs,).

    Raises:
        ValueError: If the two are not vectors of one length of at least 2.
    """
    x, y = checked_scores(system, gold)
    if _undefined(x) or _undefined(y):
        return float("nan")
    return pearson(average_ranks(x), average_ranks(y))


def kendall(system: npt.ArrayLike, gold: npt.ArrayLike) -> float:
    """Return Kendall's tau-b, in [-1, 1], or nan where it is undefined.

    Args:
        system: Scores of the system. Shape: (pairs,).
        gold: Gold scores of the same pairs. Shape: (pairs,).

    Raises:
        ValueError: If the two are not vectors of one length of at least 2.
    """
    x, y = checked_scores(system, gold)
    if _undefined(x) or _undefined(y):
        return float("nan")
    from scipy import stats  # deferred: takes longer to import than a report takes

    return float(stats.kendalltau(x, y).statistic)


CORRELATIONS: dict[str, Callable[[npt.ArrayLike, npt.ArrayLike], float]] = {
    "kendall": kendall,
    "pearson": pearson,
    "spearman": spearman,
}


def average_ranks(values: FloatArray) -> FloatArray:
    """Return the place of each value in ascending order, from 1; equal ones share their mean.

    Args:
        values: Finite. Shape: (items,).
    """
    _, group, sizes = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((2 * np.cumsum(sizes) - sizes + 1)[group] / 2)


def checked_scores(system: npt.ArrayLike, gold: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return both as vectors of float64.

    Raises:
        ValueError: If the two are not vectors of one length of at least 2.
    """
    x, y = np.asarray(system, dtype=np.float64), np.asarray(gold, dtype=np.float64)
    if x.ndim != 1 or x.shape != y.shape or len(x) <= 1:
        raise ValueError(
            "system and gold must be vectors of one length of at least 2, "
            f"got shapes {x.shape} and {y.shape}"
        )
    return x, y


def _undefined(values: FloatArray) -> bool:
    return not np.isfinite(values).all() or bool((values == values[0]).all())


def _direction(values: FloatArray) -> FloatArray:
    """Return the centred values at length 1; scaled first, so that no square overflows."""
    scaled = values / np.abs(values).max()
    centred = scaled - scaled.mean()
    centred /= np.abs(centred).max()
    return np.asarray(centred / np.linalg.norm(centred))
