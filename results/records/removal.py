"""Remove records from their folder, and nothing else."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from harness.results.locks import locked
from harness.results.notices import notify
from harness.results.records.sealed import UnreadableRecordError
from harness.results.records.store import LOCK, read_record
from harness.results.records.stored import StoredRecord


def remove_records(folder: Path, stored: Sequence[StoredRecord]) -> list[StoredRecord]:
    """Remove records under their folder's lock; return those that are gone.

    A file that holds another record by now, such as one that was measured again, is left, and a
    notice names it.

    Raises:
        OSError: If the disk refuses; the records before it are gone.
    """
    removed = []
    with locked(folder.absolute() / LOCK):
        for each in stored:
            if _is_as_it_was(each):
                each.path.unlink()
                removed.append(each)
            else:
                notify(f"left: {each.path} holds another record by now")
    return removed


def _is_as_it_was(stored: StoredRecord) -> bool:
    with suppress(UnreadableRecordError):
        return read_record(stored.path) == stored.record
    return False
