"""Train a checkpoint anew beside the old one, which stays until the new one takes its place.

A mark in the folder of what is kept for resuming says which checkpoint, if any, is being replaced.
Progress with another mark, or none, is not that of this retraining.
"""

import shutil
from pathlib import Path

from harness.checkpoints.manifest import MANIFEST

_MARK = "retraining"


def begin_anew(work: Path, place: Path) -> None:
    """Drop progress, unless a killed retraining of the checkpoint that is there now left it.

    Args:
        work: What is kept for resuming.
        place: Where the checkpoint lies, if there is one.

    Raises:
        OSError: If the disk refuses.
    """
    if is_under_way(work, place):
        return
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(exist_ok=True)
    (work / _MARK).write_text(_name(place), "ascii")


def is_under_way(work: Path, place: Path) -> bool:
    """Whether progress is that of a retraining that has not replaced the checkpoint yet."""
    mark = work / _MARK
    return mark.is_file() and mark.read_text("ascii", "replace") == _name(place)


def drop_if_empty(work: Path) -> None:
    """Remove the folder of what is kept for resuming if training never came to keep anything."""
    if work.is_dir() and {path.name for path in work.iterdir()} <= {_MARK}:
        shutil.rmtree(work, ignore_errors=True)


def put_in_place(new: Path, place: Path, aside: Path) -> None:
    """Rename a whole checkpoint into its place; an old one is lost only then.

    Args:
        new: The checkpoint's folder.
        place: Where it belongs.
        aside: Where the old one lies for the moment that two renames take.

    Raises:
        OSError: If the disk refuses; the old one is in its place then.
    """
    shutil.rmtree(aside, ignore_errors=True)
    if place.exists():
        place.rename(aside)
    try:
        new.rename(place)
    finally:
        clear_aside(place, aside)


def clear_aside(place: Path, aside: Path) -> None:
    """Put back the old checkpoint if no new one came into its place, else drop it."""
    if aside.is_dir() and not place.exists():
        aside.rename(place)
    shutil.rmtree(aside, ignore_errors=True)


def _name(place: Path) -> str:
    """Tell one checkpoint from another that is in the same place earlier or later."""
    try:
        found = (place / MANIFEST).stat()
    except OSError:
        return "none"
    return f"{found.st_ino} {found.st_mtime_ns}"
