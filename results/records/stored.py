"""Records with the files that they lie in, and which of them a user means."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path

from harness.results.display.shown_text import shown_line
from harness.results.records.model_names import model_name
from harness.results.records.record import Record
from harness.results.records.selection import has_checksum
from harness.results.records.store import read_each, read_record


@dataclass(frozen=True)
class StoredRecord:
    """A record and its file."""

    path: Path
    record: Record


def read_stored(folder: Path) -> list[StoredRecord]:
    """Return all records of a folder with their files, newest first.

    A notice names each file that is no record.

    Raises:
        OSError: If the folder cannot be read.
    """
    found = read_each(folder, lambda path: StoredRecord(path, read_record(path)))
    return sorted(found, key=lambda stored: stored.record.created, reverse=True)


@dataclass(frozen=True)
class RecordFilter:
    """Which records are meant: those that all conditions hold for; an empty one always holds.

    Unlike `select_records`, which keeps what a table needs beside the results asked for, it keeps
    nothing but these: records are removed by it.

    Attributes:
        encoders: Specs as records name them, ``encoder@model``, or patterns with ``*`` and ``?``.
        models: Transformers.
        tasks: Tasks as records call them.
        data: ``sample`` and folders, as records name them, and beginnings of checksums.
    """

    encoders: Sequence[str] = ()
    models: Sequence[str] = ()
    tasks: Sequence[str] = ()
    data: Sequence[str] = ()

    @property
    def is_empty(self) -> bool:
        """Whether every record is meant."""
        return not any(getattr(self, each.name) for each in fields(self))

    def admits(self, record: Record) -> bool:
        """Whether a record is meant."""
        return (
            _holds(partial(is_of_encoder, record), self.encoders)
            and _holds(partial(is_of_model, record), self.models)
            and _holds(record.task.__eq__, self.tasks)
            and _holds(partial(is_on_data, record), self.data)
        )

    def unmet(self, records: Sequence[Record]) -> tuple[str, str] | None:
        """Return the kind and the first value that no record has: ``encoder``, ``meam``.

        Of the tasks, one that is recorded is enough: they may be a suite's.
        """
        for each in fields(self):
            values = getattr(self, each.name)
            asked = [values] if each.name == "tasks" and values else [(v,) for v in values]
            for some in asked:
                one = replace(RecordFilter(), **{each.name: some})
                if not any(map(one.admits, records)):
                    return each.name.removesuffix("s"), ", ".join(some)
        return None


def _holds(test: Callable[[str], bool], values: Sequence[str]) -> bool:
    return not values or any(map(test, values))


def is_of_encoder(record: Record, name: str) -> bool:
    """Whether a record is of an encoder: its name, spec, ``encoder@model``, or a pattern."""
    pattern = re.escape(shown_line(name)).replace(r"\*", ".*").replace(r"\?", ".")
    names = {record.encoder, record.label}
    names |= {f"{name}@{record.model}" for name in names}
    return any(re.fullmatch(pattern, shown_line(each)) for each in names)


def is_of_model(record: Record, name: str) -> bool:
    """Whether a record is of a transformer, by its name, its folder, or the end of either."""
    if record.model is None:
        return False
    names = {record.model, shown_line(record.model), short_model(record)}
    return name in names or model_name(name) == record.model


def short_model(record: Record) -> str:
    """Return the last part of a transformer's name; empty for an encoder that reads none."""
    return Path(record.model).name if record.model else ""


def is_on_data(record: Record, name: str) -> bool:
    """Whether a record was measured on data: its name, its folder, or a checksum's beginning."""
    places = {name, str(Path(name).expanduser().resolve())}
    return record.data in places or has_checksum(record, name)
