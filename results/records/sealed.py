"""Sealed files: JSON with a digest of its own content, which is checked when it is read."""

import hashlib
import json
from pathlib import Path
from typing import Any

from harness.results.files import drop_leftovers, is_there, read_file, write_atomically

_DIGEST = "digest"


class UnreadableRecordError(ValueError):
    """A file in the folder is no record that this version can read."""


class AbsentRecordError(UnreadableRecordError):
    """There is no such file."""


class OccupiedError(UnreadableRecordError):
    """What is in a record's place cannot be read, so it must not be replaced either."""


def seal(content: str) -> bytes:
    """Return a JSON object with a digest of the rest of it, as a file holds it.

    Args:
        content: The object, without a digest.
    """
    values = json.loads(content)
    return json.dumps({**values, _DIGEST: _digest(values)}, indent=1, ensure_ascii=False).encode()


def write_sealed(path: Path, content: str) -> None:
    """Write a JSON object with its digest; what is there and cannot be read is not replaced.

    Args:
        path: Where to.
        content: The object, without a digest.

    Raises:
        OSError: If the disk refuses; what was there before is left as it was.
        OccupiedError: If what is there cannot be read, or is no plain file.
    """
    _read(path)
    drop_leftovers(path.parent)
    write_atomically(path, seal(content))


def read_json(path: Path) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Return what a JSON file holds.

    Raises:
        OccupiedError: If it cannot be read, or is no plain file.
        AbsentRecordError: If there is none.
        UnreadableRecordError: If it is no JSON.
    """
    content = _read(path)
    if content is None:
        raise AbsentRecordError(f"{path} is no record: there is no such file")
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise UnreadableRecordError(f"{path} is no record: {error}") from error


def _read(path: Path) -> bytes | None:
    """Return what is in a file, None if there is none.

    Raises:
        OccupiedError: If it cannot be read, or is no plain file.
    """
    try:
        return read_file(path) if is_there(path) else None
    except OSError as error:
        raise OccupiedError(f"{path} cannot be read: {error.strerror or error}") from error


def unseal(path: Path, content: Any) -> tuple[Any, bool]:  # noqa: ANN401 - whatever JSON holds
    """Return content without its digest, and whether it had one: 0.1.0 wrote none.

    Args:
        path: Where it is from.
        content: As `read_json` returns it.

    Raises:
        UnreadableRecordError: If the content is not what was written.
    """
    if not isinstance(content, dict) or _DIGEST not in content:
        return content, False
    values = {name: value for name, value in content.items() if name != _DIGEST}
    try:
        is_whole = content[_DIGEST] == _digest(values)
    except RecursionError:  # nested just not too deep to be read
        is_whole = False
    if not is_whole:
        raise UnreadableRecordError(f"{path} was altered: its content does not fit its digest")
    return values, True


def _digest(values: dict[str, Any]) -> str:
    canonical = json.dumps(values, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
