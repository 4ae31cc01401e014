"""What an evaluation found: records, failures, and tables of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

from results.records import Record
from results.tables import (
    FAMILY_HEADLINES,
    FAMILY_METRICS,
    PROTOCOLS,
    TRACK_TASKS,
    Table,
    score_table,
    track_table,
)


@dataclass(frozen=True)
class Failure:
    """An encoder, or one of its tasks, that has no score.

    Attributes:
        encoder: The encoder's spec.
        task: The task; None if the encoder failed altogether.
        reason: One line.
    """

    encoder: str
    task: str | None
    reason: str

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.encoder}{f' on {self.task}' if self.task else ''}: {self.reason}"


@dataclass
class Report:
    """The outcome of an evaluation.

    Attributes:
        records: One for each encoder, seed and task.
        failures: What could not be scored, and why.
    """

    records: list[Record] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    def tables(
        self, *, metrics: Sequence[str] = (), protocols: Sequence[str] = tuple(PROTOCOLS)
    ) -> list[Table]:
        """Lay out the scores: a table for each family of tasks, metric and protocol.

        Args:
            metrics: Metrics to show; empty for each family's own headline metric.
            protocols: ``all``, ``wmean``, ``mean``.
        """
        tables = []
        by_family = sorted(self.records, key=lambda record: record.family)
        for family, group in groupby(by_family, key=lambda record: record.family):
            records = list(group)
            headlines = FAMILY_HEADLINES.get(family, FAMILY_METRICS[family][:1])
            for metric in metrics or headlines:
                measured = [record for record in records if metric in record.scores]
                shown = protocols if _has_protocols(measured, metric) else protocols[:1]
                tables += [
                    score_table(measured, metric=metric, protocol=protocol)
                    for protocol in shown
                    if measured
                ]
                tracked = dict.fromkeys(r.task for r in measured if r.task in TRACK_TASKS)
                tables += [
                    track_table([r for r in measured if r.task == task], metric=metric)
                    for task in tracked
                ]
        return tables


def _has_protocols(records: Sequence[Record], metric: str) -> bool:
    """Whether the protocols can differ: some task has several splits."""
    scores = [record.scores[metric] for record in records]
    return any(isinstance(score, dict) and len(score) > 1 for score in scores)
