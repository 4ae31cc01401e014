"""Confidence intervals for a board of scores, and which scores cannot be told from the best."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from results.comparison import compare
from results.estimates import Comparison
from results.families import AVERAGE
from results.matching import UnlikeRecordsError, task_splits
from results.records import Record
from results.resampling import METRICS
from results.scoreboard import Interval, Scoreboard

DRAWS = 2000  # enough for two digits of an interval, and the tests' usual levels


def with_intervals(
    board: Scoreboard, *, confidence: float = 0.95, draws: int = DRAWS, seed: int = 0
) -> Scoreboard:
    """Add to each score its bootstrap interval, and whether it ties with its column's best.

    Every score is tested against the best of its column alone, so that many encoders need few
    draws. A column whose scores must not be compared, or have no scores of items, gets no
    intervals, and a note that says why.

    Args:
        board: The scores.
        confidence: Of the intervals; 1 - confidence is the level of the tests.
        draws: Number of bootstrap and of permutation draws.
        seed: Of all draws.
    """
    if board.metric not in METRICS:
        note = f"no intervals: {board.metric} cannot be resampled, only {', '.join(METRICS)}"
        return dataclasses.replace(board, interval_notes=(note,))
    resample = partial(compare, metric=board.metric, confidence=confidence, draws=draws, seed=seed)
    intervals: dict[tuple[str, str], Interval] = {}
    notes = [
        f"[..]: {confidence:.0%} bootstrap interval over test items, seeds fixed",
        f"≈: not significantly worse than the best (permutation, Holm, {1 - confidence:.2g})",
    ]
    for column in board.columns:
        rows = {row: found for row in board.rows if (found := board.cell(row, column).records)}
        try:
            comparison = _compare(board, column, rows, resample)
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


def _compare(
    board: Scoreboard,
    column: str,
    rows: Mapping[str, Sequence[Record]],
    resample: Callable[..., dict[str, Comparison]],
) -> Comparison:
    """Compare the rows of one column with the best of them."""
    splits = task_splits(rows)
    best = max(rows, key=lambda row: board.cell(row, column).mean or 0.0)
    if column in board.tracks:  # one split of the one task
        splits = {column: [splits[task][board.columns.index(column)] for task in splits][:1]}
    found = resample(
        splits,
        protocol=board.protocol,
        average=AVERAGE if column == AVERAGE else None,
        pairs=[(best, row) for row in rows if row != best],
    )
    return list(found.values())[-1]


def _tied(comparison: Comparison) -> set[str]:
    """Return the best and what is not significantly worse; nothing if the best stands alone."""
    worse = {difference.second for difference in comparison.differences if difference.significant}
    tied = {score.encoder for score in comparison.scores} - worse
    return tied if len(tied) > 1 else set()
