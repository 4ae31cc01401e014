"""Scores of one encoder at many values of its settings, as a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, stdev

from harness.results.families import AVERAGE, AVERAGED
from harness.results.records.record import Record
from harness.results.tables.scoreboard_table import score_marks, score_table
from harness.results.tables.table import Table

UNCHANGED = "–"


@dataclass(frozen=True)
class SettingScores:
    """One combination of values and what it scored.

    Attributes:
        settings: The values that vary, by name; what is missing is as in all other points.
        records: One for each task and seed; empty if nothing could be scored.
    """

    settings: Mapping[str, str]
    records: tuple[Record, ...]

    @property
    def label(self) -> str:
        """Name the values in one line."""
        told = ", ".join(f"{name}={value}" for name, value in self.settings.items())
        return told or "as it is"

    def of_family(self, family: str) -> "SettingScores":
        """Return what was scored on one family of tasks."""
        return SettingScores(self.settings, tuple(r for r in self.records if r.family == family))

    def scores(self, task: str, metric: str, protocol: str) -> list[float]:
        """Return the fractions of all seeds on one task.

        ``Avg.`` stands for the mean over `AVERAGED`, of each seed that has all of them.
        """
        if task == AVERAGE:
            return self._averages(metric, protocol)
        found = [r.find_score(metric, protocol) for r in self.records if r.task == task]
        return [score for score in found if score is not None]

    def mean(self, task: str, metric: str, protocol: str) -> float | None:
        """Return the mean fraction over seeds, or None if there is no score."""
        scores = self.scores(task, metric, protocol)
        return mean(scores) if scores else None

    def marks(self, task: str) -> str:
        """Return the signs behind the scores on a task, or on those in the average."""
        return score_marks(
            [
                record
                for record in self.records
                if record.task == task
                or (task == AVERAGE and record.task in AVERAGED.get(record.family, ()))
            ]
        )

    def _averages(self, metric: str, protocol: str) -> list[float]:
        """Return the mean over the averaged tasks, of each seed that has all of them."""
        by_seed: dict[int | None, dict[str, float]] = {}
        for record in self.records:
            score = record.find_score(metric, protocol)
            if score is not None and record.task in AVERAGED.get(record.family, ()):
                by_seed.setdefault(record.seed, {})[record.task] = score
        count = len(AVERAGED.get(self.records[0].family, ())) if self.records else 0
        return [mean(of.values()) for of in by_seed.values() if len(of) == count]


def shown_tasks(records: Sequence[Record]) -> dict[str, str]:
    """Return the title of each task in the records, and of ``Avg.`` if all averaged are there."""
    titles = {record.task: record.title for record in records}
    averaged = AVERAGED.get(records[0].family, ()) if records else ()
    if averaged and set(averaged) <= set(titles):
        titles[AVERAGE] = AVERAGE
    return titles


def setting_table(
    points: Sequence[SettingScores],
    axes: Sequence[str],
    *,
    metric: str,
    protocol: str,
) -> Table:
    """Lay out points, a row each: the values, then each task's score x 100 over seeds.

    Args:
        points: At least one has a record.
        axes: The settings that vary.
        metric: Metric to show.
        protocol: ``all``, ``wmean`` or ``mean``.
    """
    records = [record for point in points for record in point.records]
    told = score_table(records, metric=metric, protocol=protocol)
    titles = shown_tasks(records)
    cells = [[point.scores(task, metric, protocol) for task in titles] for point in points]
    means = [[round(100 * mean(cell), 2) if cell else None for cell in row] for row in cells]
    return Table(
        title=told.title,
        columns=(*axes, *titles.values()),
        rows=tuple(
            (
                *(point.settings.get(axis, UNCHANGED) for axis in axes),
                *(_cell(cell, point.marks(task)) for task, cell in zip(titles, row, strict=True)),
            )
            for point, row in zip(points, cells, strict=True)
        ),
        best={
            len(axes) + column: _best([row[column] for row in means])
            for column in range(len(titles))
        },
        notes=told.notes,
        names=len(axes),
    )


def _cell(scores: list[float], marks: str) -> str:
    if not scores:
        return "–"
    spread = f" ± {100 * stdev(scores):.2f}" if len(scores) > 1 else ""
    return f"{100 * mean(scores):.2f}{spread}{marks}"


def _best(column: Sequence[float | None]) -> tuple[int, ...]:
    """Return the rows with the highest score; none where there is nothing to beat."""
    scores = [score for score in column if score is not None]
    if len(scores) < 2:  # noqa: PLR2004
        return ()
    return tuple(row for row, score in enumerate(column) if score == max(scores))
