"""Records on disk: a folder with one JSON file a record, each written whole or not at all."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, TypeVar

from pydantic import ValidationError

from harness.results.files import drop_leftovers, entries, last_words, unreserved, write_atomically
from harness.results.locks import locked
from harness.results.notices import notify
from harness.results.records.record import MIGRATED, SCHEMA_VERSION, Record
from harness.results.records.sealed import (
    AbsentRecordError,
    OccupiedError,
    UnreadableRecordError,
    read_json,
    seal,
    unseal,
)

DEFAULT_FOLDER = Path("runs")
"""Where records go, and are looked for, if nothing else is said."""

LOCK = ".lock"
"""The file in a folder of records that whoever changes a record in it holds."""

T = TypeVar("T")


class LaterRecordError(UnreadableRecordError):
    """A record is of a later version than this one can read."""


class ResultStore:
    """A folder of records.

    Args:
        folder: Made when it is opened, or the first record added.

    Attributes:
        named: The folder as it was named, for messages.
        folder: The same, wherever the working folder is.
    """

    def __init__(self, folder: Path) -> None:
        self.named, self.folder = folder, folder.absolute()

    def open(self) -> None:
        """Make the folder, and see whether files can be written in it.

        Raises:
            OSError: If they cannot.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._alone(), TemporaryFile(dir=self.folder):
            drop_leftovers(self.folder)

    def path(self, record: Record) -> Path:
        """Return the record's file: the same result measured again has the same one."""
        parts = [record.encoder, record.model, record.task, record.seed]
        words = "-".join(last_words(str(part)) for part in parts if part is not None)
        digest = hashlib.sha256(_key(record).encode()).hexdigest()[:12]
        return self.folder / unreserved(f"{words[:120]}-{digest}.json")

    def add(self, record: Record) -> None:
        """Write a record, in the place of the same result measured before.

        Raises:
            OSError: If the disk refuses; what was there before is left as it was.
            LaterRecordError: If what was there before is of a later version.
            OccupiedError: If what is there cannot be read, or is no plain file.
        """
        path = self.path(record)
        content = seal(record.model_dump_json())
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._alone():
            drop_leftovers(self.folder)
            _read_unless_damaged(path)
            write_atomically(path, content)

    @contextmanager
    def held(self, record: Record) -> Iterator[None]:
        """Hold a record's place, so that no two runs measure the same result."""
        locks = self.folder / ".locks"
        locks.mkdir(parents=True, exist_ok=True)
        with locked(locks / f"{self.path(record).stem}.lock"):
            yield

    def _alone(self) -> AbstractContextManager[None]:
        """Return the lock of whoever writes a record."""
        return locked(self.folder / LOCK)

    def find(self, record: Record) -> Record | None:
        """Return the record that this same version made of the same vectors, data and settings.

        None if there is none or a damaged one, one of something else, one without a digest, or if
        code or vectors cannot be shown to be the same. A notice names a damaged or misplaced one.

        Raises:
            LaterRecordError: If it is of a later version.
            OccupiedError: If it cannot be read, or is no plain file.
        """
        edited = (record.git_revision or "").endswith("+changes")
        if record.fingerprint is None or edited:
            return None
        found = _read_unless_damaged(self.path(record))
        if found is None or not found.is_sealed:
            return None
        if _key(found) != _key(record):
            notify(f"measured again: {self.path(record)} holds what belongs in {self.path(found)}")
            return None
        return found if _made_by(found) == _made_by(record) else None

    def read(self) -> list[Record]:
        """Return all records, oldest first; a notice names each file that is none.

        Raises:
            OSError: If the folder cannot be read.
        """
        records = read_each(self.folder, read_record)
        return sorted(records, key=lambda record: record.created)


def read_each(folder: Path, read: Callable[[Path], T]) -> list[T]:
    """Return what is read from each JSON file of a folder; a notice names each that is left out.

    Args:
        folder: Not its subfolders.
        read: Raises `UnreadableRecordError` for a file that is none.

    Raises:
        OSError: If the folder cannot be read.
    """
    found = []
    for path in entries(folder):
        try:
            if path.suffix == ".json":
                found.append(read(path))
        except UnreadableRecordError as error:
            notify(f"left out: {error}")
    return found


def _key(record: Record) -> str:
    """Return what a record is found by."""
    key: list[object] = [
        record.encoder,
        record.model,
        record.seed,
        record.task,
        record.task_settings,
        record.data_checksum,
        record.fingerprint,
    ]
    if record.training is not None:
        key.append(record.training.sources)
    return json.dumps(key, sort_keys=True)


def _made_by(record: Record) -> list[object]:
    """Return what made a record: code and settings."""
    settings = json.dumps(record.settings, sort_keys=True)
    return [settings, record.origin, record.versions, record.git_revision]


def read_record(path: Path) -> Record:
    """Read one record.

    Raises:
        UnreadableRecordError: If the file is no record, of a later version, or altered.
    """
    return parse_record(path, read_json(path))


def parse_record(path: Path, content: Any) -> Record:  # noqa: ANN401 - whatever JSON holds
    """Return the record that a file holds.

    Args:
        path: Where it is from.
        content: As `read_json` returns it.

    Raises:
        UnreadableRecordError: If it is no record, of a later version, or altered.
    """
    version = content.get("schema_version") if isinstance(content, dict) else None
    if isinstance(version, int | float) and version > SCHEMA_VERSION:
        msg = f"{path} was written by a later version (schema {version}): upgrade to read it"
        raise LaterRecordError(msg)
    content, is_sealed = unseal(path, content)
    if not is_sealed and version == SCHEMA_VERSION:  # those of version 1 have none
        raise UnreadableRecordError(f"{path} was altered: its digest is missing")
    try:
        record = Record.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise UnreadableRecordError(f"{path} is no record: {where}: {first['msg']}") from error
    return record.model_copy(update={"is_sealed": is_sealed and MIGRATED not in record.details})


def _read_unless_damaged(path: Path) -> Record | None:
    """Read one record; None if there is none or a damaged one, which a notice names.

    Raises:
        LaterRecordError: If it is of a later version.
        OccupiedError: If it cannot be read, or is no plain file.
    """
    try:
        return read_record(path)
    except (LaterRecordError, OccupiedError):
        raise
    except AbsentRecordError:
        return None
    except UnreadableRecordError as error:
        notify(f"measured again: {error}")
        return None
