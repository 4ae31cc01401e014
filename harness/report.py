"""What an evaluation found: records, failures, and tables of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from results.records import Record
from results.tables import FAMILY_METRICS, PROTOCOLS, Table, score_table


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

    @property
    def exit_code(self) -> int:
        """What a command that ends with this report exits with: 0, or 1 if anything failed."""
        return 1 if self.failures else 0

    def tables(
        self, *, metrics: Sequence[str] = (), protocols: Sequence[str] = tuple(PROTOCOLS)
    ) -> list[Table]:
        """Lay out the scores: a table for each family of tasks, metric and protocol.

        Args:
            metrics: Metrics to show; empty for each family's own headline metric.
            protocols: ``all``, ``wmean``, ``mean``.
        """
        tables = []
        for family in sorted({record.family for record in self.records}):
            records = [record for record in self.records if record.family == family]
            for metric in metrics or _headline(records):
                measured = [record for record in records if metric in record.scores]
                shown = protocols if _has_protocols(measured, metric) else protocols[:1]
                tables += [
                    score_table(measured, metric=metric, protocol=protocol)
                    for protocol in shown
                    if measured
                ]
        return tables


def _headline(records: Sequence[Record]) -> tuple[str, ...]:
    """Return the metric to show where none is asked for: the family's, or a task's first."""
    own = (metric for record in records for metric in record.scores)
    known = FAMILY_METRICS.get(records[0].family, ())
    return (*known, *own)[:1]


def _has_protocols(records: Sequence[Record], metric: str) -> bool:
    """Whether the protocols can differ: some task has several splits."""
    scores = [record.scores[metric] for record in records]
    return any(isinstance(score, dict) and len(score) > 1 for score in scores)
