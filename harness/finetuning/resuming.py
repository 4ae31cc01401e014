"""What a killed training run resumes from: checkpoints of `Trainer` that were written whole."""

import shutil
from pathlib import Path

_MARK = "complete"  # written last: a checkpoint without it was cut off


def resume_point(folder: Path) -> Path | None:
    """Return the newest whole checkpoint in a folder, or None if there is none."""
    whole = [path.parent for path in folder.glob(f"checkpoint-*/{_MARK}")]
    return max(whole, key=_step, default=None)


def best_folder(folder: Path, step: int) -> Path:
    """Return where the weights of a step are kept that scored best so far."""
    return folder / f"best-{step}"


def commit(folder: Path, step: int, best_step: int | None) -> None:
    """Declare the checkpoint of a step whole, and drop all others.

    Args:
        folder: Where they lie.
        step: The checkpoint's step.
        best_step: The step whose weights score best; weights of other steps are dropped too.
    """
    checkpoint = folder / f"checkpoint-{step}"
    (checkpoint / _MARK).touch()
    kept = {checkpoint, best_folder(folder, best_step or 0)}
    for path in [*folder.glob("checkpoint-*"), *folder.glob("best-*")]:
        if path not in kept:
            shutil.rmtree(path, ignore_errors=True)


def _step(checkpoint: Path) -> int:
    return int(checkpoint.name.rpartition("-")[2])
