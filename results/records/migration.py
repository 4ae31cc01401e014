"""Write older records anew in the present schema, the originals kept and every score the same.

Of each record the original is copied to the folder ``originals`` first, then the new one takes its
place in one step. A run that is killed in between has lost nothing, and the next one resumes.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from harness.results.files import entries, is_there, read_file, write_atomically
from harness.results.locks import locked
from harness.results.records.record import MIGRATED, SCHEMA_VERSION, Record
from harness.results.records.sealed import UnreadableRecordError, seal
from harness.results.records.store import LOCK, ResultStore, parse_record, read_record

ORIGINALS = "originals"
"""Folder in a folder of records where the originals of migrated ones are kept."""


@dataclass(frozen=True)
class Migration:
    """What became of one older record.

    Attributes:
        path: Its file.
        target: The file of the new record; None if there is none.
        reason: Why there is none; names the file.
    """

    path: Path
    target: Path | None = None
    reason: str = ""


class _UnlikeError(Exception):
    """A record cannot be written anew: the new one would not be the same."""


def migrate_records(folder: Path, *, dry_run: bool = False) -> list[Migration]:
    """Write the older records of a folder anew, and return what became of each.

    Records of the present schema are left alone. So is what cannot be migrated: what is no record
    that can be read, and a result that was measured again since.

    Args:
        folder: Of the records.
        dry_run: Whether to write nothing and return what would become of each.

    Raises:
        OSError: If the folder cannot be read, or the disk refuses; no record is lost.
    """
    folder = folder.absolute()
    with nullcontext() if dry_run else locked(folder / LOCK):
        return list(_migrations(folder, dry_run=dry_run))


def _migrations(folder: Path, *, dry_run: bool) -> Iterator[Migration]:
    taken: set[Path] = set()
    for path in entries(folder):
        if path.suffix != ".json":
            continue
        try:
            record = read_record(path)
            if record.schema_version == SCHEMA_VERSION:
                continue
            target = ResultStore(folder).path(record)
            content = _renewed(path, record)
            if target in taken or _is_other(target, path, content):
                msg = f"{path}: the same result lies in {target.name}, remove one of them"
                raise _UnlikeError(msg)  # noqa: TRY301 - named as the others are
        except (UnreadableRecordError, _UnlikeError) as error:
            yield Migration(path, reason=str(error))
            continue
        taken.add(target)
        if not dry_run:
            _replace(path, target, content)
        yield Migration(path, target)


def _renewed(path: Path, record: Record) -> bytes:
    """Return the content of the new file.

    The values that the old one has stay as they are written there: a model's folder may be named
    from another working folder than this one.

    Raises:
        _UnlikeError: If what is read of it would differ from what is read of the old one.
    """
    old = json.loads(read_file(path))
    details = {**record.details, MIGRATED: record.schema_version}
    changed = {"schema_version": SCHEMA_VERSION, "details": details}
    written = json.loads(record.model_dump_json())
    content = seal(json.dumps({**written, **old, **changed}))
    found = parse_record(path, json.loads(content))
    expected = record.model_copy(update=changed)
    if found != expected:
        fields = type(record).model_fields
        unlike = [name for name in fields if getattr(found, name) != getattr(expected, name)]
        raise _UnlikeError(f"{path}: the new record would have another {', '.join(unlike)}")
    return content


def _is_other(target: Path, path: Path, content: bytes) -> bool:
    """Whether the place of a new record is taken by another than a killed run left there."""
    return target != path and is_there(target) and read_file(target) != content


def _replace(path: Path, target: Path, content: bytes) -> None:
    """Keep a record's original, write the new one, and only then remove the old one."""
    original = read_file(path)
    write_atomically(_place(path, original), original)
    write_atomically(target, content)
    if target != path:
        path.unlink()


def _place(path: Path, original: bytes) -> Path:
    """Return where an original is kept: under another name if that is taken by another."""
    place = path.parent / ORIGINALS / path.name
    if is_there(place) and read_file(place) != original:
        return place.with_stem(f"{place.stem}-{hashlib.sha256(original).hexdigest()[:12]}")
    return place
