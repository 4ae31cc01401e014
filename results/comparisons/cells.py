"""How the numbers of a comparison are written."""

import math
from string import ascii_lowercase
from typing import Any

from harness.results.statistics.estimates import Comparison, Estimate


def interval(estimate: Estimate, digits: str) -> str:
    """Write an interval x 100; nothing where there is none."""
    if math.isnan(estimate.low):
        return ""
    return f"[{100 * estimate.low:{digits}}, {100 * estimate.high:{digits}}]"


def csv_number(value: float) -> float | str:
    """Return a number as CSV has it: nothing for nan."""
    return "" if math.isnan(value) else value


def without_nan(value: Any) -> Any:  # noqa: ANN401 - JSON values
    """Return the values with None for nan, which JSON does not have."""
    if isinstance(value, dict):
        return {name: without_nan(part) for name, part in value.items()}
    if isinstance(value, tuple):
        return [without_nan(part) for part in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def letters(comparison: Comparison) -> dict[str, str]:
    """Return the letters of the tie groups that each encoder is in; none for a lone encoder."""
    if len(comparison.scores) == 1:
        return {comparison.scores[0].encoder: ""}
    names = [a + b for a in ("", *ascii_lowercase) for b in ascii_lowercase]
    return {
        score.encoder: " ".join(
            letter
            for letter, group in zip(names, comparison.groups, strict=False)
            if score.encoder in group
        )
        for score in comparison.scores
    }


def p_value(p: float, draws: int) -> str:
    """Write a p value, never below what so many draws can show; a dash where there is none."""
    if math.isnan(p):
        return "–"
    smallest = 1 / (draws + 1)
    if p <= smallest:
        return f"≤{smallest:.4f}" if smallest >= 1e-4 else "<0.0001"  # noqa: PLR2004
    return f"{p:.4f}" if p >= 1e-4 else "<0.0001"  # noqa: PLR2004
