"""Records on disk: a folder with one JSON file a record, each written whole or not at all."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

from filelock import FileLock
from pydantic import ValidationError

from harness.results.files import drop_leftovers, last_words, unreserved, write_atomically
from harness.results.records.record import SCHEMA_VERSION, Record

DEFAULT_FOLDER = Path("runs")
"""Where records go, and are looked for, if nothing else is said."""

_NAMES = f"*-{'[0-9a-f]' * 12}.json"  # reports and figures are written here too, without the lock


class UnreadableRecordError(ValueError):
    """A file in the folder is no record that this version can read."""


class LaterRecordError(UnreadableRecordError):
    """A record is of a later version than this one can read."""


class ResultStore:
    """A folder of records.

    Args:
        folder: Made when it is opened, or the first record added.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def open(self) -> None:
        """Make the folder, and see whether files can be written in it.

        Raises:
            OSError: If they cannot.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._alone(), TemporaryFile(dir=self.folder):
            drop_leftovers(self.folder, _NAMES)

    def path(self, record: Record) -> Path:
        """Return the record's file: the same result measured again has the same one."""
        parts = [record.encoder, record.model, record.task, record.seed]
        words = "-".join(last_words(str(part)) for part in parts if part is not None)
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
            key.append(record.training.texts)
        digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:12]
        return self.folder / unreserved(f"{words[:120]}-{digest}.json")

    def add(self, record: Record) -> None:
        """Write a record, in the place of the same result measured before.

        Raises:
            OSError: If the disk refuses; what was there before is left as it was.
            LaterRecordError: If what was there before is of a later version.
        """
        path = self.path(record)
        content = record.model_dump_json(indent=1).encode()
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._alone():
            drop_leftovers(self.folder, _NAMES)
            if path.exists():
                _read_unless_damaged(path)
            write_atomically(path, content)

    @contextmanager
    def held(self, record: Record) -> Iterator[None]:
        """Hold a record's place, so that no two runs measure the same result."""
        locks = self.folder / ".locks"
        locks.mkdir(parents=True, exist_ok=True)
        with FileLock(locks / f"{self.path(record).stem}.lock"):
            yield

    def _alone(self) -> FileLock:
        """Return the lock of whoever writes a record."""
        return FileLock(self.folder / ".lock")

    def find(self, record: Record) -> Record | None:
        """Return the record that this same version made of the same vectors, data and settings.

        None if there is none or a damaged one, or if code or vectors cannot be shown to be
        the same.

        Raises:
            LaterRecordError: If it is of a later version.
        """
        path = self.path(record)
        edited = (record.git_revision or "").endswith("+changes")
        if record.fingerprint is None or edited or not path.is_file():
            return None
        found = _read_unless_damaged(path)
        now = (record.versions, record.git_revision)
        return found if found and (found.versions, found.git_revision) == now else None

    def read(self) -> list[Record]:
        """Return all records, oldest first.

        Raises:
            UnreadableRecordError: If a file is no record, or of a later version.
        """
        records = [read_record(path) for path in sorted(self.folder.glob("*.json"))]
        return sorted(records, key=lambda record: record.created)


def read_record(path: Path) -> Record:
    """Read one record.

    Raises:
        UnreadableRecordError: If the file is no record, or of a later version.
    """
    try:
        content = json.loads(path.read_bytes())
        version = content.get("schema_version") if isinstance(content, dict) else None
        if isinstance(version, int | float) and version > SCHEMA_VERSION:
            msg = f"{path} was written by a later version (schema {version}): upgrade to read it"
            raise LaterRecordError(msg)
        return Record.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise UnreadableRecordError(f"{path} is no record: {where}: {first['msg']}") from error
    except (OSError, ValueError, RecursionError) as error:
        if isinstance(error, UnreadableRecordError):
            raise
        raise UnreadableRecordError(f"{path} is no record: {error}") from error


def _read_unless_damaged(path: Path) -> Record | None:
    """Read one record; None if it is none. One of a later version is refused."""
    try:
        return read_record(path)
    except LaterRecordError:
        raise
    except UnreadableRecordError:
        return None
