"""One checkpoint's place in a store: found whole, or trained beside it and then put there.

A checkpoint is written beside its place and renamed when it is whole, ``training.json`` and all.
Until then an old one stays. A mark in the work folder says which checkpoint, if any, is being
replaced; progress with another mark, or none, is not that of this retraining.
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from harness.checkpoints.manifest import (
    MANIFEST,
    SCHEMA_VERSION,
    is_finished,
    read_manifest,
    whole,
)
from harness.checkpoints.replacement import clear_aside, put_in_place
from harness.data import checksums
from harness.errors import HarnessError, TrainingError, unwritable
from harness.keys.checkpoints import CheckpointKey
from harness.machine.boundary import Boundary, blaming
from harness.machine.distributed import from_first_process
from harness.machine.provenance import git_revision, versions
from harness.results.files import is_there, obey_umask, read_file, write_atomically
from harness.trainable import TrainableEncoder

ELSEWHERE = "name another folder with --records"
"""What mends a folder of checkpoints that cannot be written."""

_MARK = "retraining"


class Slot:
    """One checkpoint's place; `CheckpointStore.reserve` makes it and holds it for one run.

    Of several processes only the first reads and writes; all of them get the result.

    Args:
        key: Which checkpoint.
        place: Where it is or will be.
        work: Folder in which it is trained; what is in it is kept for resuming.
        retrain: Whether to train it even if it is there. Progress is then dropped, except that of
            an earlier retraining.

    Attributes:
        checkpoint: The checkpoint's folder, its files checked; None if it must be trained.

    Raises:
        TrainingError: If its files are no longer what training wrote, it is of another key, or the
            disk refuses.
    """

    def __init__(self, key: CheckpointKey, place: Path, work: Path, *, retrain: bool) -> None:
        self.work = work
        self._key = key
        self._place = place
        self._aside = work.with_name(f"{work.name}.old")
        self.checkpoint = from_first_process(self._begin_again if retrain else self._find)

    def keep(
        self,
        encoder: TrainableEncoder,
        history: Mapping[str, Any],
        boundary: Boundary | None = None,
    ) -> Path:
        """Save a trained encoder, put it in its place, and drop what was kept for resuming.

        Args:
            encoder: The encoder.
            history: What its training returned.
            boundary: What calls of the encoder pass; None for one of its own.

        Returns:
            The checkpoint's folder.

        Raises:
            TrainingError: If the disk refuses; a checkpoint that was there before stays.
            PluginError: If the encoder cannot be saved.
        """
        return from_first_process(lambda: self._keep(encoder, history, boundary or Boundary()))

    def _find(self) -> Path | None:
        with self._explained():
            self._clear()
            if not is_finished(self._place):
                return None
            found = whole(self._place)
            if not self._key.describes(read_manifest(found)):
                msg = f"checkpoint {found} must be what its name says, its {MANIFEST} says another"
                cure = "move it away, or train again with harness train --retrain"
                raise TrainingError(f"{msg}: {cure}")
            if not self._is_being_replaced():
                shutil.rmtree(self.work, ignore_errors=True)
            return found

    def _begin_again(self) -> Path | None:
        with self._explained():
            self._clear()
            if not self._is_being_replaced():
                shutil.rmtree(self.work, ignore_errors=True)
                self.work.mkdir(exist_ok=True)
                (self.work / _MARK).write_text(_identity(self._place), "ascii")
        return None

    def _clear(self) -> None:
        """Put back a checkpoint that a killed run set aside; refuse what is no folder."""
        clear_aside(self._place, self._aside)
        if is_there(self._place) and not self._place.is_dir():
            msg = f"checkpoint {self._place} must be a folder, got another kind: move it away"
            raise TrainingError(msg)

    def _is_being_replaced(self) -> bool:
        """Whether progress is that of a retraining that has not replaced the checkpoint yet."""
        mark = self.work / _MARK
        return is_there(mark) and read_file(mark) == _identity(self._place).encode()

    def _keep(
        self, encoder: TrainableEncoder, history: Mapping[str, Any], boundary: Boundary
    ) -> Path:
        new = self.work.with_name(f"{self.work.name}.new")
        try:
            with self._explained():
                shutil.rmtree(new, ignore_errors=True)
                new.mkdir(parents=True)
                self._write(new, encoder, history, boundary)
                put_in_place(new, self._place, self._aside)
        finally:
            shutil.rmtree(new, ignore_errors=True)
        shutil.rmtree(self.work, ignore_errors=True)
        return self._place

    def _write(
        self,
        new: Path,
        encoder: TrainableEncoder,
        history: Mapping[str, Any],
        boundary: Boundary,
    ) -> None:
        spec = self._key.encoder.spec
        save = partial(self._save, encoder, new.absolute())
        boundary.call_unlimited(f"encoder {spec!r} failed in save", save, HarnessError)
        with blaming(f"encoder {spec!r} cannot be made ready"):
            content = json.dumps(
                {
                    "schema_version": SCHEMA_VERSION,
                    **self._key.manifest(),
                    "history": dict(history),
                    "versions": versions(),
                    "git_revision": git_revision(),
                    "files": checksums(new),
                },
                indent=1,
            )
        write_atomically(new / MANIFEST, content.encode())

    def _save(self, encoder: TrainableEncoder, new: Path) -> None:
        with self._explained():
            encoder.save(new)
            obey_umask(new)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Say of what the disk refuses which checkpoint cannot be written."""
        try:
            yield
        except HarnessError:
            raise
        except Exception as error:
            if not isinstance(error, OSError) and "os error" not in str(error):  # Rust's libraries
                raise
            what = f"checkpoint {self._place} cannot be written"
            raise TrainingError(unwritable(what, error, ELSEWHERE)) from error


def drop_if_empty(work: Path) -> None:
    """Remove the folder of what is kept for resuming if training kept nothing in it."""
    if work.is_dir() and {path.name for path in work.iterdir()} <= {_MARK}:
        shutil.rmtree(work, ignore_errors=True)


def _identity(place: Path) -> str:
    """Return text that differs for a checkpoint in the same place earlier or later."""
    try:
        found = (place / MANIFEST).stat()
    except FileNotFoundError:
        return "none"
    return f"{found.st_ino} {found.st_mtime_ns}"
