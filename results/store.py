"""Records on disk: a folder with one JSON file a record, each written whole or not at all."""

import hashlib
import json
import re
from pathlib import Path

from pydantic import ValidationError

from results.records import SCHEMA_VERSION, Record

DEFAULT_FOLDER = Path("runs")
"""Where records go, and are looked for, if nothing else is said."""


class UnreadableRecordError(ValueError):
    """A file in the folder is no record that this version can read."""


class ResultStore:
    """A folder of records.

    Args:
        folder: Made when the first record is added.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, record: Record) -> Path:
        """Return the record's file: the same result measured again has the same one."""
        parts = [record.encoder, record.model, record.task, record.seed]
        words = "-".join(safe_name(str(part)) for part in parts if part is not None)
        key = [
            record.encoder,
            record.model,
            record.seed,
            record.task,
            record.task_settings,
            record.data_checksum,
            record.fingerprint,
        ]
        digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:12]
        return self.folder / f"{words[:120]}-{digest}.json"

    def find(self, record: Record) -> Record | None:
        """Return the record that this same version made of the same vectors, data and settings.

        None if there is none, or if code or vectors cannot be told to be the same.
        """
        path = self.path(record)
        edited = (record.git_revision or "").endswith("+changes")
        if record.fingerprint is None or edited or not path.is_file():
            return None
        found = read_record(path)
        same = (found.versions, found.git_revision) == (record.versions, record.git_revision)
        return found if same else None

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
        if isinstance(version, int) and version > SCHEMA_VERSION:
            msg = f"{path} was written by a later version (schema {version}): upgrade to read it"
            raise UnreadableRecordError(msg)
        return Record.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise UnreadableRecordError(f"{path} is no record: {where}: {first['msg']}") from error
    except (OSError, ValueError) as error:
        if isinstance(error, UnreadableRecordError):
            raise
        raise UnreadableRecordError(f"{path} is no record: {error}") from error


def safe_name(text: str) -> str:
    """Make text harmless in a file name: nothing in it can name another folder."""
    return re.sub(r"[^\w.=+,-]+", "_", Path(text).name if "/" in text else text).strip("._")
