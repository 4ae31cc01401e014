"""What a comparison of stored results found, as JSON values and as CSV."""

import dataclasses
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from harness.results.comparisons.cells import csv_number, without_nan
from harness.results.display.csv_rows import csv_rows

if TYPE_CHECKING:
    from harness.results.comparisons.outcome import RecordComparison


def comparison_json(found: "RecordComparison") -> dict[str, Any]:
    """Return all there is to know, as JSON values; scores are fractions, and nan is null."""
    return {
        "title": found.title,
        "metric": found.metric,
        "protocol": found.resampling.protocol,
        "confidence": found.resampling.confidence,
        "draws": found.resampling.draws,
        "encoders": {
            name: {
                "model": records[0].model,
                "seeds": sorted({r.seed for r in records if r.seed is not None}),
                "data": records[0].data,
                "marks": {
                    title: [mark.name for mark in marks]
                    for title in found.columns
                    if (marks := found.marks(title, name))
                },
            }
            for name, records in found.records.items()
        },
        "lower_is_better": sorted(found.low),
        "average": found.average,
        "verdict": found.verdict(),
        "without_intervals": dict(found.missing),
        "columns": {
            title: without_nan(dataclasses.asdict(comparison))
            for title, comparison in found.columns.items()
        },
    }


def comparison_csv(found: "RecordComparison") -> str:
    """Return every difference, a row each, as fractions."""
    return csv_rows(difference_rows(found))


def difference_rows(found: "RecordComparison") -> list[Sequence[object]]:
    """Return the heads of the columns, and a row per difference."""
    estimate = ["difference", "low", "high", "standard_error"]
    heads = ["task", "first", "second", *estimate, "p", "p_holm", "significant", "marks"]
    return [heads, *_rows(found, ["value", *estimate[1:]])]


def _rows(found: "RecordComparison", estimate: Sequence[str]) -> Iterator[Sequence[object]]:
    for title, each in found.differences():
        values = [csv_number(getattr(each.difference, name)) for name in estimate]
        p_values = [
            *map(csv_number, (each.p_value, each.adjusted_p_value)),
            "" if math.isnan(each.p_value) else int(each.significant),
        ]
        marks = dict.fromkeys(
            mark.name
            for encoder in (each.first, each.second)
            for mark in found.marks(title, encoder)
        )
        yield [title, each.first, each.second, *values, *p_values, " ".join(marks)]
