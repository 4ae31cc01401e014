"""Confidence intervals for a board of scores, and which scores tie with the best."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import cast

from harness.results.families import AVERAGE, PROTOCOLS
from harness.results.progress import Counted, report_progress
from harness.results.records.items import NoItemsError, refuse_other_score
from harness.results.records.matching import UnlikeRecordsError
from harness.results.records.record import Record
from harness.results.records.task_heads import task_heads
from harness.results.records.task_items import task_items
from harness.results.statistics.comparison import compare_systems
from harness.results.statistics.draw_memory import DrawMemory
from harness.results.statistics.estimates import Comparison
from harness.results.statistics.kept_comparisons import KeptComparisons
from harness.results.statistics.protocols import Protocol
from harness.results.statistics.resampling import Resampling
from harness.results.tables.marks import TIED
from harness.results.tables.scoreboard import Interval, Scoreboard

_CONSTANT = "some resamples have no correlation, as of a split with few pairs"
DRAWS = 2000  # enough for two digits of an interval, and the tests' usual levels


@dataclasses.dataclass(frozen=True)
class _Source:
    """Draws of this report, and comparisons of earlier ones."""

    memory: DrawMemory
    kept: KeptComparisons | None


def with_intervals(
    board: Scoreboard,
    *,
    draws: int = DRAWS,
    memory: DrawMemory | None = None,
    kept: KeptComparisons | None = None,
) -> Scoreboard:
    """Add to each score its bootstrap interval, and whether it ties with its column's best.

    Every score is tested against the best of its column alone, so that many encoders need few
    draws. A column whose scores must not be compared, or do not follow from scores of items, gets
    no intervals, and a note that says why.

    Observers of `harness.results.progress` learn of each column.

    Args:
        board: The scores.
        draws: Number of bootstrap and of permutation draws.
        memory: Draws of other boards, which are not made again.
        kept: Comparisons of earlier runs.
    """
    source = _Source(memory or DrawMemory(), kept)
    if board.protocol not in PROTOCOLS:
        note = f"no intervals: what {board.protocol} is of the items is not known"
        return dataclasses.replace(board, interval_notes=(note,))
    resampling = Resampling(board.metric, cast("Protocol", board.protocol), draws=draws)
    intervals: dict[tuple[str, str], Interval] = {}
    comparisons: dict[str, Comparison] = {}
    missing: dict[str, list[str]] = {}
    progress = Counted(f"bootstrap of {board.metric}, {board.protocol}", "columns")
    for number, column in enumerate(board.columns):
        report_progress(progress, number, len(board.columns))
        rows = {row: found for row in board.rows if (found := board.cell(row, column).records)}
        if not rows:
            continue
        try:
            comparison = _compare(board, column, rows, resampling, source)
        except (UnlikeRecordsError, NoItemsError) as error:
            missing.setdefault(str(error), []).append(column)
            continue
        comparisons[column] = comparison
        tied = _tied(comparison)
        intervals |= {
            (score.encoder, column): Interval(
                100 * score.score.low, 100 * score.score.high, tied=score.encoder in tied
            )
            for score in comparison.scores
            if not math.isnan(score.score.low)
        }
        if any(math.isnan(score.score.low) for score in comparison.scores):
            missing.setdefault(_CONSTANT, []).append(column)
    report_progress(progress, len(board.columns), len(board.columns))
    notes = _notes(resampling) if intervals else []
    notes += [f"no intervals for {', '.join(names)}: {why}" for why, names in missing.items()]
    return dataclasses.replace(
        board, intervals=intervals, interval_notes=tuple(notes), comparisons=comparisons
    )


def _notes(resampling: Resampling) -> list[str]:
    confidence, draws = resampling.confidence, resampling.draws
    return [
        f"[..]: {confidence:.0%} bootstrap interval over test items, seeds fixed, {draws:,} draws",
        f"{TIED}: not significantly worse than the best (permutation, Holm, {1 - confidence:.2g})",
    ]


def _compare(
    board: Scoreboard,
    column: str,
    rows: Mapping[str, Sequence[Record]],
    resampling: Resampling,
    source: _Source,
) -> Comparison:
    """Compare the rows of one column with the best of them."""
    heads = task_heads(board.records)  # draws depend on them
    items = {heads[task]: found for task, found in task_items(rows, board.metric).items()}
    for of_task in items.values():
        if of_task.missing:
            raise NoItemsError(of_task.missing)
    splits = {head: of_task.splits for head, of_task in items.items()}
    methods = {head: of_task.method for head, of_task in items.items()}
    if column in board.tracks:  # one split of the one task
        place = board.columns.index(column)
        ((head, tracks),) = splits.items()
        splits, methods = {column: tracks[place : place + 1]}, {column: methods[head]}
    best = next(row for place in board.leaders(column) if (row := board.rows[place]) in rows)
    found = compare_systems(
        splits,
        resampling,
        average=AVERAGE if column == AVERAGE else None,
        pairs=[(best, row) for row in rows if row != best],
        metrics=methods,
        lower_is_better=splits if board.prefers_low(column) else (),
        memory=source.memory,
        kept=source.kept,
    )
    comparison = list(found.values())[-1]
    if column not in board.tracks:
        for score in comparison.scores:
            says = (board.cell(score.encoder, column).mean or 0.0) / 100
            refuse_other_score(score.encoder, column, says, score.score.value)
    return comparison


def _tied(comparison: Comparison) -> set[str]:
    """Return the best and what is not significantly worse; nothing if the best stands alone."""
    worse = {difference.second for difference in comparison.differences if difference.significant}
    tied = {score.encoder for score in comparison.scores} - worse
    return tied if len(tied) > 1 else set()
