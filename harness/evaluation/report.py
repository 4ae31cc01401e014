"""What an evaluation found, or a folder holds: records, failures, and tables of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from typing_extensions import TypedDict, Unpack

from harness.encoding.kept_intervals import kept_intervals
from harness.errors import HarnessError
from harness.results.display.shown_text import shown_line
from harness.results.families import PROTOCOLS
from harness.results.formats.formats import PageFormat, RecordFormat, TableFormat, find_format
from harness.results.formats.html import list_html, to_html
from harness.results.html_report.scored_items import ItemTexts, TaskKey
from harness.results.progress import Counted, report_progress
from harness.results.records.record import Record
from harness.results.statistics.draw_memory import DrawMemory
from harness.results.statistics.resampling import Resampling
from harness.results.tables.intervals import with_intervals
from harness.results.tables.merged_rows import merge_identical
from harness.results.tables.score_intervals import score_intervals
from harness.results.tables.score_rows import SCORE_COLUMNS, score_rows
from harness.results.tables.scoreboard import Scoreboard
from harness.results.tables.scoreboard_table import scoreboard_table
from harness.results.tables.scoreboards import every_metric, scoreboards
from harness.results.tables.section import TableSection
from harness.results.tables.table import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure


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
        return f"{self.subject}: {self.reason}"

    @property
    def subject(self) -> str:
        """What failed: ``mean on stsb-test``."""
        return f"{self.encoder} on {self.task}" if self.task else self.encoder


class DisplayOptions(TypedDict, total=False):
    """What a report's tables show; `Report.tables` describes each."""

    metrics: Sequence[str]
    protocols: Sequence[str]
    intervals: bool


