"""Compare the stored results of encoders, if they may be compared."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

from harness.results.comparisons.outcome import RecordComparison
from harness.results.families import AVERAGE, AVERAGED, DEFAULT_PROTOCOL, FAMILY_METRICS
from harness.results.records.items import NoItemsError, refuse_other_score
from harness.results.records.matching import Matched, UnlikeRecordsError
from harness.results.records.record import Record
from harness.results.records.task_heads import task_heads
from harness.results.records.task_items import TaskItems, task_items
from harness.results.statistics.comparison import compare_systems, unresampled
from harness.results.statistics.estimates import Comparison
from harness.results.statistics.kept_comparisons import KeptComparisons
from harness.results.statistics.resampling import OnDraws, Resampling

OnProgress: TypeAlias = Callable[[str, int, int], None]

_MOST_DRAWS = 1_000_000
_MOST_NUMBERS = 2**29  # held at a time, of 8 bytes: 4 GiB


def compare_records(
    matched: Matched,
    resampling: Resampling,
    *,
    on_progress: OnProgress | None = None,
    kept: KeptComparisons | None = None,
) -> RecordComparison:
    """Compare encoders on every task their records are of.

    A score that does not follow from the scores of items is compared without interval and test,
    and the outcome says why.

    Args:
        matched: As `harness.results.records.matching.match_records` gives them.
        resampling: Metric, protocol, confidence, draws and seed.
        on_progress: Receives how many of all draws are scored.
        kept: Comparisons of earlier runs.

    Raises:
        UnlikeRecordsError: If the records must not be compared, or have no such metric.
        ValueError: If the draws are too few for any difference, or too many for the memory.
    """
    every = [record for records in matched.values() for record in records]
    metric = resampling.metric or shared_metric(every)
    _refuse_missing_scores(every, metric, resampling.protocol)
    _refuse_protocol(every, metric, resampling.protocol)
    comparing = _Comparing(matched, task_items(matched, metric), metric, resampling, kept)
    found = comparing.resampled(on_progress)
    missing = comparing.missing(found)
    average, averaged = comparing.average
    return RecordComparison(
        {
            head: unresampled(scores, lower_is_better=head in comparing.low)
            if head in missing or head not in found
            else found[head]
            for head, scores in comparing.scores.items()
        },
        matched,
        replace(resampling, metric=metric),
        missing,
        average=average,
        averaged=averaged,
    )


@dataclass(frozen=True)
class _Comparing:
    """Records that may be compared, and how."""

    matched: Matched
    items: Mapping[str, TaskItems]
    metric: str
    resampling: Resampling
    kept: KeptComparisons | None

    @cached_property
    def every(self) -> list[Record]:
        return [record for records in self.matched.values() for record in records]

    @cached_property
    def heads(self) -> dict[str, str]:
        """The head of each task's column."""
        return task_heads(self.every)

    @cached_property
    def low(self) -> set[str]:
        """The heads of the columns whose lowest score is the best."""
        return {self.heads[r.task] for r in self.every if r.prefers_low(self.metric)}

    @cached_property
    def tasks(self) -> list[str]:
        """The tasks, those that papers average first."""
        first = [task for task in AVERAGED.get(self.every[0].family, ()) if task in self.items]
        return list(dict.fromkeys((*first, *self.items)))

    @cached_property
    def average(self) -> tuple[str, list[str]]:
        """The head of the average and its tasks: the papers' "Avg.", else of all tasks.

        Tasks of several families, or of which some have their lowest score as the best, have none;
        nor have others than the papers' if one of them cannot be tested.
        """
        families = {record.family for record in self.every}
        papers = list(AVERAGED.get(self.every[0].family, ()))
        if papers and len(families) == 1 and set(papers).issubset(self.items):
            return AVERAGE, papers
        tasks = self.tasks
        is_alike = len(families) == 1 and self.low in (set(), set(self.heads.values()))
        if len(tasks) == 1 or not is_alike or any(each.missing for each in self.items.values()):
            return "", []
        return f"mean of {len(tasks)}", tasks

    @cached_property
    def scores(self) -> dict[str, dict[str, list[float]]]:
        """The scores that the records say, by head and encoder, one per seed."""
        head, averaged = self.average
        found = {self.heads[task]: self._stored(task) for task in self.tasks}
        if not head:
            return found
        columns = [found[self.heads[task]] for task in averaged]
        mean = {
            name: [math.fsum(seed) / len(columns) for seed in _by_seed(columns, name)]
            for name in self.matched
        }
        first = {self.heads[task]: found[self.heads[task]] for task in averaged}
        return {**first, head: mean, **found}

    def _stored(self, task: str) -> dict[str, list[float]]:
        return {
            name: [
                record.find_score(self.metric, self.resampling.protocol) or 0.0
                for record in records
                if record.task == task
            ]
            for name, records in self.matched.items()
        }

    def resampled(self, on_progress: OnProgress | None) -> dict[str, Comparison]:
        """Compare what follows from items, by head; the average too if all of it does."""
        drawn = {task: found for task, found in self.items.items() if not found.missing}
        if not drawn:
            return {}
        _refuse_unfit_draws(self.matched, len(drawn), self.resampling)
        parts = sum(len(found.splits) for found in drawn.values())
        parts = len(drawn) if self.resampling.protocol == "all" else parts
        rounds = 2 if len(self.matched) > 1 else 1
        on_draws = _counter(on_progress, rounds * parts * self.resampling.draws)
        head, averaged = self.average
        first = [task for task in averaged if task in drawn]
        others = [task for task in drawn if task not in first]
        average = head if head and first == averaged else None
        columns: dict[str, Comparison] = {}
        for tasks, name in ((first, average), (others, None)):
            if tasks:
                columns |= compare_systems(
                    {self.heads[task]: drawn[task].splits for task in tasks},
                    self.resampling,
                    average=name,
                    metrics={self.heads[task]: drawn[task].method for task in tasks},
                    lower_is_better=self.low,
                    on_draws=on_draws,
                    kept=self.kept,
                )
        return columns

    def missing(self, columns: Mapping[str, Comparison]) -> dict[str, str]:
        """Return why columns have no intervals, by head.

        Raises:
            UnlikeRecordsError: If a score of the harness's own is another than its items give.
        """
        reasons = {
            self.heads[task]: found.missing for task, found in self.items.items() if found.missing
        }
        families = {self.heads[record.task]: record.family for record in self.every}
        for head in families.keys() & columns.keys():
            try:
                self._refuse_other_scores(head, columns[head])
            except NoItemsError as error:
                if self.metric in FAMILY_METRICS.get(families[head], ()):
                    msg = f"the record of {error}: it was edited, measure it again"
                    raise UnlikeRecordsError(msg) from error
                reasons[head] = str(error)
        return reasons

    def _refuse_other_scores(self, head: str, column: Comparison) -> None:
        for score in column.scores:
            stored = self.scores[head][score.encoder]
            says = math.fsum(stored) / len(stored)
            refuse_other_score(score.encoder, head, says, score.score.value)


