"""What a sweep scored: records by the values that vary."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.results.families import AVERAGE, AVERAGED, FAMILY_METRICS
from harness.results.records.record import Record
from harness.results.records.task_heads import task_heads
from harness.results.tables.scoreboard import ScoreCell, score_cell

CHOSEN = "◂"
"""The sign behind the scores of a chosen point."""


@dataclass(frozen=True)
class SweepPoint:
    """One combination of values and what it scored.

    Attributes:
        settings: The values that vary, by name; what is missing is as in all other points.
        records: One for each task and seed; empty if nothing could be scored.
        seeds: For how many seeds a trainable encoder should have a score.
        is_chosen: Whether it is the one that a choice among all points came to.
    """

    settings: Mapping[str, str]
    records: tuple[Record, ...]
    seeds: int = 0
    is_chosen: bool = False

    @property
    def sign(self) -> str:
        """What stands behind the scores of a chosen point."""
        return f" {CHOSEN}" if self.is_chosen else ""

    @property
    def label(self) -> str:
        """Name the values in one line."""
        values = ", ".join(f"{name}={value}" for name, value in self.settings.items())
        return values or "as it is"

    def cell(self, task: str, metric: str, protocol: str) -> ScoreCell:
        """Return the score of each seed on a task.

        ``Avg.`` stands for the mean over `AVERAGED`, of each seed that has all of them.
        """
        tasks: Sequence[str] = [task]
        if task == AVERAGE:
            tasks = AVERAGED.get(self.records[0].family, ()) if self.records else ()
        return score_cell(self.records, tasks, metric, protocol, self.seeds)


@dataclass(frozen=True)
class SweepScores:
    """Every point of a sweep.

    Attributes:
        axes: The names of what varies.
        points: In the order asked for.
        notes: What a reader must know besides.
    """

    axes: tuple[str, ...] = ()
    points: tuple[SweepPoint, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def chosen(self) -> tuple[int, ...]:
        """The places of the points that are chosen: none or one."""
        return tuple(place for place, point in enumerate(self.points) if point.is_chosen)

    def with_chosen(self, place: int, *notes: str) -> "SweepScores":
        """Return the scores with the point at a place as the chosen one, and further notes."""
        points = list(self.points)
        points[place] = replace(points[place], is_chosen=True)
        return replace(self, points=tuple(points), notes=(*self.notes, *notes))

    @property
    def records(self) -> list[Record]:
        """All records."""
        return [record for point in self.points for record in point.records]

    @property
    def tasks(self) -> dict[str, str]:
        """The head of each task, and of ``Avg.`` if all averaged ones are there."""
        records = self.records
        titles = task_heads(records)
        averaged = AVERAGED.get(records[0].family, ()) if records else ()
        if averaged and set(averaged) <= set(titles):
            titles[AVERAGE] = AVERAGE
        return titles

    @property
    def headline_metric(self) -> str:
        """The metric shown where none is asked for."""
        return self.records[0].headline_metric

    @property
    def by_family(self) -> dict[str, "SweepScores"]:
        """The scores on each family of tasks with one headline metric, every point in each."""
        return self._split(_family)

    @property
    def by_task(self) -> dict[str, "SweepScores"]:
        """The scores on each task, every point in each."""
        return self._split(lambda record: record.task)

    def measured_by(self, metric: str | None) -> "SweepScores":
        """Return the scores with only those records that have a metric; None keeps all."""
        return self._only(lambda record: metric if metric in record.scores else None, metric)

    def _split(self, key: Callable[[Record], str]) -> dict[str, "SweepScores"]:
        return {name: self._only(key, name) for name in dict.fromkeys(map(key, self.records))}

    def _only(self, key: Callable[[Record], object], value: object) -> "SweepScores":
        """Return the same points with those records alone whose key is a value."""
        points = (
            replace(point, records=tuple(each for each in point.records if key(each) == value))
            for point in self.points
        )
        return replace(self, points=tuple(points))


def _family(record: Record) -> str:
    """Return the family, with the metric where that is not the family's first."""
    first = FAMILY_METRICS.get(record.family, (record.headline_metric,))[0]
    metric = record.headline_metric
    return record.family if metric == first else f"{record.family}-{metric}"
