"""The folder of the records, as an evaluation uses it: errors in one line, with the cure."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from harness.errors import HarnessError, RecordError, unwritable
from harness.results.locks import LockError
from harness.results.records.record import Record
from harness.results.records.sealed import OccupiedError, UnreadableRecordError
from harness.results.records.store import ResultStore


def open_store(out: str | Path | None) -> ResultStore | None:
    """Open the folder of the records before hours of work: later would be late to learn of it.

    Raises:
        RecordError: If no files can be written in it.
    """
    if out is None:
        return None
    store = ResultStore(Path(out))
    with writing(store.named):
        store.open()
    return store


@contextmanager
def held(store: ResultStore | None, record: Record) -> Iterator[None]:
    """Hold a record's place, if there is a store, so that no two runs measure it.

    Raises:
        RecordError: If no record can be written there.
        HarnessError: If this one's place cannot be had, such as from another run.
    """
    with ExitStack() as held:
        if store is not None:
            with writing(store.named):
                try:
                    held.enter_context(store.held(record))
                except LockError as error:
                    raise HarnessError(str(error)) from error
        yield


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Explain what keeps a record from being written, or an older one from being replaced.

    Raises:
        RecordError: If no other record could be written either, or must be.
        HarnessError: If only this record's place cannot be used.
    """
    try:
        yield
    except OSError as error:
        what = f"records cannot be written to {folder}"
        raise RecordError(unwritable(what, error, "name another folder with --records")) from error
    except OccupiedError as error:
        raise HarnessError(f"{error}: move it away") from error
    except UnreadableRecordError as error:
        raise RecordError(f"{error}, or name another folder with --records") from error
