"""Trained encoders on disk, found again by what they were trained from.

A checkpoint is a folder named by a key over the encoder's settings, its base model, the training
text and the seed. It is written beside its place and renamed when it is whole, ``training.json``
and all.
"""

import dataclasses
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock

from harness.checkpoints.key import CheckpointKey
from harness.checkpoints.manifest import (
    MANIFEST,
    SCHEMA_VERSION,
    finished,
    read_manifest,
    read_manifests,
)
from harness.checkpoints.replacement import (
    begin_anew,
    clear_aside,
    drop_if_empty,
    is_under_way,
    put_in_place,
)
from harness.data import checksum
from harness.errors import TrainingError, blaming, unwritable
from harness.machine.distributed import is_first_process
from harness.machine.provenance import git_revision, versions
from harness.results.files import write_atomically
from harness.trainable import TrainableEncoder

_ELSEWHERE = "name another folder with --out"


class CheckpointStore:
    """A folder of checkpoints.

    Args:
        folder: Made when the first checkpoint is added.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, key: CheckpointKey) -> Path | None:
        """Return the checkpoint's folder, or None if there is none.

        Raises:
            TrainingError: If its files are no longer what training wrote.
        """
        folder = self._place(key)
        return self.whole(folder) if (folder / MANIFEST).is_file() else None

    def whole(self, folder: Path) -> Path:
        """Return a checkpoint's folder, its files checked.

        Raises:
            TrainingError: If its files are no longer what training wrote.
        """
        for name, expected in self.manifest(folder)["files"].items():
            if not (folder / name).is_file() or checksum(folder / name) != expected:
                raise TrainingError(
                    f"checkpoint file {folder / name} is not what training wrote:"
                    " restore it, or train anew with harness train --retrain"
                )
        return folder

    def matching(self, wanted: Mapping[str, Any]) -> list[Path]:
        """Return the folders of the checkpoints whose ``training.json`` has these values."""
        # as JSON, which knows no tuples
        values = json.loads(json.dumps(dict(wanted)))
        return [
            folder
            for folder, manifest in finished(self.folder)
            if all(manifest.get(name) == value for name, value in values.items())
        ]

    def manifest(self, folder: Path) -> dict[str, Any]:
        """Return what is told of a checkpoint, see `read_manifest`."""
        return read_manifest(folder)

    def steps(self, digest: str) -> int | None:
        """Return for how many steps a checkpoint was trained; None if that is not known."""
        for path in self.folder.glob(f"*-{digest}/{MANIFEST}"):
            steps = self.manifest(path.parent).get("history", {}).get("steps")
            return steps if isinstance(steps, int) else None
        return None

    def manifests(self) -> list[dict[str, Any]]:
        """Return what is told of every finished checkpoint; unreadable ones are left out."""
        return read_manifests(self.folder)

    def is_known(self, key: CheckpointKey) -> bool:
        """Whether there is such a checkpoint, or training of one has begun."""
        return (self._place(key) / MANIFEST).is_file() or self._work(key).is_dir()

    @contextmanager
    def working_folder(self, key: CheckpointKey) -> Iterator[Path]:
        """Yield the folder in which this checkpoint is being trained, held by this run alone.

        If nothing was kept in it, it is removed. Its lock stays: who waits for it would hold a
        lock that nobody else sees.

        Raises:
            TrainingError: If it cannot be made.
        """
        work = self._work(key)
        _make(work.parent)
        if not is_first_process():
            _make(work)
            yield work
            return
        with FileLock(work.with_name(f"{work.name}.lock")):
            _make(work)  # only now: whoever held the lock may have removed it
            clear_aside(self._place(key), self._aside(key))
            try:
                yield work
            finally:
                drop_if_empty(work)

    def begin_anew(self, key: CheckpointKey) -> None:
        """Make sure that training a checkpoint starts anew, or goes on from where that began.

        The checkpoint that there is stays until `add`.

        Raises:
            TrainingError: If the disk refuses.
        """
        try:
            begin_anew(self._work(key), self._place(key))
        except OSError as error:
            raise _unwritable(self._place(key), error) from error

    def add(
        self, key: CheckpointKey, encoder: TrainableEncoder, history: Mapping[str, Any]
    ) -> Path:
        """Save a trained encoder.

        Raises:
            TrainingError: If the disk refuses; a checkpoint that was there before stays.
            PluginError: If the encoder cannot be saved.
        """
        folder = self._place(key)
        unfinished = self._work(key).with_name(f"{key.folder_name}.new")
        try:
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir(parents=True)
            self._write(unfinished, key, encoder, history)
            put_in_place(unfinished, folder, self._aside(key))
        except OSError as error:
            raise _unwritable(folder, error) from error
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
        return folder

    def _write(
        self,
        folder: Path,
        key: CheckpointKey,
        encoder: TrainableEncoder,
        history: Mapping[str, Any],
    ) -> None:
        with blaming(f"encoder {key.spec!r} failed in save"):
            try:
                encoder.save(folder)
            except Exception as error:
                if isinstance(error, OSError) or "os error" in str(error):  # Rust's libraries
                    raise _unwritable(self._place(key), error) from error
                raise
        paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
        manifest = {
            "schema_version": SCHEMA_VERSION,
            **dataclasses.asdict(key),
            "history": dict(history),
            "versions": versions(),
            "git_revision": git_revision(),
            "files": {path.relative_to(folder).as_posix(): checksum(path) for path in paths},
        }
        write_atomically(folder / MANIFEST, json.dumps(manifest, indent=1).encode())

    def forget_progress(self, key: CheckpointKey) -> None:
        """Drop what was kept for resuming, unless a retraining goes on from it."""
        if not is_under_way(self._work(key), self._place(key)):
            shutil.rmtree(self._work(key), ignore_errors=True)

    def _place(self, key: CheckpointKey) -> Path:
        """Return where the checkpoint lies, whatever words it was named with, or will lie."""
        there = sorted(self.folder.glob(f"*-{key.digest}"))
        return there[0] if there else self.folder / key.folder_name

    def _work(self, key: CheckpointKey) -> Path:
        return self.folder / ".training" / key.folder_name

    def _aside(self, key: CheckpointKey) -> Path:
        return self._work(key).with_name(f"{key.folder_name}.old")


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"checkpoints cannot be kept in {folder}"
        raise TrainingError(unwritable(what, error, _ELSEWHERE)) from error


def _unwritable(folder: Path, error: Exception) -> TrainingError:
    return TrainingError(unwritable(f"checkpoint {folder} cannot be written", error, _ELSEWHERE))
