"""The records of a folder that a user means, with their files."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from harness.errors import RecordError, UnknownNameError
from harness.results.records.record import Record
from harness.results.records.stored import RecordFilter, StoredRecord, read_stored
from harness.studies.recorded_tasks import recorded_tasks


def find_stored(folder: str | Path, wanted: RecordFilter) -> list[StoredRecord]:
    """Return the records that are meant, newest first; a notice names each file that is none.

    Args:
        folder: Of the records.
        wanted: Which; its tasks may be suites.

    Raises:
        UnknownNameError: If a task is unknown.
        RecordError: If there is no folder, or no such record.
    """
    place = Path(folder)
    if not place.is_dir():
        raise RecordError(f"no folder {str(folder)!r}: harness eval writes records to one")
    every = read_stored(place)
    if not every:
        raise RecordError(f"no records in {str(folder)!r}: harness eval writes some")
    records = [stored.record for stored in every]
    wanted = replace(wanted, tasks=recorded_tasks(wanted.tasks, records))
    if unmet := wanted.unmet(records):
        kind, value = unmet
        raise UnknownNameError(
            kind, value, _known(kind, records), f"the records in {str(folder)!r}"
        )
    found = [stored for stored in every if wanted.admits(stored.record)]
    if not found:
        raise RecordError(f"no record in {str(folder)!r} is all that was asked for")
    return found


def _known(kind: str, records: Sequence[Record]) -> list[str]:
    """Return what the records have of one kind."""
    found = {str(getattr(record, kind)) for record in records}
    return sorted(found - {"None"})
