"""Scores of one family of tasks as rows and columns, whatever they are shown with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import mean
from types import MappingProxyType

from harness.results.families import AVERAGE, AVERAGED
from harness.results.records.aspects import longest_input, number_format, text_namer, varying
from harness.results.records.encoder_names import encoder_namer, with_words
from harness.results.records.record import Record
from harness.results.records.task_heads import task_heads
from harness.results.statistics.estimates import Comparison
from harness.results.tables.table import best_rows


@dataclass(frozen=True)
class Interval:
    """An interval made so that it contains the true score for 95 % of test sets.

    Attributes:
        low: Lower end, x 100.
        high: Upper end, x 100.
        tied: Whether it is among several scores not significantly worse than the column's best.
    """

    low: float
    high: float
    tied: bool


@dataclass(frozen=True)
class ScoreCell:
    """One encoder's score on one task, or its average.

    Attributes:
        scores: One per seed, as fractions; none if there is no score.
        records: What the scores rest on.
        asked: For how many seeds there should be one, as far as is known.
    """

    scores: tuple[float, ...] = ()
    records: tuple[Record, ...] = ()
    asked: int = 0

    @property
    def values(self) -> tuple[float, ...]:
        """The scores x 100."""
        return tuple(100 * score for score in self.scores)

    @property
    def mean(self) -> float | None:
        """The mean over seeds, x 100; None if there is no score."""
        return mean(self.values) if self.values else None

    def prefers_low(self, metric: str) -> bool:
        """Whether the lowest score of a metric is the best."""
        return bool(self.records) and all(record.prefers_low(metric) for record in self.records)

    @property
    def seeds(self) -> str:
        """Of how many seeds the mean is, such as ``3`` or ``2 of 3 seeds``; empty for one."""
        return seed_count(len(self.scores), self.asked)


@dataclass(frozen=True)
class Scoreboard:
    """A row per encoder, a column per task.

    Attributes:
        metric: Metric shown.
        protocol: How splits became a task's score.
        records: What the scores rest on.
        rows: Encoders, in the order of the records.
        columns: Heads of the tasks: those of `AVERAGED` first, "Avg." behind them.
        cells: By row and column.
        track_task: Title of the task whose splits are the columns, if they are.
        label: What distinguishes it from other boards of the family: data folder, task settings.
        intervals: By row and column, where asked for.
        interval_notes: What a reader must know of the intervals.
        comparisons: By column, what the intervals and ties are taken from: every score, and its
            difference to the best; columns without intervals have none.
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
    comparisons: Mapping[str, Comparison] = field(default_factory=dict)

    @property
    def tracks(self) -> tuple[str, ...]:
        """The columns that are splits of one task."""
        return self.columns[:-1] if self.track_task else ()

    def cell(self, row: str, column: str) -> ScoreCell:
        """Return one cell, empty where nothing was measured."""
        return self.cells.get((row, column), ScoreCell())

    def prefers_low(self, column: str) -> bool:
        """Whether the lowest score of a column is the best."""
        return any(self.cell(row, column).prefers_low(self.metric) for row in self.rows)

    def leaders(self, column: str) -> list[int]:
        """Return the rows that have a score, best first."""
        means = {
            place: mean
            for place, row in enumerate(self.rows)
            if (mean := self.cell(row, column).mean) is not None
        }
        return sorted(means, key=lambda row: means[row], reverse=not self.prefers_low(column))

    def best(self, column: str) -> tuple[int, ...]:
        """Return the rows whose shown score is the best; none with nothing to beat."""
        means = [self.cell(row, column).mean for row in self.rows]
        return best_rows(means, prefers_low=self.prefers_low(column))


def seed_count(scored: int, asked: int = 0) -> str:
    """Write of how many seeds a mean is, and of how many it should be; nothing for one.

    Args:
        scored: How many have a score.
        asked: For how many there should be one, as far as is known.
    """
    if asked > scored > 0:
        return f"{scored} of {asked} seeds"
    return str(scored) if scored > 1 else ""


