"""Trained encoders on disk, found again by what they were trained from.

A checkpoint is a folder named by a key over the encoder's settings, its base model, the training
text and the seed; `Slot` says how it comes into its place.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from harness.checkpoints.manifest import (
    finished,
    is_finished,
    read_manifest,
    read_manifests,
)
from harness.checkpoints.slot import ELSEWHERE, Slot, drop_if_empty
from harness.errors import TrainingError, unwritable
from harness.keys.checkpoints import CheckpointKey, TrainedEncoder
from harness.machine.distributed import from_first_process
from harness.results.files import entries
from harness.results.locks import locked

Manifests: TypeAlias = dict[Path, dict[str, Any]]
"""What is recorded of each checkpoint, by its folder."""


class CheckpointStore:
    """A folder of checkpoints.

    Args:
        folder: Made when the first checkpoint is added.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def of_encoder(self, encoder: TrainedEncoder, model: str) -> Manifests:
        """Return what is recorded of an encoder's checkpoints, whatever the text and the limits.

        Args:
            encoder: The encoder.
            model: Its base model, as `model_name` names it.
        """
        return {
            folder: manifest
            for folder, manifest in finished(self.folder)
            if manifest["model"] == model and encoder.has_settings_of(manifest)
        }

    def manifest(self, digest: str) -> dict[str, Any] | None:
        """Return what is recorded of the checkpoint of a digest; None if there is none."""
        there = filter(is_finished, self._with_digest(digest))
        return next(map(read_manifest, there), None)

    def steps(self, digest: str) -> int | None:
        """Return for how many steps a checkpoint was trained; None if that is not known."""
        manifest = self.manifest(digest)
        steps = manifest["history"].get("steps") if manifest else None
        return steps if isinstance(steps, int) else None

    def manifests(self) -> list[dict[str, Any]]:
        """Return what is recorded of every finished checkpoint; unreadable ones are left out."""
        return read_manifests(self.folder)

    def has(self, key: CheckpointKey) -> bool:
        """Whether there is such a checkpoint, though it may be damaged."""
        return is_finished(self._place(key))

    def find(self, digest: str) -> Path | None:
        """Return the folder of the checkpoint of a digest; None if there is none."""
        return next(filter(is_finished, self._with_digest(digest)), None)

    def is_known(self, key: CheckpointKey) -> bool:
        """Whether there is such a checkpoint, or training of one has begun."""
        return is_finished(self._place(key)) or self._work(key).is_dir()

    @contextmanager
    def reserve(self, key: CheckpointKey, *, retrain: bool = False) -> Iterator[Slot]:
        """Hold a checkpoint's place for this run alone; wait while another run holds it.

        Its lock stays: a run that waits for it would otherwise hold a lock that nobody else sees.

        Args:
            key: Which checkpoint.
            retrain: Whether to train it even if it is there, see `Slot`.

        Raises:
            TrainingError: If the place cannot be used, or the checkpoint is damaged.
        """
        work = self._work(key)
        with ExitStack() as held:
            from_first_process(lambda: _hold(work, held))
            yield Slot(key, self._place(key), work, retrain=retrain)

    def _place(self, key: CheckpointKey) -> Path:
        """Return where the checkpoint lies, whatever words it was named with, or will lie."""
        there = self._with_digest(key.digest)
        if not there:
            there = [folder for folder, each in finished(self.folder) if key.describes(each)]
        return there[0] if there else self.folder / key.folder_name

    def _with_digest(self, digest: str) -> list[Path]:
        with _explained(self.folder):
            every = entries(self.folder)
        return [folder for folder in every if folder.name.endswith(f"-{digest}")]

    def _work(self, key: CheckpointKey) -> Path:
        return self.folder / ".training" / key.folder_name


def _hold(work: Path, held: ExitStack) -> None:
    """Take the lock of a work folder, and make the folder."""
    _make(work.parent)
    with _explained(work.parent):
        held.enter_context(locked(work.with_name(f"{work.name}.lock")))
    held.callback(drop_if_empty, work)
    _make(work)  # only now: whoever held the lock may have removed it


def _make(folder: Path) -> None:
    with _explained(folder):
        folder.mkdir(parents=True, exist_ok=True)


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        what = f"checkpoints cannot be kept in {folder}"
        raise TrainingError(unwritable(what, error, ELSEWHERE)) from error
