"""What lies beside trained weights: how they were trained, as JSON."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.errors import TrainingError

MANIFEST = "training.json"
"""Name of the file, written last: a checkpoint without it does not count."""


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return what is told of one checkpoint.

    Raises:
        TrainingError: If it cannot be read.
    """
    try:
        content: dict[str, Any] = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError) as error:
        msg = f"{folder / MANIFEST} cannot be read ({error}): train anew with --retrain"
        raise TrainingError(msg) from error
    return content


def read_manifests(folder: Path) -> list[dict[str, Any]]:
    """Return what is told of a folder's finished checkpoints; unreadable ones are left out."""
    return [manifest for _, manifest in finished(folder)]


def finished(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield the folder of each finished checkpoint that can be read, and what is told of it."""
    for path in sorted(folder.glob(f"*/{MANIFEST}")):
        try:
            yield path.parent, read_manifest(path.parent)
        except TrainingError:
            continue
