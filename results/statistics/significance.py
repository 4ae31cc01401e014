"""Intervals, p values, and which systems cannot be distinguished."""

from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt

from harness.results.statistics.correlation import FloatArray

# Two draws closer than this are equal but for rounding.
_EQUAL = 1e-12


def percentile_interval(draws: FloatArray, confidence: float) -> tuple[FloatArray, FloatArray]:
    """Return the percentile bootstrap interval (Efron 1979), nan where a draw is nan.

    Args:
        draws: Bootstrap draws. Shape: (..., draws).
        confidence: Coverage, in (0, 1).

    Returns:
        Lower and upper ends. Shapes: (...), (...).

    Raises:
        ValueError: If the confidence is not between 0 and 1.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be between 0 and 1, got {confidence}")
    tail = (1 - confidence) / 2
    low, high = np.quantile(draws, [tail, 1 - tail], axis=-1)
    return np.asarray(low), np.asarray(high)


def permutation_p_value(observed: float, null: FloatArray) -> float:
    """Return the two-sided p value, (1 + draws at least as extreme) / (1 + draws).

    The observed value counts as one draw, so that p is never 0 and the test is exact (Phipson and
    Smyth 2010). A draw that is nan counts as extreme; the p value of a nan is nan.

    Args:
        observed: The observed difference.
        null: Differences under the null hypothesis, around 0. Shape: (draws,).
    """
    if np.isnan(observed):
        return float("nan")
    less_extreme = np.abs(null) < abs(observed) - _EQUAL
    return float((1 + np.count_nonzero(~less_extreme)) / (1 + len(null)))


def holm(p_values: npt.ArrayLike) -> FloatArray:
    """Return p values adjusted for their number (Holm 1979); nan stays nan and is not counted.

    Args:
        p_values: One a test of the family. Shape: (tests,).
    """
    values = np.asarray(p_values, dtype=np.float64)
    adjusted = np.full(values.shape, np.nan)
    tested = np.flatnonzero(~np.isnan(values))
    ascending = tested[np.argsort(values[tested], kind="stable")]
    remaining = np.arange(len(ascending), 0, -1)
    adjusted[ascending] = np.minimum(np.maximum.accumulate(values[ascending] * remaining), 1.0)
    return adjusted


def tie_groups(
    names: Sequence[str], different: Collection[tuple[str, str]]
) -> tuple[tuple[str, ...], ...]:
    """Return the largest sets of names of which no two differ: the letters of a letter display.

    Each pair that differs splits the groups that hold both; a group within another goes (Piepho
    2004, insert and absorb). A name can be in several groups.

    Args:
        names: All names, best first.
        different: Pairs that differ significantly, in either order.

    Returns:
        Groups in the order of their best members, each in the order of the names.
    """
    groups = [frozenset(names)] if names else []
    for pair in different:
        split = [
            part
            for group in groups
            for part in ([group - {name} for name in pair] if group.issuperset(pair) else [group])
        ]
        groups = [group for group in dict.fromkeys(split) if not any(group < g for g in split)]
    ordered = sorted(sorted(names.index(name) for name in group) for group in groups)
    return tuple(tuple(names[place] for place in group) for group in ordered)
