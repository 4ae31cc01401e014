"""Checksums of files that no publisher names: recorded when first taken, compared ever after."""

import json
from pathlib import Path

from harness.errors import HarnessError
from harness.results.files import is_there, read_file, write_atomically

FILE = "first-checksums.json"


def pinned(root: Path) -> dict[str, str]:
    """Return the recorded checksums by a file's place in the data folder.

    Raises:
        HarnessError: If they cannot be read.
    """
    path = root / FILE
    try:
        content = json.loads(read_file(path)) if is_there(path) else {}
    except (OSError, ValueError, RecursionError) as error:
        cause = getattr(error, "strerror", None) or "no JSON"
        msg = f"recorded checksums {path} cannot be read ({cause}): mend that, or remove it"
        raise HarnessError(msg) from error
    if not isinstance(content, dict):
        raise HarnessError(f"recorded checksums {path} must be a JSON object: remove it")
    return {place: str(sha256) for place, sha256 in content.items()}


def pin(root: Path, place: str, sha256: str) -> None:
    """Record the checksum of a file that was taken for the first time.

    Raises:
        HarnessError: If those recorded before cannot be read.
    """
    known = pinned(root)
    if place not in known:
        content = json.dumps({**known, place: sha256}, indent=1, sort_keys=True)
        write_atomically(root / FILE, content.encode())
