"""What the page shows of a result once its score is clicked."""

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from harness.results.html_report.cell_details import board_details
from harness.results.html_report.scored_items import ItemTexts, TaskKey, items_by_task
from harness.results.records.record import Record
from harness.results.tables.scoreboard import Scoreboard

_SHARED = ("data_files", "details", "runtime", "settings", "task_settings", "training", "versions")
"""Parts of a record that many have alike, which the page holds once."""


def details(
    boards: Sequence[Scoreboard],
    records: Sequence[Record],
    texts: Mapping[TaskKey, ItemTexts] = MappingProxyType({}),
    *,
    with_items: bool = True,
) -> dict[str, Any]:
    """Return what the script shows of each score; equal gold scores and parts are there once.

    Args:
        boards: The scores.
        records: Those of all boards, in the page's order: a result is called by its place.
        texts: Sentences of the items, of the tasks for which they were asked.
        with_items: Whether gold scores and similarities of the items are shown.
    """
    names = {
        id(record): row
        for board in boards
        for row in board.rows
        for column in board.columns
        for record in board.cell(row, column).records
    }
    tasks, values = items_by_task(records if with_items else (), texts)
    parts: dict[str, int] = {}
    results = [
        {
            "name": names.get(id(record), record.encoder),
            "record": _with_parts_once(record.summary(), parts),
            **values.get(id(record), {}),
        }
        for record in records
    ]
    return {
        "boards": list(map(board_details, boards)),
        "results": results,
        "parts": list(map(json.loads, parts)),
        "tasks": tasks,
    }


def _with_parts_once(summary: Mapping[str, Any], parts: dict[str, int]) -> dict[str, Any]:
    """Return a record with its shared parts replaced by their places among all parts."""
    places = {name: parts.setdefault(json.dumps(summary[name]), len(parts)) for name in _SHARED}
    return {**summary, **places}


def can_disagree(shown: Mapping[str, Any]) -> bool:
    """Whether a task has the items of two results, which can be set beside each other."""
    places = [result["task"] for result in shown["results"] if "task" in result]
    return len(places) > len(set(places))
