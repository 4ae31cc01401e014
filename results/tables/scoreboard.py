"""Scores of one family of tasks as rows and columns, whatever they are shown with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import mean

from harness.results.families import AVERAGE, AVERAGED
from harness.results.records.aspects import longest_input, number_format, text_namer, varying
from harness.results.records.record import Record


@dataclass(frozen=True)
class Interval:
    """How far another test set could have moved a score.

    Attributes:
        low: Lower end, x 100.
        high: Upper end, x 100.
        tied: Whether the score is not significantly worse than the column's best, nor is it.
    """

    low: float
    high: float
    tied: bool


@dataclass(frozen=True)
class ScoreCell:
    """One encoder's score on one task, or its average.

    Attributes:
        values: One a seed, x 100; none if there is no score.
        records: What the values rest on.
    """

    values: tuple[float, ...] = ()
    records: tuple[Record, ...] = ()

    @property
    def is_leaky(self) -> bool:
        """Whether an encoder was trained on the text of what it is scored on."""
        return any(record.trained_on_this_task for record in self.records)

    @property
    def mean(self) -> float | None:
        """The mean over seeds; None if there is no score."""
        return mean(self.values) if self.values else None


@dataclass(frozen=True)
class Scoreboard:
    """A row an encoder, a column a task.

    Attributes:
        metric: Metric shown.
        protocol: How splits became a task's score.
        records: What the scores rest on.
        rows: Encoders, in the order of the records.
        columns: Titles of the tasks: those of `AVERAGED` first, "Avg." behind them.
        cells: By row and column.
        track_task: Title of the task whose splits are the columns, if they are.
        label: What tells it from other boards of the family: data folder, task settings.
        intervals: By row and column, where asked for.
        interval_notes: What a reader must know of the intervals.
    """

    metric: str
    protocol: str
    records: tuple[Record, ...]
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: Mapping[tuple[str, str], ScoreCell]
    track_task: str = ""
    label: str = ""
    intervals: Mapping[tuple[str, str], Interval] = field(default_factory=dict)
    interval_notes: tuple[str, ...] = ()

    @property
    def tracks(self) -> tuple[str, ...]:
        """The columns that are splits of one task."""
        return self.columns[:-1] if self.track_task else ()

    def cell(self, row: str, column: str) -> ScoreCell:
        """Return one cell, empty where nothing was measured."""
        return self.cells.get((row, column), ScoreCell())

    def best(self, column: str) -> tuple[int, ...]:
        """Return the rows whose shown score is the highest; none with nothing to beat."""
        means = [self.cell(row, column).mean for row in self.rows]
        shown = [float("-inf") if value is None else round(value, 2) for value in means]
        if sum(value is not None for value in means) < 2:  # noqa: PLR2004
            return ()
        return tuple(row for row, value in enumerate(shown) if value == max(shown))


def arrange_scores(records: Sequence[Record], *, metric: str, protocol: str) -> Scoreboard:
    """Arrange one family's records, several seeds of an encoder in one cell.

    Args:
        records: Of one family of tasks, oldest first: of equal ones the newest counts.
        metric: Metric to show.
        protocol: ``all``, ``wmean`` or ``mean``.
    """
    titles = {record.task: record.title for record in records}
    row_name = _row_namer(records)
    runs: dict[str, dict[str, dict[int | None, Record]]] = {}
    for record in records:
        if record.find_score(metric, protocol) is not None:
            by_task = runs.setdefault(row_name(record), {})
            by_task.setdefault(record.task, {})[record.seed] = record
    cells = {
        (run, titles[task]): _cell([[record] for record in by_seed.values()], metric, protocol)
        for run, by_task in runs.items()
        for task, by_seed in by_task.items()
    }
    headline = AVERAGED.get(records[0].family, ()) if records and metric != "f1" else ()
    averaged = [task for task in headline if task in titles]
    columns = [titles[task] for task in dict.fromkeys((*averaged, *titles))]
    if averaged and len(averaged) == len(headline):
        columns.insert(len(averaged), AVERAGE)
        for run, by_task in runs.items():
            seeds = _complete_seeds([by_task.get(task, {}) for task in headline])
            cells[run, AVERAGE] = _cell(seeds, metric, protocol)
    return Scoreboard(metric, protocol, tuple(records), tuple(runs), tuple(columns), cells)


def arrange_tracks(records: Sequence[Record], *, metric: str) -> Scoreboard:
    """Arrange one task whose splits are tracks: a column a track, and their mean.

    Args:
        records: Of one task, oldest first: of equal ones the newest counts.
        metric: Metric to show.
    """
    tracks = tuple(records[0].splits)
    row_name = _row_namer(records)
    runs: dict[str, dict[int | None, Record]] = {}
    for record in records:
        runs.setdefault(row_name(record), {})[record.seed] = record
    cells = {
        (run, track): ScoreCell(
            tuple(100 * record.splits[track][metric] for record in found.values()),
            tuple(found.values()),
        )
        for run, found in runs.items()
        for track in tracks
    }
    cells |= {
        (run, "mean"): _cell([[record] for record in found.values()], metric, "mean")
        for run, found in runs.items()
    }
    return Scoreboard(
        metric,
        "mean",
        tuple(records),
        tuple(runs),
        (*tracks, "mean"),
        cells,
        track_task=records[0].title,
    )


def _row_namer(records: Sequence[Record]) -> Callable[[Record], str]:
    """Return what names the encoder, and what tells its runs apart where the records differ."""
    made_with = (lambda record: record.model or "", number_format, longest_input)
    aspects = varying(made_with, [record for record in records if record.model])
    name_text = text_namer(records)

    def name(record: Record) -> str:
        words = [aspect(record) for aspect in aspects if record.model]
        told = ", ".join(filter(None, (*words, name_text(record))))
        return f"{record.encoder} ({told})" if told else record.encoder

    return name


def _cell(seeds: Sequence[Sequence[Record]], metric: str, protocol: str) -> ScoreCell:
    """Return the cell of some seeds, each the mean of its records."""
    return ScoreCell(
        tuple(
            mean(100 * (record.find_score(metric, protocol) or 0.0) for record in seed)
            for seed in seeds
        ),
        tuple(record for seed in seeds for record in seed),
    )


def _complete_seeds(tasks: Sequence[Mapping[int | None, Record]]) -> list[list[Record]]:
    """Return the averaged tasks' records of each seed that has all of them."""
    return [
        [task[seed] for task in tasks] for seed in tasks[0] if all(seed in task for task in tasks)
    ]
