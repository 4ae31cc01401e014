"""Folders for work in progress, which the next run removes if this one is killed."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from filelock import FileLock, Timeout

_LOCK = "lock"  # held as long as the run lives


@contextmanager
def scratch_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """Yield a new folder that goes afterwards; those of killed runs go first.

    Args:
        parent: Where it lies.
        prefix: How its name begins, and that of no other file there.
    """
    for folder in parent.glob(f"{prefix}*"):
        _remove_unless_held(folder)
    with TemporaryDirectory(dir=parent, prefix=prefix) as name, FileLock(Path(name) / _LOCK):
        folder = Path(name) / "files"
        folder.mkdir()
        yield folder


def _remove_unless_held(folder: Path) -> None:
    """Remove a folder that no living run holds, as far as the system lets us; follow no link."""
    if folder.is_symlink() or not folder.is_dir():
        return
    with suppress(Timeout, OSError), FileLock(folder / _LOCK, timeout=0):
        shutil.rmtree(folder, ignore_errors=True)
