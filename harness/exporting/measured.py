"""The results that were measured of just one encoder, with intervals."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.results.families import FAMILY_HEADLINES, PROTOCOLS, metric_title
from harness.results.records.record import Record
from harness.results.records.store import ResultStore
from harness.results.tables.score_intervals import score_intervals
from harness.results.tables.score_rows import score_rows

_MACHINE = ("vectors ", "code ", "device ", "torch ", "transformers ")
"""Parts of a key that change vectors by no more than rounding."""


@dataclass(frozen=True)
class MeasuredScore:
    """One score of one result.

    Attributes:
        record: The result.
        metric: Name of the metric.
        protocol: How splits become one score; empty where there is only one way.
        score: A fraction.
        interval: Ends of its 95 % bootstrap interval; None if there is none.
    """

    record: Record
    metric: str
    protocol: str
    score: float
    interval: tuple[float, float] | None

    @property
    def title(self) -> str:
        """Metric and protocol, in words."""
        protocol = PROTOCOLS.get(self.protocol, self.protocol)
        return f"{metric_title(self.metric)}{f', {protocol}' if protocol else ''}"


def measured_records(out: Path, spec: str, model: str, key: str | None) -> list[Record]:
    """Return the newest result on each task and data of an encoder, by task.

    Args:
        out: Folder of the records; it may be missing.
        spec: The encoder.
        model: Its transformer.
        key: Key of its vectors, which the records have too; those of other weights, limits or
            number formats do not count. None for no results.
    """
    if key is None or not out.is_dir():
        return []
    newest: dict[tuple[str, ...], Record] = {}
    for record in ResultStore(out).read():
        if (record.encoder, record.model) == (spec, model) and _is_same(record.fingerprint, key):
            settings = repr(sorted(record.task_settings.items()))
            place = (record.task, record.data, record.data_checksum, settings)
            newest[place] = max(newest.get(place, record), record, key=lambda each: each.created)
    return [newest[place] for place in sorted(newest)]


def measured_scores(records: Sequence[Record]) -> list[MeasuredScore]:
    """Return the scores that tables show of each result, under all protocols."""
    shown = [record.model_copy(update={"scores": _headlines(record)}) for record in records]
    intervals = iter(score_intervals(shown))
    return [
        MeasuredScore(record, *row[-3:], next(intervals))
        for record in shown
        for row in score_rows([record])
    ]


def _headlines(record: Record) -> dict[str, object]:
    names = FAMILY_HEADLINES.get(record.family, (record.headline_metric,))
    return {name: record.scores[name] for name in names if name in record.scores}


def _is_same(fingerprint: str | None, key: str) -> bool:
    return fingerprint is not None and _parts(fingerprint) == _parts(key)


def _parts(key: str) -> list[str]:
    return [part for part in key.split("; ") if not part.startswith(_MACHINE)]
