"""The scores of items of several encoders side by side, if they may be set against each other.

Two scores are comparable if they were measured on the same files with the same settings of the
task; anything else is refused, and the refusal says what differs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from harness.results.records.aspects import (
    TASK_ASPECTS,
    canonical_text,
    describe_difference,
    difference,
)
from harness.results.records.items import NoItemsError, golds, item_source
from harness.results.records.matching import UnlikeRecordsError
from harness.results.records.record import Record
from harness.results.statistics.comparison import TaskSplit
from harness.results.statistics.metrics import DEFAULT_METRIC


@dataclass(frozen=True)
class TaskItems:
    """The scores of one task's items, those of all encoders side by side.

    Attributes:
        splits: What is resampled; nothing where the metric does not follow from the items.
        method: How: a key of `METRICS`.
        missing: Why there is nothing to resample.
    """

    splits: Sequence[TaskSplit] = ()
    method: str = ""
    missing: str = ""


def task_items(matched: Mapping[str, Sequence[Record]], metric: str) -> dict[str, TaskItems]:
    """Put the scores of the items of all encoders side by side, by task.

    Args:
        matched: As `match_records` gives them.
        metric: What is to be resampled.

    Raises:
        UnlikeRecordsError: If the records must not be compared.
    """
    by_task: dict[str, list[Record]] = {}
    for records in matched.values():
        for record in records:
            by_task.setdefault(record.task, []).append(record)
    for on_task in by_task.values():
        _refuse_unlike(on_task)
    for name, records in matched.items():
        _refuse_uneven_seeds(name, records)
    return {task: _items(matched, on_task, metric) for task, on_task in by_task.items()}


def task_splits(
    matched: Mapping[str, Sequence[Record]], metric: str = DEFAULT_METRIC
) -> dict[str, Sequence[TaskSplit]]:
    """Put items side by side as `task_items` does.

    Raises:
        UnlikeRecordsError: If the records must not be compared, or the metric of a task does not
            follow from its items.
    """
    found = task_items(matched, metric)
    for items in found.values():
        if items.missing:
            raise UnlikeRecordsError(items.missing)
    return {task: items.splits for task, items in found.items()}


def _refuse_unlike(records: Sequence[Record]) -> None:
    """Refuse records of one task that were not measured alike."""
    task = records[0].task
    if aspect := difference(records, TASK_ASPECTS):
        cure = ": score all encoders on one of them" if aspect.name == "data" else ""
        raise UnlikeRecordsError(
            f"results on {task} cannot be compared, they differ in"
            f" {describe_difference(aspect, records)}{cure}"
        )
    first = golds(records[0])
    others = [record for record in records if golds(record) != first]  # nan is another than itself
    if len({canonical_text(golds(record)) for record in (records[0], *others)}) > 1:
        raise UnlikeRecordsError(f"results on {task} cannot be compared, their gold scores differ")


def _refuse_uneven_seeds(name: str, records: Sequence[Record]) -> None:
    """Refuse an encoder that was not scored with the same seeds on every task."""
    seeds: dict[str, list[int | None]] = {}
    for record in records:
        seeds.setdefault(record.task, []).append(record.seed)
    kinds = {str(sorted(of_task, key=str)): task for task, of_task in seeds.items()}
    if len(kinds) > 1:
        differences = " and ".join(f"{found} on {task}" for found, task in kinds.items())
        raise UnlikeRecordsError(
            f"{name} must have the same seeds on every task, got {differences}"
        )


def _items(
    matched: Mapping[str, Sequence[Record]], on_task: Sequence[Record], metric: str
) -> TaskItems:
    try:
        source = item_source(on_task, metric)
    except NoItemsError as error:
        return TaskItems(missing=str(error))
    first = on_task[0]
    seeds = {
        name: sorted((r for r in records if r.task == first.task), key=lambda r: str(r.seed))
        for name, records in matched.items()
    }
    splits = [
        TaskSplit(
            gold=source.gold(first, split),
            systems={
                name: [source.values(record, split) for record in records]
                for name, records in seeds.items()
            },
        )
        for split in first.items
    ]
    has_protocols = any(isinstance(record.scores.get(metric), Mapping) for record in on_task)
    return TaskItems(splits if has_protocols else [_merged(splits)], source.method)


def _merged(splits: Sequence[TaskSplit]) -> TaskSplit:
    """Return the items of all splits as one, for a score that knows no splits."""
    systems = {name: [split.systems[name] for split in splits] for name in splits[0].systems}
    return TaskSplit(
        gold=np.concatenate([split.gold for split in splits]),
        systems={name: np.concatenate(rows, axis=1) for name, rows in systems.items()},
    )
