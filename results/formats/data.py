"""Write scores as tidy CSV or JSON."""

from collections.abc import Sequence
from typing import Any

from harness.results.display.csv_rows import csv_rows
from harness.results.display.json_text import json_text
from harness.results.display.shown_text import homeless, with_texts
from harness.results.records.record import Record
from harness.results.tables.score_rows import SCORE_COLUMNS, ScoreInterval, score_rows

_ENDS = ("low", "high")


def to_csv(records: Sequence[Record], intervals: Sequence[ScoreInterval] | None = None) -> str:
    """Return every score of the records, a row each, as fractions.

    Args:
        records: The records.
        intervals: The ends of each row's interval, None where there is none; none adds no columns.
    """
    heads = SCORE_COLUMNS if intervals is None else (*SCORE_COLUMNS, *_ENDS)
    rows = score_rows(records)
    ends = [()] * len(rows) if intervals is None else [found or ("", "") for found in intervals]
    return csv_rows([heads, *((*row, *found) for row, found in zip(rows, ends, strict=True))])


def to_json(records: Sequence[Record], intervals: Sequence[ScoreInterval] | None = None) -> str:
    """Return the records as JSON, their scores of items left out.

    Args:
        records: The records.
        intervals: The ends of each score's interval, in the order of `score_rows`, None where
            there is none; they follow the records as a list.
    """
    content: dict[str, Any] = {"records": [record.summary() for record in records]}
    if intervals is not None:
        content["intervals"] = [
            dict(zip((*SCORE_COLUMNS, *_ENDS), (*row, *ends), strict=True))
            for row, ends in zip(score_rows(records), intervals, strict=True)
            if ends is not None
        ]
    return json_text(with_texts(content, homeless)) + "\n"
