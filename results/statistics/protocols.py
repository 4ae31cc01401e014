"""A task's score from its splits, under the three protocols: mean, wmean and all."""

from collections.abc import Sequence
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from harness.results.statistics.correlation import CORRELATIONS, FloatArray, checked_scores

Protocol: TypeAlias = Literal["mean", "wmean", "all"]


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
    checked = [checked_scores(system, gold) for system, gold in splits]
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
