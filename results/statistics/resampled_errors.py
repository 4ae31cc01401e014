"""Metrics that are means of items, or nearly so, for many resamples at once."""

import numpy as np

from harness.results.statistics.correlation import FloatArray
from harness.results.statistics.resampled_metrics import IntArray, Scorer, centred_squares


def item_mean_scorer(systems: FloatArray, weights: FloatArray) -> Scorer:
    """Return the scorer of a metric that has a value for each item and is their weighted mean.

    Args:
        systems: Each system's values. Shape: (systems, items).
        weights: Of the items, at least 0; nan where a resample has none but 0. Shape: (items,).
    """
    weighted = systems * weights

    def score(counts: IntArray) -> FloatArray:
        drawn = counts.astype(np.float64)
        total = weights @ drawn
        return weighted @ drawn / np.where(total > 0, total, np.nan)

    return score


def squared_error_scorer(systems: FloatArray, gold: FloatArray) -> Scorer:
    """Return the scorer of the mean squared error.

    Args:
        systems: Predictions. Shape: (systems, items).
        gold: Gold scores. Shape: (items,).
    """
    return item_mean_scorer((systems - gold) ** 2, np.ones(len(gold)))


def r2_scorer(systems: FloatArray, gold: FloatArray) -> Scorer:
    """Return the scorer of the share of the variance explained; nan where gold is constant.

    R² = 1 - Σ (y - x)² / Σ (y - mean of y)².

    Args:
        systems: Predictions. Shape: (systems, items).
        gold: Gold scores. Shape: (items,).
    """
    errors, centred = (systems - gold) ** 2, gold - gold.mean()
    moments = np.stack([centred, centred * centred])

    def score(counts: IntArray) -> FloatArray:
        drawn = counts.astype(np.float64)
        total, squares = moments @ drawn
        variation = centred_squares(squares, total, int(counts[:, 0].sum()))
        undefined = variation <= 0
        share = errors @ drawn / np.where(undefined, 1.0, variation)
        return np.where(undefined, np.nan, 1 - share)

    return score