@dataclass(repr=False)
class Report:
    """Results and what could not be scored; shows itself when printed or in a notebook.

    Attributes:
        records: One for each encoder, seed and task, oldest first.
        failures: What could not be scored, and why.
        checkpoints: What ``training.json`` of each trained encoder says, for training curves.
        sections: Further tables: published scores, analyses.
        title: Head of an HTML file.
        texts: Sentences of the items, by task and checksum of its data, for an HTML file.
        with_items: Whether an HTML file has the gold score and similarity of each item.
        asked: For how many seeds each encoder was to be scored, as far as is known.
    """

    records: list[Record] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    checkpoints: Sequence[Mapping[str, Any]] = ()
    sections: Sequence[TableSection] = ()
    title: str = "Sentence encoders"
    texts: Mapping[TaskKey, ItemTexts] = field(default_factory=dict)
    with_items: bool = True
    asked: Mapping[str, int] = field(default_factory=dict)

    def fail(self, encoder: str, task: str | None, error: HarnessError) -> None:
        """Add what could not be scored; without a task, the encoder failed altogether."""
        self.failures.append(Failure(encoder, task, str(error)))

    def tables(self, **display: Unpack[DisplayOptions]) -> list[Table]:
        """Return a table for each family of tasks, metric and protocol, then the sections' tables.

        Args:
            **display: ``metrics`` to show, by default each family's own headline metric;
                ``protocols``, by default ``all``, ``wmean`` and ``mean``; and whether to show
                bootstrap ``intervals`` and ties, by default not.
        """
        scores = map(scoreboard_table, self._boards(**display))
        return [*scores, *(table for section in self.sections for table in section.tables)]

    def render(self, output_format: str, **display: Unpack[DisplayOptions]) -> str:
        """Return the report in a format of `FORMATS`; `tables` describes the options.

        A page shows every metric that the records have, unless some are chosen, and intervals,
        unless they are turned off.

        Raises:
            ValueError: If the format is unknown.
        """
        match find_format(output_format):
            case TableFormat(render=render):
                return "\n".join(map(render, self.tables(**display)))
            case RecordFormat(render=render):
                intervals = (
                    score_intervals(self.records, kept=kept_intervals())
                    if display.get("intervals")
                    else None
                )
                return render(self.records, intervals)
            case PageFormat(render=render):
                if not display.get("metrics"):
                    display["metrics"] = every_metric(self.records)
                display.setdefault("intervals", True)
                return render(
                    self._boards(**display, merged=True),
                    title=self.title,
                    checkpoints=self.checkpoints,
                    sections=self.sections,
                    texts=self.texts,
                    with_items=self.with_items,
                )

    def to_markdown(self, **display: Unpack[DisplayOptions]) -> str:
        """Return the tables as GitHub Markdown; `tables` describes the options."""
        return self.render("markdown", **display)

    def to_latex(self, **display: Unpack[DisplayOptions]) -> str:
        """Return the tables as LaTeX for booktabs; `tables` describes the options."""
        return self.render("latex", **display)

    def to_html(self, **display: Unpack[DisplayOptions]) -> str:
        """Return the tables and the failures as HTML; `tables` describes the options."""
        tables = "\n".join(map(to_html, self.tables(**display)))
        return tables + list_html(map(str, self.failures))

    def to_dataframe(self, *, wide: bool = False) -> Any:  # noqa: ANN401 - pandas need not be there
        """Return the scores as a pandas DataFrame, as fractions.

        Args:
            wide: Whether an encoder is a row and a task a column, as in the tables, with the mean
                over seeds; else every score of every seed is a row.

        Raises:
            HarnessError: If pandas is not installed.
        """
        if find_spec("pandas") is None:
            cure = "pip install 'sentence-harness[pandas]'"
            raise HarnessError(f"to_dataframe needs the package pandas: {cure}")
        import pandas as pd  # deferred: an extra

        if wide:
            return pd.DataFrame([row for board in self._boards() for row in _wide_rows(board)])
        frame = pd.DataFrame(score_rows(self.records), columns=list(SCORE_COLUMNS))
        return frame.astype({"seed": "Int64"})  # whole numbers, though some are missing

    def plot(self, **display: Unpack[DisplayOptions]) -> "Figure":
        """Return a forest plot of the first table as a matplotlib figure.

        It shows how far each encoder is behind the best of a task, with paired intervals.
        `tables` describes the options.

        Raises:
            HarnessError: If no scores can be compared.
        """
        from harness.results.plots.forest_plot import forest_figure  # deferred: matplotlib

        display["intervals"] = True
        for board in self._boards(**display):
            columns = {
                head: found for head, found in board.comparisons.items() if len(found.scores) > 1
            }
            if columns:
                title = scoreboard_table(board).title
                return forest_figure(columns, confidence=Resampling.confidence, title=title)
        raise HarnessError("no plot: two encoders with scores of the same items are needed")

    def __str__(self) -> str:
        """Return the tables as text, and what failed."""
        failures = [f"Failed: {shown_line(str(failure))}" for failure in self.failures]
        return "\n".join([self.render("table"), *failures]).strip("\n")

    def __repr__(self) -> str:
        """Say how much is in it."""
        return f"<Report of {len(self.records)} records and {len(self.failures)} failures>"

    def _repr_html_(self) -> str:
        return self.to_html() or f"<p>{escape(repr(self))}</p>"

    def _repr_markdown_(self) -> str:
        return self.to_markdown()

    def _repr_latex_(self) -> str:
        return self.to_latex()

    def _boards(
        self,
        *,
        metrics: Sequence[str] = (),
        protocols: Sequence[str] = tuple(PROTOCOLS),
        intervals: bool = False,
        merged: bool = False,
    ) -> list[Scoreboard]:
        boards = scoreboards(self.records, metrics=metrics, protocols=protocols, asked=self.asked)
        boards = list(map(merge_identical, boards)) if merged else boards
        if not intervals:
            return boards
        tables = Counted("intervals", "tables")
        memory, done = DrawMemory(), list[Scoreboard]()
        for board in boards:
            report_progress(tables, len(done), len(boards))
            done.append(with_intervals(board, memory=memory, kept=kept_intervals()))
        report_progress(tables, len(boards), len(boards))
        return done


def _wide_rows(board: Scoreboard) -> list[dict[str, Any]]:
    """Return a row per encoder of a board: its mean scores by task, as fractions."""
    return [
        {
            "encoder": row,
            "metric": board.metric,
            "protocol": board.protocol,
            "table": board.label,
            **{
                column: found / 100
                for column in board.columns
                if (found := board.cell(row, column).mean) is not None
            },
        }
        for row in board.rows
    ]