def score_cell(
    records: Sequence[Record], tasks: Sequence[str], metric: str, protocol: str, asked: int = 0
) -> ScoreCell:
    """Return the mean over tasks, of each seed that has a score on all of them.

    Args:
        records: Of one encoder, oldest first: of equal ones the newest counts.
        tasks: One, or those that are averaged.
        metric: Metric to show.
        protocol: ``all``, ``wmean`` or ``mean``.
        asked: For how many seeds there should be a score; those that have one anywhere count too.
    """
    found: dict[str, dict[int | None, tuple[float, Record]]] = {task: {} for task in tasks}
    for record in records:
        score = record.find_score(metric, protocol)
        if score is not None and record.task in found:
            found[record.task][record.seed] = score, record
    seeds = [
        [found[task][seed] for task in tasks]
        for seed in next(iter(found.values()), {})
        if all(seed in by_seed for by_seed in found.values())
    ]
    return ScoreCell(
        tuple(mean(score for score, _ in seed) for seed in seeds),
        tuple(record for seed in seeds for _, record in seed),
        _asked(records, asked),
    )


def _asked(records: Sequence[Record], asked: int) -> int:
    """Return for how many seeds an encoder should have a score; 0 for one without seeds."""
    seeds = {record.seed for record in records} - {None}
    return max(asked, len(seeds)) if seeds else 0


def arrange_scores(
    records: Sequence[Record],
    *,
    metric: str,
    protocol: str,
    asked: Mapping[str, int] = MappingProxyType({}),
) -> Scoreboard:
    """Arrange one family's records, several seeds of an encoder in one cell.

    Args:
        records: Of one family of tasks, oldest first: of equal ones the newest counts.
        metric: Metric to show.
        protocol: ``all``, ``wmean`` or ``mean``.
        asked: For how many seeds each encoder should have a score, as far as is known.
    """
    titles = task_heads(records)
    row_name = _row_namer(records)
    runs: dict[str, list[Record]] = {}
    for record in records:
        if record.find_score(metric, protocol) is not None:
            runs.setdefault(row_name(record), []).append(record)
    cells = {
        (run, titles[task]): score_cell(
            scored, [task], metric, protocol, asked.get(scored[0].encoder, 0)
        )
        for run, scored in runs.items()
        for task in dict.fromkeys(record.task for record in scored)
    }
    headline = AVERAGED.get(records[0].family, ()) if records else ()
    scored_tasks = {record.task for found in runs.values() for record in found}
    averaged = [task for task in headline if task in titles]
    columns = [titles[task] for task in dict.fromkeys((*averaged, *titles))]
    if headline and scored_tasks.issuperset(headline):
        columns.insert(len(averaged), AVERAGE)
        for run, scored in runs.items():
            many = asked.get(scored[0].encoder, 0)
            cells[run, AVERAGE] = score_cell(scored, headline, metric, protocol, many)
    return Scoreboard(metric, protocol, tuple(records), tuple(runs), tuple(columns), cells)


def arrange_tracks(
    records: Sequence[Record], *, metric: str, asked: Mapping[str, int] = MappingProxyType({})
) -> Scoreboard:
    """Arrange one task whose splits are tracks: a column per track, and their mean.

    Args:
        records: Of one task, oldest first: of equal ones the newest counts.
        metric: Metric to show.
        asked: For how many seeds each encoder should have a score, as far as is known.
    """
    tracks = tuple(records[0].splits)
    row_name = _row_namer(records)
    runs: dict[str, dict[int | None, Record]] = {}
    for record in records:
        runs.setdefault(row_name(record), {})[record.seed] = record
    means = {
        run: score_cell(
            [*found.values()],
            [records[0].task],
            metric,
            "mean",
            asked.get(next(iter(found.values())).encoder, 0),
        )
        for run, found in runs.items()
    }
    cells = {
        (run, track): ScoreCell(
            tuple(record.splits[track][metric] for record in scored),
            tuple(scored),
            means[run].asked,
        )
        for run, found in runs.items()
        for track in tracks
        if (scored := [r for r in found.values() if r.splits[track].get(metric) is not None])
    }
    cells |= {(run, "mean"): cell for run, cell in means.items()}
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
    """Return what names the encoder, and what distinguishes its runs where the records differ."""
    made_with = (lambda record: record.model or "", number_format, longest_input)
    aspects = varying(made_with, [record for record in records if record.model])
    name_text, name_encoder = text_namer(records), encoder_namer(records)

    def name(record: Record) -> str:
        words = [aspect(record) for aspect in aspects if record.model]
        label, spec = name_encoder(record)
        return with_words(label, (spec, *words, name_text(record)))

    return name
