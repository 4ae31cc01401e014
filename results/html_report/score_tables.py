"""A board of scores as the page shows it: verdict, forest plots, table."""

from collections.abc import Mapping, Sequence
from statistics import stdev
from typing import Any

from harness.results.html_report.forest_plot import forest_panels
from harness.results.html_report.row_order import BoardRow, headline_column, row_order
from harness.results.html_report.setting_plots import setting_plots
from harness.results.html_report.verdict_cards import verdict_cards
from harness.results.tables.marks import LEAKY, TIED, score_marks
from harness.results.tables.scoreboard import Scoreboard
from harness.results.tables.scoreboard_table import scoreboard_notes, scoreboard_title


def board_content(board: Scoreboard, place: int, numbers: Mapping[int, str]) -> dict[str, Any]:
    """Return what the page shows of one board.

    Args:
        board: The scores, with their comparisons if they have any.
        place: Its place among all boards.
        numbers: The page's name of each record, by its `id`.
    """
    rows = row_order(board)
    headline = headline_column(board)
    best = {column: board.best(column) for column in board.columns}
    places = {row: place for place, row in enumerate(board.rows)}
    return {
        "title": scoreboard_title(board),
        "place": place,
        "metric": board.metric,
        "protocol": "" if board.track_task else board.protocol,
        "cards": [] if board.track_task else verdict_cards(board, rows),
        "track_task": board.track_task,
        "panels": forest_panels(board, rows),
        "tested": bool(board.comparisons),
        "settings": setting_plots(board),
        "columns": [
            (column, board.prefers_low(column), column == headline) for column in board.columns
        ],
        "signed": any(board.intervals) or any(score_marks([record]) for record in board.records),
        "rows": [
            {
                "row": row,
                "cells": [
                    _cell(board, row.name, column, numbers, best=places[row.name] in best[column])
                    for column in board.columns
                ],
            }
            for row in rows
        ],
        "notes": [*scoreboard_notes(board), *_order_notes(rows, headline)],
    }


def _order_notes(rows: Sequence[BoardRow], headline: str) -> list[str]:
    notes = [] if headline or len(rows) == 1 else ["best first: by the mean over the columns"]
    if any(" = " in row.name for row in rows):
        notes.append("=: other settings that gave the very same scores for every item")
    return notes


def _cell(
    board: Scoreboard, row: str, column: str, numbers: Mapping[int, str], *, best: bool
) -> dict[str, Any]:
    cell, interval = board.cell(row, column), board.intervals.get((row, column))
    if cell.mean is None:
        return {"text": ""}
    kinds = {
        "best": best,
        "tied": interval is not None and interval.tied,
        "leaky": any(map(LEAKY.holds, cell.records)),
    }
    return {
        "text": f"{cell.mean:.2f}",
        "spread": f"± {stdev(cell.values):.2f}" if len(cell.values) > 1 else "",
        "seeds": f"({cell.seeds})" if cell.seeds else "",
        "signs": score_marks(cell.records) + (TIED if kinds["tied"] else ""),
        "value": f"{cell.mean:.4f}",
        "kinds": " ".join(kind for kind, holds in kinds.items() if holds),
        "interval": f"[{interval.low:.2f}, {interval.high:.2f}]" if interval else "",
        "results": " ".join(numbers[id(record)] for record in cell.records),
    }
