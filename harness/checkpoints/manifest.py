"""What lies beside trained weights: how they were trained, as JSON."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from harness.data import checksum, first_difference
from harness.errors import TrainingError, first_line
from harness.results.files import entries, is_there, read_file
from harness.results.notices import notify
from harness.results.records.model_names import model_name

MANIFEST = "training.json"
"""Name of the file, written last: a checkpoint without it does not count."""

SCHEMA_VERSION = 2
"""Version of the file that is written; those of before it was written are version 1."""


class _History(BaseModel):
    """What training reports: anything, but this."""

    runtime: dict[str, Any] = {}


class _Dev(BaseModel):
    """On which scores the weights were picked."""

    task: str
    sha256: str
    metric: str = "spearman"
    settings: dict[str, Any] = {}


class _Manifest(BaseModel):
    """What every ``training.json`` has."""

    schema_version: int = Field(default=1, ge=1)
    spec: str
    settings: dict[str, Any] = {}
    origin: str = ""
    model: str
    corpus_sha256: str
    seed: int
    dev: _Dev | None = None
    history: _History
    files: dict[str, str]


def is_finished(folder: Path) -> bool:
    """Whether a folder is that of a finished checkpoint, though it may be damaged.

    Raises:
        TrainingError: If that cannot be seen.
    """
    try:
        if folder.is_symlink():
            folder.stat()  # what it leads to may be away, and is not absent then
        return is_there(folder / MANIFEST)
    except OSError as error:
        raise _unreadable(folder, error) from error


def _unreadable(what: str | Path, error: OSError) -> TrainingError:
    cure = "mend that, or move the checkpoint away"
    return TrainingError(f"{what} cannot be read ({error.strerror or error}): {cure}")


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return what is recorded of one checkpoint.

    Raises:
        TrainingError: If it cannot be read, or is of a later version.
    """
    path = folder / MANIFEST
    try:
        content: dict[str, Any] = json.loads(read_file(path))
        version = _Manifest.model_validate(content).schema_version
    except OSError as error:
        raise _unreadable(path, error) from error
    except (ValueError, RecursionError) as error:
        reason = first_line(error)
        if isinstance(error, ValidationError):
            reason = ".".join(map(str, error.errors()[0]["loc"])) or "no object"
        msg = f"{path} cannot be read ({reason}): train again with harness train --retrain"
        raise TrainingError(msg) from error
    if version > SCHEMA_VERSION:
        msg = f"{path} was written by a later version (schema {version}): upgrade to read it"
        raise TrainingError(msg)
    return {**content, "model": model_name(content["model"])}


def whole(folder: Path) -> Path:
    """Return a checkpoint's folder: exactly the files that training wrote, each checked.

    See `first_difference`: a file more, such as one of a tokenizer, can change the vectors too.

    Raises:
        TrainingError: If a file is missing, changed, unreadable, or not of this checkpoint.
    """
    expected = read_manifest(folder)["files"]
    try:
        found = first_difference(folder, {**expected, MANIFEST: checksum(folder / MANIFEST)})
    except OSError as error:
        raise _unreadable(error.filename, error) from error
    if found is None:
        return folder
    cure = "or train again with harness train --retrain"
    if found in expected:
        what = f"checkpoint file {folder / found} is not what training wrote"
        raise TrainingError(f"{what}: restore it, {cure}")
    what = f"checkpoint {folder} must hold only what training wrote, got {found!r}"
    raise TrainingError(f"{what}: remove it, {cure}")


def read_manifests(folder: Path) -> list[dict[str, Any]]:
    """Return what is recorded of a folder's finished checkpoints, as `finished` does."""
    return [manifest for _, manifest in finished(folder)]


def finished(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield the folder and the record of each finished checkpoint.

    A notice names each that cannot be read and is left out.
    """
    try:
        there = entries(folder)
    except OSError as error:
        notify(f"left out: checkpoints of {folder}, which cannot be read ({error.strerror})")
        return
    for path in there:
        try:
            if is_finished(path):
                yield path, read_manifest(path)
        except TrainingError as error:
            notify(f"left out: {error}")
