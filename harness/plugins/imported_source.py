"""What source a module was imported from: its file may have been edited since.

A finder that finds nothing itself notes the source of each module that is about to be imported,
the standard library's and installed packages' left out. It is in place once `harness` is imported.
"""

import hashlib
import os
import secrets
import sys
import sysconfig
import time
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from typing_extensions import override

_TICK_SECONDS = 0.01  # how exactly Linux knows when a process began: before it could import


class Source(NamedTuple):
    """Source as it was run."""

    file: str
    content: bytes


_noted: dict[str, Source] = {}
_unknown: dict[tuple[str, Path], str] = {}
_PACKAGES = {"site-packages", "dist-packages"}
_INSTALLED = {
    Path(path).resolve()
    for name, path in sysconfig.get_paths().items()
    if name in {"stdlib", "platstdlib", "purelib", "platlib"}
}


class _Noter(MetaPathFinder):
    """Comes before all other finders, and leaves the finding to them."""

    @override
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        top = fullname.partition(".")[0]
        within = next(iter(path or ()), "")
        if top not in sys.stdlib_module_names and not (within and is_installed(Path(within))):
            _note(fullname, PathFinder.find_spec(fullname, path))
        return None


def watch_imports() -> None:
    """Note from now on what is imported."""
    if not any(isinstance(finder, _Noter) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Noter())


def note_source(name: str, file: Path, content: bytes) -> None:
    """Note the source that a module is run from."""
    _noted[name] = Source(str(file), content)


def is_installed(path: Path) -> bool:
    """Whether a file or folder is the standard library's, or of an installed package."""
    if not _PACKAGES.isdisjoint(path.parts):
        return True
    return not _INSTALLED.isdisjoint(path.resolve().parents)


def imported_content(name: str, file: Path) -> bytes | None:
    """Return the source that a module was imported from; None if that is not known.

    It is what was noted, or else what is in its file, unless that was written after the process
    began, or an installed package's after `harness` was imported: the module may be from before.

    Args:
        name: Of the module.
        file: Its file.

    Raises:
        OSError: If the file cannot be read.
    """
    noted = _noted.get(name)
    if noted is not None and noted.file == str(file):
        return noted.content
    found = file.stat()
    began = _WATCHED if is_installed(file) else _STARTED + _TICK_SECONDS
    return file.read_bytes() if max(found.st_mtime, found.st_ctime) <= began else None


def imported_checksum(name: str, file: Path) -> str:
    """Return the checksum of the source that a module was imported from, in hexadecimal.

    Where that is not known it is another one in each process, so that nothing is found again.

    Args:
        name: Of the module.
        file: Its file.

    Raises:
        OSError: If the file cannot be read.
    """
    content = imported_content(name, file)
    if content is None:
        return _unknown.setdefault((name, file), secrets.token_hex(32))
    return hashlib.sha256(content).hexdigest()


def _note(name: str, spec: ModuleSpec | None) -> None:
    if spec is None or not spec.has_location or is_installed(Path(spec.origin or "")):
        return
    try:
        _noted[name] = Source(str(spec.origin), Path(spec.origin or "").read_bytes())
    except OSError:  # whoever imports it will see
        _noted.pop(name, None)


def _process_start() -> float:
    """Return when this process began, in seconds since the epoch; 0 where that is not known."""
    try:
        fields = Path("/proc/self/stat").read_text("ascii", "replace").rpartition(")")[2].split()
        began = int(fields[19]) / os.sysconf("SC_CLK_TCK")
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - began
    except (OSError, AttributeError, ValueError, IndexError):
        return 0.0
    return time.time() - max(0.0, age)


_WATCHED = time.time()
_STARTED = _process_start()
