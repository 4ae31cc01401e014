"""What an evaluation found: records, failures, and tables of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape
from importlib.util import find_spec
from typing import Any

from harness.errors import HarnessError
from harness.results.families import PROTOCOLS
from harness.results.formats.html import list_html, to_html
from harness.results.formats.latex import to_latex
from harness.results.formats.markdown import to_markdown
from harness.results.formats.terminal import to_text
from harness.results.records.record import Record
from harness.results.tables.intervals import with_intervals
from harness.results.tables.score_rows import SCORE_COLUMNS, score_rows
from harness.results.tables.scoreboard_table import scoreboard_table
from harness.results.tables.scoreboards import scoreboards
from harness.results.tables.table import Table


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


@dataclass(repr=False)
class Report:
    """The outcome of an evaluation; it shows itself as tables when printed or in a notebook.

    Attributes:
        records: One for each encoder, seed and task.
        failures: What could not be scored, and why.
    """

    records: list[Record] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    def fail(self, encoder: str, task: str | None, error: HarnessError) -> None:
        """Add what could not be scored; without a task, the encoder failed altogether."""
        self.failures.append(Failure(encoder, task, str(error)))

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

    def to_markdown(self, **shown: Any) -> str:
        """Return the tables as GitHub Markdown; `tables` tells what can be chosen."""
        return self._render(to_markdown, shown)

    def to_latex(self, **shown: Any) -> str:
        """Return the tables as LaTeX for booktabs; `tables` tells what can be chosen."""
        return self._render(to_latex, shown)

    def to_html(self, **shown: Any) -> str:
        """Return the tables and the failures as HTML; `tables` tells what can be chosen."""
        return self._render(to_html, shown) + list_html(map(str, self.failures))

    def to_dataframe(self) -> Any:  # noqa: ANN401 - pandas need not be there
        """Return every score as a row of a pandas DataFrame, as fractions.

        Raises:
            HarnessError: If pandas is not installed.
        """
        if find_spec("pandas") is None:
            cure = "pip install 'sentence-harness[pandas]'"
            raise HarnessError(f"to_dataframe needs the package pandas: {cure}")
        import pandas as pd  # deferred: an extra

        frame = pd.DataFrame(score_rows(self.records), columns=list(SCORE_COLUMNS))
        return frame.astype({"seed": "Int64"})  # whole numbers, though some are missing

    def __str__(self) -> str:
        """Return the tables as text, and what failed."""
        failures = [f"Failed: {failure}" for failure in self.failures]
        return "\n".join([self._render(to_text, {}), *failures]).strip("\n")

    def __repr__(self) -> str:
        """Say how much is in it."""
        return f"<Report of {len(self.records)} records and {len(self.failures)} failures>"

    def _repr_html_(self) -> str:
        return self.to_html() or f"<p>{escape(repr(self))}</p>"

    def _repr_markdown_(self) -> str:
        return self.to_markdown()

    def _repr_latex_(self) -> str:
        return self.to_latex()

    def _render(self, render: Callable[[Table], str], shown: dict[str, Any]) -> str:
        return "\n".join(render(table) for table in self.tables(**shown))
