"""Metrics of labels 1 and 0, for many resamples at once."""

from collections.abc import Callable

import numpy as np

from harness.results.statistics.correlation import FloatArray
from harness.results.statistics.resampled_metrics import IntArray, Scorer


def f1_scorer(systems: FloatArray, gold: FloatArray) -> Scorer:
    """Return the scorer of F1 of class 1; 0 where a resample has none of it on either side.

    Args:
        systems: Predicted labels. Shape: (systems, items).
        gold: True labels. Shape: (items,).
    """
    predicted, true = (systems == 1).astype(np.float64), (gold == 1).astype(np.float64)

    def score(counts: IntArray) -> FloatArray:
        drawn = counts.astype(np.float64)
        both = (predicted * true) @ drawn
        either = predicted @ drawn + true @ drawn
        return np.asarray(2 * both / np.where(either == 0, 1.0, either))

    return score


def average_precision_scorer(systems: FloatArray, gold: FloatArray) -> Scorer:
    """Return the scorer of average precision; nan where a resample has one label alone.

    Args:
        systems: Similarities. Shape: (systems, items).
        gold: 1 or 0. Shape: (items,).
    """

    def precision_of(true: IntArray, taken: IntArray) -> FloatArray:
        gained = np.diff(true, axis=0, prepend=np.int32(0))
        area = np.einsum("nd,nd->d", gained, true / np.maximum(taken, 1))
        return np.asarray(area / np.maximum(true[-1], 1))

    return _threshold_scorer(systems, gold, precision_of)


def best_threshold_scorer(systems: FloatArray, gold: FloatArray) -> Scorer:
    """Return the scorer of the accuracy at each resample's own best threshold.

    The threshold lies between two similarities of the resample; nan where it has one similarity or
    one label alone.

    Args:
        systems: Similarities. Shape: (systems, items).
        gold: 1 or 0. Shape: (items,).
    """

    def accuracy_of(true: IntArray, taken: IntArray) -> FloatArray:
        positive, size = true[-1], taken[-1]
        right = 2 * true - taken + (size - positive)
        is_threshold = (taken > 0) & (taken < size)
        best = np.where(is_threshold, right, -1).max(axis=0)
        return np.where(best >= 0, best / size, np.nan)

    return _threshold_scorer(systems, gold, accuracy_of)


def _threshold_scorer(
    systems: FloatArray,
    gold: FloatArray,
    measure: Callable[[IntArray, IntArray], FloatArray],
) -> Scorer:
    """Return the scorer of what follows from `_Thresholds.taken`; nan for one label alone."""
    rankings = [_Thresholds(system, gold) for system in systems]

    def score(counts: IntArray) -> FloatArray:
        scores = np.empty((len(rankings), counts.shape[1]))
        for row, ranking in zip(scores, rankings, strict=True):
            true, taken = ranking.taken(counts)
            is_mixed = (true[-1] > 0) & (true[-1] < taken[-1])
            row[:] = np.where(is_mixed, measure(true, taken), np.nan)
        return scores

    return score


class _Thresholds:
    """What lies at or above each different similarity, from the highest down.

    Args:
        system: Similarities. Shape: (items,).
        gold: 1 or 0. Shape: (items,).
    """

    def __init__(self, system: FloatArray, gold: FloatArray) -> None:
        self._order = np.argsort(-system, kind="stable")
        ordered = system[self._order]
        self._ends = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))
        self._is_true = (gold[self._order] == 1).astype(np.int32)[:, None]

    def taken(self, counts: IntArray) -> tuple[IntArray, IntArray]:
        """Return how many items of gold 1 and how many at all. Shapes: (thresholds, draws)."""
        drawn = np.take(counts, self._order, axis=0)
        true = np.cumsum(drawn * self._is_true, axis=0, dtype=np.int32)
        taken = np.cumsum(drawn, axis=0, dtype=np.int32)
        return np.take(true, self._ends, axis=0), np.take(taken, self._ends, axis=0)
