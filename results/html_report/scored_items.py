"""The items of every task as the page holds them: gold and texts once, values packed."""

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from harness.results.families import SPLIT_FAMILIES
from harness.results.records.record import Record, drawing_step, pair_scores
from harness.results.records.task_heads import task_heads

TaskKey: TypeAlias = tuple[str, str]
"""A task's name, and the checksum of its data."""

_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"  # those of base64
_LEVELS = len(_DIGITS) ** 2 - 1  # an encoder's value is two digits: finer than a screen's pixels


@dataclass(frozen=True)
class ItemTexts:
    """The sentences of a task's items.

    Attributes:
        splits: By split, one text or two per item, in the order of the records' items.
        missing: Why there are none.
    """

    splits: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=dict)
    missing: str = ""


def items_by_task(
    records: Sequence[Record], texts: Mapping[TaskKey, ItemTexts]
) -> tuple[list[dict[str, Any]], dict[int, dict[str, Any]]]:
    """Return what all results on a task share, and the values of each result by its `id`.

    Results share it if they were measured on the same data and have the same gold.

    Args:
        records: All there are.
        texts: Sentences of the items, of the tasks for which they were asked.
    """
    places: dict[tuple[object, ...], int] = {}
    tasks: list[dict[str, Any]] = []
    values: dict[int, dict[str, Any]] = {}
    heads = task_heads(records)
    for record in records:
        kind = _kind(record)
        if not kind:
            continue
        step = drawing_step(len(pair_scores(record, "gold"))) if kind == "pairs" else 1
        gold = pair_scores(record, "gold")[::step]
        system = pair_scores(record, "system")[::step]
        place = places.setdefault((record.task, record.data_checksum, gold), len(tasks))
        if place == len(tasks):
            found = texts.get((record.task, record.data_checksum))
            tasks.append(
                {
                    "title": heads[record.task],
                    "kind": kind,
                    "splits": _splits(record),
                    "step": step,
                    "gold": list(gold),
                    **(_texts(record, found, step) if found else {}),
                }
            )
        values[id(record)] = {
            "task": place,
            **(_packed(system) if kind == "pairs" else {"right": _bits(record, gold, system)}),
        }
    return tasks, values


def _kind(record: Record) -> str:
    """Return ``pairs`` or ``labels``, as the items are; empty for a result without items."""
    columns = list(record.items.values())
    sizes = [[len(each.get(name, ())) for name in ("gold", "system")] for each in columns]
    if not sizes or not all(gold == system > 0 for gold, system in sizes):
        return ""
    if not all(map(math.isfinite, pair_scores(record, "system"))):
        return ""
    if "accuracy" in record.scores:
        return "labels"
    return "pairs" if {"spearman", "pearson"} & set(record.scores) else ""


def _splits(record: Record) -> list[list[Any]]:
    """Return each split's name, number of items, and file if its rows are the items.

    Tasks of other families put their rows in an order of their own.
    """
    found: list[list[Any]] = []
    for split, columns in record.items.items():
        size = len(columns["gold"])
        files = [
            file.name.rpartition("/")[2]
            for file in record.data_files
            if record.family in SPLIT_FAMILIES and split in file.name and file.rows == size
        ]
        found.append([split, size, files[0] if files else ""])
    return found


def _texts(record: Record, texts: ItemTexts, step: int) -> dict[str, Any]:
    if texts.missing:
        return {"missing": texts.missing}
    every = [list(item) for split in record.items for item in texts.splits[split]]
    return {"texts": every[::step]}


def _packed(values: Sequence[float]) -> dict[str, Any]:
    """Write values as two digits each, from the lowest to the highest."""
    low, high = min(values), max(values)
    scale = _LEVELS / (high - low) if high > low else 0.0
    levels = (round((value - low) * scale) for value in values)
    digits = "".join(_DIGITS[each // 64] + _DIGITS[each % 64] for each in levels)
    return {"points": digits, "low": low, "high": high}


def _bits(record: Record, gold: Sequence[float], system: Sequence[float]) -> str:
    """Write in base64 which items are right, a bit each."""
    right = pair_scores(record, "accuracy") or [a == b for a, b in zip(gold, system, strict=True)]
    return base64.b64encode(np.packbits(np.asarray(right, dtype=bool)).tobytes()).decode()
