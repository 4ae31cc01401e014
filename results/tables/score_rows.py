"""Every score as a row."""

import math
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from harness.results.records.aspects import data_version, training_text
from harness.results.records.record import Record
from harness.results.tables.marks import marks_of

ScoreRow: TypeAlias = tuple[str, str | None, int | None, str, str, str, str, str, str, str, float]


ScoreInterval: TypeAlias = tuple[float, float] | None


SCORE_COLUMNS = (
    "encoder",
    "model",
    "seed",
    "training_text",
    "task",
    "data",
    "data_checksum",
    "marks",
    "metric",
    "protocol",
    "score",
)


def score_rows(records: Sequence[Record]) -> list[ScoreRow]:
    """Return every score of the records as a row with `SCORE_COLUMNS`, fractions."""
    rows: list[ScoreRow] = []
    for record in records:
        text = training_text(record)
        marks = " ".join(mark.name for mark in marks_of([record]))
        place = (record.task, record.data, data_version(record), marks)
        start = (record.encoder, record.model, record.seed, text, *place)
        for metric, value in record.scores.items():
            protocols = value if isinstance(value, Mapping) else {"": value}
            for name, score in protocols.items():
                rows.append((*start, metric, name, math.nan if score is None else float(score)))
    return rows
