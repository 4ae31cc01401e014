"""What an evaluation found: records, failures, and tables of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from results.families import PROTOCOLS
from results.intervals import with_intervals
from results.records import Record
from results.report_scores import scoreboards
from results.tables import Table, scoreboard_table


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
        self,
        *,
        metrics: Sequence[str] = (),
        protocols: Sequence[str] = tuple(PROTOCOLS),
        intervals: bool = False,
    ) -> list[Table]:
        """Lay out the scores: a table for each family of tasks, metric and protocol.

        Args:
            metrics: Metrics to show; empty for each family's own headline metric.
            protocols: ``all``, ``wmean``, ``mean``.
            intervals: Whether to show bootstrap intervals and ties.
        """
        boards = scoreboards(self.records, metrics=metrics, protocols=protocols)
        return [
            scoreboard_table(with_intervals(board) if intervals else board) for board in boards
        ]
