"""The sentences behind stored records, read again from the data that was scored."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from harness.data import DataFolder, open_data
from harness.errors import HarnessError, MissingDataError, PluginError
from harness.planning.planned_tasks import PlannedTask, plan_tasks
from harness.results.html_report.scored_items import ItemTexts, TaskKey
from harness.results.notices import notify
from harness.results.records.items import item_counts
from harness.results.records.record import OWN_FILES, Record
from harness.task import task_identity

_Texts: TypeAlias = Mapping[str, Sequence[Sequence[str]]]


def read_item_texts(records: Iterable[Record]) -> dict[TaskKey, ItemTexts]:
    """Return the sentences of the items of every task, or why there are none.

    A record holds no text: the task is read again, from the record's data folder or else from the
    user's own, and counts only if its files have the record's checksum. A notice names the tasks
    without text.
    """
    first = {(record.task, record.data_checksum): record for record in reversed(list(records))}
    found = {key: _read(record) for key, record in sorted(first.items())}
    reasons: dict[str, list[str]] = {}
    for (task, _), texts in found.items():
        if texts.missing:
            reasons.setdefault(texts.missing, []).append(task)
    for reason, tasks in reasons.items():
        notify(f"no sentences of {', '.join(dict.fromkeys(tasks))}: {reason}")
    return found


def _read(record: Record) -> ItemTexts:
    if record.data == OWN_FILES:
        return ItemTexts(missing="records do not say where files of one's own are")
    reasons = []
    for place in dict.fromkeys((record.data, None)):
        try:
            return _read_from(record, open_data(place))
        except HarnessError as error:
            reasons.append(str(error))
    return ItemTexts(missing=reasons[0])


def _read_from(record: Record, data: DataFolder) -> ItemTexts:
    """Return the sentences of a record's items.

    Raises:
        HarnessError: If the task cannot be read, its files are other ones, or it does not say
            which sentences its items are.
    """
    (planned,) = plan_tasks([record.task], data, {}, defaults=record.task_settings)
    if planned.data_checksum != record.data_checksum:
        raise MissingDataError(
            f"files in {data.label} must be those that were scored, got other checksums"
        )
    return ItemTexts(_checked(planned, record))


def _checked(planned: PlannedTask, record: Record) -> _Texts:
    """Read a task's texts, and make sure that there is one entry for each item."""
    name = planned.name
    culprit = f"task {name!r} failed in item_texts"
    texts = planned.boundary.call(culprit, lambda: _copied(task_identity(planned.task).item_texts))
    if texts is None:
        raise PluginError(f"task {name!r} does not say which sentences its items are")
    counts, scored = {split: len(items) for split, items in texts.items()}, item_counts(record)
    if counts != scored:
        msg = f"must have one entry per scored item, {scored}, got {counts}"
        raise PluginError(f"item_texts of task {name!r} {msg}")
    return texts


def _copied(texts: _Texts | None) -> _Texts | None:
    if texts is None:
        return None
    return {split: [tuple(map(str, item)) for item in texts[split]] for split in texts}
