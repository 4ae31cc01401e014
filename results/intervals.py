"""Confidence intervals for a grid of scores, and which scores cannot be told from the best."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from results.comparison import compare
from results.estimates import Comparison
from results.matching import UnlikeRecordsError, task_splits
from results.records import Record
from results.resampling import METRICS
from results.score_grid import AVERAGE, AVERAGED, Interval, ScoreGrid

DRAWS = 2000  # enough for two digits of an interval, and the tests' usual levels


def with_intervals(
    grid: ScoreGrid, *, confidence: float = 0.95, draws: int = DRAWS, seed: int = 0
) -> ScoreGrid:
    """Add to each score its bootstrap interval, and whether it ties with its column's best.

    A column whose scores must not be compared, or have no scores of items, gets none, and a note
    that says why.

    Args:
        grid: The scores.
        confidence: Of the intervals; 1 - confidence is the level of the tests.
        draws: Number of bootstrap and of permutation draws.
        seed: Of all draws.
    """
    if grid.metric not in METRICS:
        note = f"no intervals: {grid.metric} cannot be resampled, only {', '.join(METRICS)}"
        return dataclasses.replace(grid, interval_notes=(note,))
    resample = partial(
        compare,
        metric=grid.metric,
        protocol=grid.protocol,  # type: ignore[arg-type] # one of the three
        confidence=confidence,
        draws=draws,
        seed=seed,
    )
    intervals: dict[tuple[str, str], Interval] = {}
    known: dict[str, Comparison] = {}
    notes = [
        f"[..]: {confidence:.0%} bootstrap interval over test items, seeds fixed",
        f"≈: cannot be told from the best (permutation test, Holm, {1 - confidence:.2g})",
    ]
    for column in sorted(grid.columns, key=lambda column: column != AVERAGE):
        rows = {row: found for row in grid.rows if (found := grid.cell(row, column).records)}
        try:
            if column not in known or {s.encoder for s in known[column].scores} != set(rows):
                known |= _compare(column, rows, resample)
        except UnlikeRecordsError as error:
            notes.append(f"no intervals for {column}: {error}")
            continue
        intervals |= {(row, column): found for row, found in _intervals(known[column]).items()}
    return dataclasses.replace(grid, intervals=intervals, interval_notes=tuple(notes))


def _compare(
    column: str,
    rows: Mapping[str, Sequence[Record]],
    resample: Callable[..., dict[str, Comparison]],
) -> dict[str, Comparison]:
    """Compare the rows of one column; the average brings its tasks' columns along."""
    splits = task_splits(rows)
    titles = {record.task: record.title for records in rows.values() for record in records}
    tasks = AVERAGED if column == AVERAGE else splits
    return resample(
        {titles[task]: splits[task] for task in tasks},
        average=column if column == AVERAGE else None,
    )


def _intervals(comparison: Comparison) -> dict[str, Interval]:
    best = comparison.scores[0].encoder
    beaten = comparison.beats(best)
    several = len(beaten) + 1 < len(comparison.scores)  # somebody ties with the best
    return {
        score.encoder: Interval(
            100 * score.score.low,
            100 * score.score.high,
            tied=several and score.encoder not in beaten,
        )
        for score in comparison.scores
    }
