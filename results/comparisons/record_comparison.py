"""Compare the stored results of encoders, if they may be compared."""

import math
from collections.abc import Callable, Mapping
from typing import TypeAlias

from harness.results.comparisons.outcome import RecordComparison
from harness.results.families import AVERAGE, AVERAGED
from harness.results.records.matching import Matched, UnlikeRecordsError, task_splits
from harness.results.statistics.comparison import compare_systems
from harness.results.statistics.estimates import Comparison
from harness.results.statistics.resampling import OnDraws, Resampling

OnProgress: TypeAlias = Callable[[str, int, int], None]

_MOST_DRAWS = 1_000_000
_MOST_NUMBERS = 2**29  # held at a time, of 8 bytes: 4 GiB
_SAME = 5e-5  # half of the last digit that tables show, as a fraction


def compare_records(
    matched: Matched, resampling: Resampling, *, on_progress: OnProgress | None = None
) -> RecordComparison:
    """Compare encoders on every task their records are of.

    Args:
        matched: As `harness.results.records.matching.match_records` gives them.
        resampling: Metric, protocol, confidence, draws and seed.
        on_progress: Receives how many of all draws are scored.

    Raises:
        UnlikeRecordsError: If the records must not be compared, or have no such metric.
        ValueError: If the draws are too few for any difference, or too many for the memory.
    """
    every = [record for records in matched.values() for record in records]
    for record in every:
        if record.find_score(resampling.metric, resampling.protocol) is None:
            known = ", ".join(record.scores)
            undefined = resampling.metric in record.scores
            under = f" under protocol {resampling.protocol}" if undefined else f", only {known}"
            msg = f"{record.encoder} on {record.task} has no {resampling.metric}{under}"
            raise UnlikeRecordsError(msg)
    _refuse_unfit_draws(matched, resampling)
    splits = task_splits(matched)
    titles = {record.task: record.title for record in every}
    headline = AVERAGED.get(every[0].family, ())
    averaged = [task for task in headline if task in splits]
    complete = len(averaged) == len(headline)
    parts = len(splits) if resampling.protocol == "all" else sum(map(len, splits.values()))
    on_draws = _counter(on_progress, (2 if len(matched) > 1 else 1) * parts * resampling.draws)
    columns: dict[str, Comparison] = {}
    for group, average in ((averaged, AVERAGE if complete else None), ([*splits], None)):
        chosen = {titles[task]: splits[task] for task in group if titles[task] not in columns}
        if chosen:
            columns |= compare_systems(chosen, resampling, average=average, on_draws=on_draws)
    _refuse_other_scores(columns, matched, resampling)
    return RecordComparison(columns, matched, resampling)


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


def _refuse_unfit_draws(matched: Matched, resampling: Resampling) -> None:
    """Refuse draws that could make no difference significant after Holm, or fill the memory."""
    encoders, draws, level = len(matched), resampling.draws, 1 - resampling.confidence
    pairs = encoders * (encoders - 1) // 2
    tasks = len({record.task for records in matched.values() for record in records})
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


def _refuse_other_scores(
    columns: Mapping[str, Comparison], matched: Matched, resampling: Resampling
) -> None:
    """Refuse records whose scores do not follow from their own scores of items."""
    for name, records in matched.items():
        for title in dict.fromkeys(record.title for record in records):
            scores = [
                record.find_score(resampling.metric, resampling.protocol) or 0.0
                for record in records
                if record.title == title
            ]
            stored = sum(scores) / len(scores)
            (found,) = (s for s in columns[title].scores if s.encoder == name)
            if abs(stored - found.score.value) > _SAME:
                raise UnlikeRecordsError(
                    f"the record of {name} on {title} says {stored:.4f},"
                    f" but its items give {found.score.value:.4f}: it was edited, measure it again"
                )
