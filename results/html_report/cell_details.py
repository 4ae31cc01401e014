"""What the page says of a score that is clicked: interval, tie, distance to the best."""

import math
from typing import Any

from harness.results.comparisons.verdict import lead
from harness.results.families import metric_title
from harness.results.statistics.estimates import Comparison, Estimate
from harness.results.tables.scoreboard import Scoreboard
from harness.results.tables.scoreboard_table import scoreboard_title


def board_details(board: Scoreboard) -> dict[str, Any]:
    """Return what the details of a board's cells say besides what the records do.

    A cell is found by the metric and protocol, its row and its column.
    """
    return {
        "title": scoreboard_title(board),
        "metric": board.metric,
        "protocol": board.protocol,
        "shown": [metric_title(board.metric), _protocol(board)],
        "rows": list(board.rows),
        "columns": list(board.columns),
        "notes": list(board.interval_notes),
        "cells": [[_cell(board, row, column) for column in board.columns] for row in board.rows],
    }


def _protocol(board: Scoreboard) -> str:
    """Name the protocol where it makes a difference."""
    has_splits = any(len(record.splits) > 1 for record in board.records)
    return board.protocol if has_splits and not board.track_task else ""


def _cell(board: Scoreboard, row: str, column: str) -> dict[str, Any]:
    """Return a score, its interval, and its distance to the best of its column, in points.

    The best itself has its distance to the next.
    """
    mean = board.cell(row, column).mean
    if mean is None:
        return {}
    found: dict[str, Any] = {"score": round(mean, 2)}
    if interval := board.intervals.get((row, column)):
        found["interval"] = [round(interval.low, 2), round(interval.high, 2)]
    comparison = board.comparisons.get(column)
    if comparison is not None and len(comparison.scores) > 1:
        found |= _distance(comparison, row)
    return found


def _distance(comparison: Comparison, row: str) -> dict[str, Any]:
    best = comparison.scores[0].encoder
    other = comparison.scores[1].encoder if row == best else best
    found = {(d.first, d.second): d for d in comparison.differences}
    difference = found.get((best, other)) or found.get((best, row)) or found.get((row, best))
    if difference is None:  # equal scores: another encoder stands for the best
        return {}
    side = "ahead" if row == best else "behind"
    p = difference.adjusted_p_value
    return {
        side: _points(lead(difference.difference)),
        "of": other,
        "tied": int(not difference.significant),
        "p": None if math.isnan(p) else round(p, 4),
    }


def _points(estimate: Estimate) -> list[float]:
    """Return a difference x 100, and the ends of its interval if it has one."""
    ends = [estimate.value, estimate.low, estimate.high]
    return [round(100 * end, 2) for end in ends if not math.isnan(end)]
