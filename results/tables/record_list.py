"""A folder's records as a list: one row per record, as data and as a table."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from harness.results.display.csv_rows import csv_rows
from harness.results.families import DEFAULT_PROTOCOL, metric_title
from harness.results.records.stored import StoredRecord
from harness.results.tables.table import Table

_MINUTE = len("2026-12-01T12:00")


@dataclass(frozen=True)
class ListedRecord:
    """What a list says of one record.

    Attributes:
        encoder: Its spec.
        model: The transformer; empty for an encoder without one.
        task: The task's name.
        seed: Seed of training; None for an encoder without training.
        metric: The metric of the score: the first of the task's family.
        score: Over all pairs, or the task's only one; a fraction, None if it is nan.
        data: ``sample``, the data folder, or ``own files``.
        data_checksum: One checksum over the task's files.
        created: When, UTC, ISO 8601.
        schema: Version of the file's layout.
        version: Of the harness that measured it; empty if the record does not say.
        file: The file's name.
    """

    encoder: str
    model: str
    task: str
    seed: int | None
    metric: str
    score: float | None
    data: str
    data_checksum: str
    created: str
    schema: int
    version: str
    file: str


SORTS: dict[str, Callable[[ListedRecord], Any]] = {
    "when": lambda listed: listed.created,
    "encoder": lambda listed: (listed.encoder, listed.model, listed.task, listed.seed or 0),
    "model": lambda listed: (listed.model, listed.encoder, listed.task, listed.seed or 0),
    "task": lambda listed: (listed.task, listed.encoder, listed.model, listed.seed or 0),
    "score": lambda listed: -2.0 if listed.score is None else listed.score,
    "data": lambda listed: (listed.data, listed.encoder, listed.task),
    "file": lambda listed: listed.file,
}
"""What a list can be sorted by."""
_FROM_THE_LAST = {"when", "score"}  # newest first, best first


def list_records(
    stored: Sequence[StoredRecord], sort: str = "when", *, reverse: bool = False
) -> list[ListedRecord]:
    """Return what a list says of each record.

    Args:
        stored: The records.
        sort: A key of `SORTS`. The newest and the highest score come first, names from A to Z.
        reverse: Whether the last of these comes first.
    """
    listed = sorted(map(_listed, stored), key=lambda one: one.file)
    return sorted(listed, key=SORTS[sort], reverse=(sort in _FROM_THE_LAST) != reverse)


def _listed(stored: StoredRecord) -> ListedRecord:
    record = stored.record
    metric = record.headline_metric
    return ListedRecord(
        encoder=record.encoder,
        model=record.model or "",
        task=record.task,
        seed=record.seed,
        metric=metric,
        score=record.find_score(metric, DEFAULT_PROTOCOL),
        data=record.data,
        data_checksum=record.data_checksum,
        created=record.created,
        schema=record.schema_version,
        version=record.versions.get("sentence-harness", ""),
        file=stored.path.name,
    )


def list_csv(listed: Sequence[ListedRecord]) -> str:
    """Return a list as CSV with a head, scores as fractions."""
    rows = [["" if v is None else v for v in asdict(one).values()] for one in listed]
    return csv_rows([list(ListedRecord.__dataclass_fields__), *rows])


def list_table(listed: Sequence[ListedRecord], folder: str) -> Table:
    """Lay out a list as a table, scores x 100; what is the same everywhere stands above it.

    Args:
        listed: The records.
        folder: As messages name it.
    """
    cells = [_cells(one) for one in listed]
    kept = _telling(cells)
    shared = [
        f"{name} {cells[0][name]}" for name in cells[0] if name not in kept if cells[0][name]
    ]
    title = f"{len(listed)} {'record' if len(listed) == 1 else 'records'} in {folder}"
    return Table(
        title=f"{title}: {', '.join(shared)}" if shared else title,
        columns=tuple(kept),
        rows=tuple(tuple(row[name] for name in kept) for row in cells),
    )


def _cells(listed: ListedRecord) -> dict[str, str]:
    """Return the texts of one row by the heads of their columns."""
    return {
        "encoder": listed.encoder,
        "model": listed.model,
        "task": listed.task,
        "seed": "" if listed.seed is None else str(listed.seed),
        "metric": metric_title(listed.metric) if listed.metric else "",
        "score": "" if listed.score is None else f"{100 * listed.score:.2f}",
        "data": listed.data,
        "when": listed.created[:_MINUTE].replace("T", " "),
        "schema": str(listed.schema),
        "version": listed.version,
        "file": listed.file,
    }


_ALWAYS = ("encoder", "task", "score", "when", "file")


def _telling(cells: Sequence[dict[str, str]]) -> list[str]:
    """Return the columns in which rows differ, and those that a list always has."""
    return [name for name in cells[0] if name in _ALWAYS or len({row[name] for row in cells}) > 1]
