"""Correlation of a system's scores with the gold scores, under the three split protocols.

An undefined correlation (a constant side, or a value that is not finite) is nan, without a
warning: whoever asked decides whether to refuse it.
"""

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import stats

FloatArray: TypeAlias = npt.NDArray[np.float64]
Protocol: TypeAlias = Literal["mean", "wmean", "all"]


def pearson(system: npt.ArrayLike, gold: npt.ArrayLike) -> float:
    """Return Pearson's r, in [-1, 1], or nan where it is undefined.

    Args:
        system: Scores of the system. Shape: (pairs,).
        gold: Gold scores of the same pairs. Shape: (pairs,).

    Raises:
        ValueError: If the two are not vectors of one length of at least 2.
    """
    x, y = _checked(system, gold)
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
    x, y = _checked(system, gold)
    if _undefined(x) or _undefined(y):
        return float("nan")
    return pearson(stats.rankdata(x), stats.rankdata(y))


def kendall(system: npt.ArrayLike, gold: npt.ArrayLike) -> float:
    """Return Kendall's tau-b, in [-1, 1], or nan where it is undefined.

    Args:
        system: Scores of the system. Shape: (pairs,).
        gold: Gold scores of the same pairs. Shape: (pairs,).

    Raises:
        ValueError: If the two are not vectors of one length of at least 2.
    """
    x, y = _checked(system, gold)
    if _undefined(x) or _undefined(y):
        return float("nan")
    return float(stats.kendalltau(x, y).statistic)


CORRELATIONS: dict[str, Callable[[npt.ArrayLike, npt.ArrayLike], float]] = {
    "kendall": kendall,
    "pearson": pearson,
    "spearman": spearman,
}


def protocol_scores(
    splits: Sequence[tuple[npt.ArrayLike, npt.ArrayLike]], metric: str = "spearman"
) -> dict[Protocol, float]:
    """Return the score of one task under every protocol.

    `mean` averages the splits' correlations, `wmean` weights them by their numbers of pairs,
    `all` is one correlation over the pairs of all splits. A split whose correlation is undefined
    makes `mean` and `wmean` nan.

    Args:
        splits: System scores and gold scores of each split. Shapes: (pairs,), (pairs,).
        metric: A key of `CORRELATIONS`.

    Raises:
        ValueError: If there is no split, the metric is unknown, or a split is malformed.
    """
    if metric not in CORRELATIONS:
        raise ValueError(f"metric must be one of {', '.join(CORRELATIONS)}, got {metric!r}")
    if not splits:
        raise ValueError("splits must be at least one, got none")
    correlation = CORRELATIONS[metric]
    checked = [_checked(system, gold) for system, gold in splits]
    scores = np.array([correlation(system, gold) for system, gold in checked])
    systems, golds = zip(*checked, strict=True)
    return {
        "mean": float(split_weights([len(gold) for gold in golds], "mean") @ scores),
        "wmean": float(split_weights([len(gold) for gold in golds], "wmean") @ scores),
        "all": correlation(np.concatenate(systems), np.concatenate(golds)),
    }


def split_weights(sizes: Sequence[int], protocol: Protocol) -> FloatArray:
    """Return each split's weight under `mean` or `wmean`. They sum to 1. Shape: (splits,)."""
    weights = np.ones(len(sizes)) if protocol == "mean" else np.asarray(sizes, dtype=np.float64)
    return np.asarray(weights / weights.sum())


def _checked(system: npt.ArrayLike, gold: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
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
