"""How well similarities tell the pairs of gold 1 from those of gold 0."""

import numpy as np
import numpy.typing as npt

from harness.results.statistics.correlation import checked_scores


def average_precision(system: npt.ArrayLike, gold: npt.ArrayLike) -> float:
    """Return the mean precision at the places of the pairs of gold 1, or nan where undefined.

    AP = Σ (R_n - R_(n-1)) P_n, over the different similarities from the highest down: P_n and R_n
    are precision and recall of what is at least as similar. Equal similarities count as one.

    Args:
        system: Similarities. Shape: (pairs,).
        gold: 1 or 0 for each pair; nan comes back if all are the same. Shape: (pairs,).

    Raises:
        ValueError: If the two are not vectors of one length of at least 2, or gold has others.
    """
    true, taken = _taken(system, gold)
    if not 0 < true[-1] < taken[-1]:
        return float("nan")
    gained = np.diff(true, prepend=0)
    return float(gained @ (true / taken) / true[-1])


def best_threshold_accuracy(system: npt.ArrayLike, gold: npt.ArrayLike) -> float:
    """Return the accuracy at the threshold on these very pairs that makes it highest.

    A pair is predicted 1 above the threshold, which lies between two different similarities. So at
    least one pair is predicted 1 and one 0, as in sentence-transformers and mteb.

    Args:
        system: Similarities; nan comes back if all are equal. Shape: (pairs,).
        gold: 1 or 0 for each pair; nan comes back if all are the same. Shape: (pairs,).

    Raises:
        ValueError: If the two are not vectors of one length of at least 2, or gold has others.
    """
    true, taken = _taken(system, gold)
    positive, pairs = true[-1], taken[-1]
    if not 0 < positive < pairs or len(taken) == 1:
        return float("nan")
    rejected = (pairs - positive) - (taken - true)  # of gold 0 and below the threshold
    return float((true + rejected)[:-1].max() / pairs)


BINARY_METRICS = {
    "average_precision": average_precision,
    "best_threshold_accuracy": best_threshold_accuracy,
}
"""Metrics of similarities whose gold is 1 or 0."""


def _taken(
    system: npt.ArrayLike, gold: npt.ArrayLike
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return how many pairs of gold 1, and how many at all, each threshold takes. Highest first.

    Shapes: (different similarities,) each.
    """
    scores, labels = checked_scores(system, gold)
    if not np.isin(labels, (0, 1)).all():
        raise ValueError("gold must be 1 or 0 for each pair, got other numbers")
    order = np.argsort(-scores, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    return np.cumsum(labels[order].astype(np.int64))[ends], ends + 1
