"""Boards of scores as the page's tables, and the switches between them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.results.families import PROTOCOLS
from harness.results.tables.scoreboard import Scoreboard
from harness.results.tables.scoreboard_table import cell_text, scoreboard_notes, scoreboard_title
from harness.results.tables.scoreboards import every_metric

_METRIC_HELP = {"spearman": "rank correlation", "pearson": "linear correlation"}


def switches(boards: Sequence[Scoreboard]) -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    """Yield the choices between tables: only those that there are."""
    there = {board.protocol: None for board in boards}
    protocols = [name for name in dict.fromkeys((*PROTOCOLS, *there)) if name in there]
    records = [record for board in boards for record in board.records]
    shown = {board.metric for board in boards}
    metrics = [metric for metric in every_metric(records) if metric in shown]
    if len(protocols) > 1:
        yield "protocol", "Protocol", [(name, PROTOCOLS.get(name, name)) for name in protocols]
    if len(metrics) > 1:
        yield "metric", "Metric", [(name, _METRIC_HELP.get(name, name)) for name in metrics]


def board_table(board: Scoreboard, numbers: Mapping[int, str]) -> dict[str, Any]:
    """Return what the page shows of one board.

    Args:
        board: The scores.
        numbers: The page's name of each record, by its `id`.
    """
    best = {column: board.best(column) for column in board.columns}
    return {
        "title": scoreboard_title(board),
        "family": f"{board.records[0].family} {board.label}",
        "metric": board.metric,
        "protocol": board.protocol,
        "columns": [(column, board.prefers_low(column)) for column in board.columns],
        "rows": [
            {
                "name": row,
                "cells": [
                    _cell(board, row, column, numbers, best=place in best[column])
                    for column in board.columns
                ],
            }
            for place, row in enumerate(board.rows)
        ],
        "notes": scoreboard_notes(board),
    }


def _cell(
    board: Scoreboard, row: str, column: str, numbers: Mapping[int, str], *, best: bool
) -> dict[str, Any]:
    cell, interval = board.cell(row, column), board.intervals.get((row, column))
    if cell.mean is None:
        return {"text": ""}
    return {
        "column": column,
        "text": cell_text(cell),
        "value": repr(cell.mean),
        "best": best,
        "tied": interval is not None and interval.tied,
        "interval": f"[{interval.low:.2f}, {interval.high:.2f}]" if interval else "",
        "results": " ".join(numbers[id(record)] for record in cell.records),
    }
