"""Confidence intervals for a board of scores, and which scores tie with the best."""

import dataclasses
import math
from collections.abc import Hashable, Mapping, Sequence
from typing import cast

from harness.results.families import AVERAGE
from harness.results.records.matching import UnlikeRecordsError, has_items, task_splits
from harness.results.records.record import Record
from harness.results.statistics.comparison import TaskSplit, compare_systems
from harness.results.statistics.estimates import Comparison
from harness.results.statistics.metrics import METRICS
from harness.results.statistics.protocols import Protocol
from harness.results.statistics.resampling import Resampling
from harness.results.tables.marks import TIED
from harness.results.tables.score_rows import ScoreInterval, score_rows
from harness.results.tables.scoreboard import Interval, Scoreboard

DRAWS = 2000  # enough for two digits of an interval, and the tests' usual levels


def with_intervals(board: Scoreboard, *, draws: int = DRAWS) -> Scoreboard:
    """Add to each score its bootstrap interval, and whether it ties with its column's best.

    Every score is tested against the best of its column alone, so that many encoders need few
    draws. A column whose scores must not be compared, or have no scores of items, gets no
    intervals, and a note that says why.

    Args:
        board: The scores.
        draws: Number of bootstrap and of permutation draws.
    """
    if board.metric not in METRICS:
        note = f"no intervals: {board.metric} cannot be resampled, only {', '.join(METRICS)}"
        return dataclasses.replace(board, interval_notes=(note,))
    resampling = _resampling(board.metric, board.protocol, draws)
    confidence = resampling.confidence
    intervals: dict[tuple[str, str], Interval] = {}
    notes = [
        f"[..]: {confidence:.0%} bootstrap interval over test items, seeds fixed, {draws:,} draws",
        f"{TIED}: not significantly worse than the best (permutation, Holm, {1 - confidence:.2g})",
    ]
    for column in board.columns:
        rows = {row: found for row in board.rows if (found := board.cell(row, column).records)}
        try:
            comparison = _compare(board, column, rows, resampling)
        except UnlikeRecordsError as error:
            notes.append(f"no intervals for {column}: {error}")
            continue
        tied = _tied(comparison)
        intervals |= {
            (score.encoder, column): Interval(
                100 * score.score.low, 100 * score.score.high, tied=score.encoder in tied
            )
            for score in comparison.scores
        }
    return dataclasses.replace(board, intervals=intervals, interval_notes=tuple(notes))


def score_intervals(records: Sequence[Record], *, draws: int = DRAWS) -> list[ScoreInterval]:
    """Return the bootstrap interval of each score, in the order of `score_rows`, as fractions.

    None where a metric cannot be resampled, or a record has no scores of items.

    Args:
        records: Each seed of an encoder has its own interval.
        draws: Number of bootstrap draws.
    """
    found: dict[tuple[int, str, str], tuple[float, float]] = {}
    for (title, metric, protocol, _), places in _served_alike(records).items():
        splits, resampling = _splits(records, places), _resampling(metric, protocol, draws)
        for each in compare_systems({title: splits}, resampling, pairs=())[title].scores:
            if not math.isnan(each.score.low + each.score.high):
                found[int(each.encoder), metric, protocol] = each.score.low, each.score.high
    return [
        found.get((place, row[-3], row[-2]))
        for place, record in enumerate(records)
        for row in score_rows([record])
    ]


def _resampling(metric: str, protocol: str, draws: int) -> Resampling:
    """Return how scores are resampled; without a protocol, as one set of items."""
    return Resampling(metric, cast("Protocol", protocol or "all"), draws=draws)


def _served_alike(records: Sequence[Record]) -> dict[tuple[str, str, str, Hashable], list[int]]:
    """Return the places of the records that one resampling serves.

    They are those of a task with the same gold scores, by title, metric, protocol and these.
    """
    alike: dict[tuple[str, str, str, Hashable], list[int]] = {}
    for place, record in enumerate(records):
        if not has_items(record):
            continue
        golds = tuple(tuple(columns["gold"]) for columns in record.items.values())
        for row in score_rows([record]):
            if row[-3] in METRICS:
                alike.setdefault((record.title, row[-3], row[-2], golds), []).append(place)
    return alike


def _splits(records: Sequence[Record], places: Sequence[int]) -> list[TaskSplit]:
    """Return the splits of records with the same gold scores, each record named by its place."""
    names = {place: list(records[place].items) for place in places}
    return [
        TaskSplit(
            gold=records[places[0]].items[name]["gold"],
            systems={
                str(place): records[place].items[names[place][i]]["system"] for place in places
            },
        )
        for i, name in enumerate(names[places[0]])
    ]


def _compare(
    board: Scoreboard,
    column: str,
    rows: Mapping[str, Sequence[Record]],
    resampling: Resampling,
) -> Comparison:
    """Compare the rows of one column with the best of them."""
    titles = {record.task: record.title for records in rows.values() for record in records}
    splits = {
        titles[task]: splits for task, splits in task_splits(rows).items()
    }  # draws depend on it
    best = max(rows, key=lambda row: board.cell(row, column).mean or 0.0)
    if column in board.tracks:  # one split of the one task
        splits = {column: [task[board.columns.index(column)] for task in splits.values()][:1]}
    found = compare_systems(
        splits,
        resampling,
        average=AVERAGE if column == AVERAGE else None,
        pairs=[(best, row) for row in rows if row != best],
    )
    return list(found.values())[-1]


def _tied(comparison: Comparison) -> set[str]:
    """Return the best and what is not significantly worse; nothing if the best stands alone."""
    worse = {difference.second for difference in comparison.differences if difference.significant}
    tied = {score.encoder for score in comparison.scores} - worse
    return tied if len(tied) > 1 else set()
