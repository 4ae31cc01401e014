"""Folders for work in progress, which the next run removes if this one is killed."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.results.locks import locked

DOWNLOADS = ".downloads"
"""Folder in a data folder where downloads are kept until they are whole."""

_UNPACKED, _IMPORTED = "tmp", ".import-"  # how names begin of what is unpacked on the way
_LOCK = "lock"  # in each of them, held as long as the run lives


@contextmanager
def fetch_folder(root: Path) -> Iterator[Path]:
    """Yield a folder in the folder of downloads, which goes afterwards."""
    with _scratch(root / DOWNLOADS, _UNPACKED) as folder:
        yield folder


@contextmanager
def import_folder(root: Path) -> Iterator[Path]:
    """Yield a folder in the data folder, which goes afterwards."""
    with _scratch(root, _IMPORTED) as folder:
        yield folder


def remove_leftovers(root: Path) -> None:
    """Remove the folders that killed runs left in a data folder, not those of living ones."""
    for parent, prefix in ((root, _IMPORTED), (root / DOWNLOADS, _UNPACKED)):
        if not parent.is_symlink():
            for folder in parent.glob(f"{prefix}*"):
                _remove_unless_held(folder)


@contextmanager
def _scratch(parent: Path, prefix: str) -> Iterator[Path]:
    with TemporaryDirectory(dir=parent, prefix=prefix) as name, locked(Path(name) / _LOCK):
        folder = Path(name) / "files"
        folder.mkdir()
        yield folder


def _remove_unless_held(folder: Path) -> None:
    """Remove a folder that no living run holds, as far as the system lets us; follow no link."""
    if folder.is_symlink() or not folder.is_dir():
        return
    with suppress(OSError), locked(folder / _LOCK, wait=False):
        shutil.rmtree(folder, ignore_errors=True)