def _by_seed(
    columns: Sequence[Mapping[str, Sequence[float]]], name: str
) -> Iterator[tuple[float, ...]]:
    """Yield the scores of each seed of an encoder in every column."""
    return zip(*(column[name] for column in columns), strict=True)


def shared_metric(records: Sequence[Record]) -> str:
    """Return the first metric of the first record's family that all records have.

    Raises:
        UnlikeRecordsError: If there is none.
    """
    first = records[0]
    for metric in (*FAMILY_METRICS.get(first.family, ()), *first.scores):
        if all(metric in record.scores for record in records):
            return metric
    there = {record.task: ", ".join(record.scores) for record in records}
    listed = "; ".join(f"{task} has {metrics}" for task, metrics in there.items())
    raise UnlikeRecordsError(f"no metric that all tasks have: {listed}: choose with --tasks")


def _refuse_missing_scores(records: Sequence[Record], metric: str, protocol: str) -> None:
    for record in records:
        if record.find_score(metric, protocol) is None:
            undefined = metric in record.scores
            lacking = (
                f" under protocol {protocol}"
                if undefined
                else f", only {', '.join(record.scores)}"
            )
            msg = f"{record.label} on {record.task} has no {metric}{lacking}"
            others = _tasks_with(metric, protocol, records)
            cure = f": choose with --tasks {','.join(others)}" if others else ""
            raise UnlikeRecordsError(f"{msg}{cure}")


def _tasks_with(metric: str, protocol: str, records: Sequence[Record]) -> list[str]:
    """Return the tasks on which every encoder has a score."""
    without = {r.task for r in records if r.find_score(metric, protocol) is None}
    return [task for task in dict.fromkeys(r.task for r in records) if task not in without]


def _refuse_protocol(records: Sequence[Record], metric: str, protocol: str) -> None:
    """Refuse the choice of a protocol where no task has any."""
    has_protocols = any(isinstance(record.scores[metric], Mapping) for record in records)
    if protocol != DEFAULT_PROTOCOL and not has_protocols:
        raise UnlikeRecordsError(
            "protocol must be left out for these tasks, which have no splits to choose it for,"
            f" got {protocol!r}"
        )


def _counter(on_progress: OnProgress | None, total: int) -> OnDraws | None:
    """Return what counts draws and reports them; None if nobody asks."""
    if on_progress is None:
        return None
    done = 0

    def add(draws: int) -> None:
        nonlocal done
        done += draws
        on_progress("resampling", done, total)

    return add


def _refuse_unfit_draws(matched: Matched, tasks: int, resampling: Resampling) -> None:
    """Refuse draws that could make no difference significant after Holm, or fill the memory."""
    encoders, draws, level = len(matched), resampling.draws, 1 - resampling.confidence
    pairs = encoders * (encoders - 1) // 2
    results = sum(map(len, matched.values()))
    most = min(_MOST_DRAWS, _MOST_NUMBERS // (results + pairs * (tasks + 1)))
    too_few = pairs > level * (draws + 1)
    needed = math.ceil(pairs / level) if too_few else 1
    if needed > most:
        raise ValueError(
            f"{encoders} encoders on {tasks} tasks need {needed:,} draws, which"
            " take too much memory: name fewer encoders or tasks"
        )
    if too_few:
        raise ValueError(
            f"draws must be at least {needed} to distinguish {encoders} encoders, got {draws}"
        )
    if draws > most:
        raise ValueError(
            f"draws must be at most {most:,} for {encoders} encoders on {tasks}"
            f" {'tasks' if tasks > 1 else 'task'}: more take too much memory, got {draws:,}"
        )
