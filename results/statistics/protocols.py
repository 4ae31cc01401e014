"""A task's score from its splits, under the three protocols: mean, wmean and all."""

from collections.abc import Sequence
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from harness.results.statistics.binary_metrics import BINARY_METRICS
from harness.results.statistics.correlation import CORRELATIONS, FloatArray, checked_scores

Protocol: TypeAlias = Literal["mean", "wmean", "all"]

PAIR_METRICS = {**CORRELATIONS, **BINARY_METRICS}
"""What is computed of the similarities of pairs and their gold scores, by name."""


def protocol_scores(
    splits: Sequence[tuple[npt.ArrayLike, npt.ArrayLike]], metric: str = "spearman"
) -> dict[Protocol, float]:
    """Return the score of one task under every protocol.

    `mean` averages the splits' scores, `wmean` weights them by their numbers of pairs,
    `all` is one over the pairs of all splits. A split where the metric is undefined
    makes `mean` and `wmean` nan.

    Args:
        splits: System scores and gold scores of each split. Shapes: (pairs,), (pairs,).
        metric: A key of `PAIR_METRICS`.

    Raises:
        ValueError: If there is no split, the metric is unknown, or a split is malformed.
    """
    if metric not in PAIR_METRICS:
        raise ValueError(f"metric must be one of {', '.join(PAIR_METRICS)}, got {metric!r}")
    if not splits:
        raise ValueError("splits must be at least one, got none")
    score = PAIR_METRICS[metric]
    checked = [checked_scores(system, gold) for system, gold in splits]
    scores = np.array([score(system, gold) for system, gold in checked])
    systems, golds = zip(*checked, strict=True)
    return {
        "mean": float(split_weights([len(gold) for gold in golds], "mean") @ scores),
        "wmean": float(split_weights([len(gold) for gold in golds], "wmean") @ scores),
        "all": score(np.concatenate(systems), np.concatenate(golds)),
    }


def split_weights(sizes: Sequence[int], protocol: Protocol) -> FloatArray:
    """Return each split's weight under `mean` or `wmean`. They sum to 1. Shape: (splits,)."""
    weights = np.ones(len(sizes)) if protocol == "mean" else np.asarray(sizes, dtype=np.float64)
    return np.asarray(weights / weights.sum())
