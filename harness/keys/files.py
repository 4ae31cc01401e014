"""The files that a key covers: their checksum, and whether they are still as they were."""

import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, TypeAlias

from harness.data import checksum
from harness.errors import HarnessError


class FileState(NamedTuple):
    """What differs, without reading it, once a file was written or replaced.

    Attributes:
        name: Its place, with forward slashes.
        size: In bytes.
        written: Time of the last write, in nanoseconds; whoever writes can set it back.
        changed: Time of the last change of any kind, in nanoseconds.
        number: Of the file itself, whatever its name.
        same_as: The first name of a folder that has several; nothing else is stated of it.
    """

    name: str
    size: int = 0
    written: int = 0
    changed: int = 0
    number: int = 0
    same_as: str = ""


Stamp: TypeAlias = tuple[FileState, ...]
"""The states of all files that a key covers, sorted by name."""


def stamp_files(place: Path, *, counts: Callable[[Path], bool] = lambda path: True) -> Stamp:
    """Return the states of all files in a folder and the folders in it, or of one file.

    Links are followed, those to one folder once.

    Args:
        place: A folder or file.
        counts: Whether a file or folder in it counts; of a folder that does not, no file does.

    Raises:
        HarnessError: If what counts cannot be read, is neither file nor folder, or is a link to a
            folder that it is in.
    """
    return tuple(_Walk(place, counts).states(place))


@lru_cache(maxsize=64)
def hash_files(place: Path, stamp: Stamp) -> str:
    """Return one checksum over files, in hexadecimal.

    Args:
        place: The folder or file that `stamp` is of.
        stamp: As `stamp_files` returned it.

    Raises:
        HarnessError: If a file cannot be read, or is no longer in the state of its stamp.
    """
    digest = hashlib.sha256()
    for state in stamp:
        path = place / state.name
        with _reading(path):
            content = f"as {state.same_as}" if state.same_as else checksum(path)
        digest.update(f"{state.name} {content}\n".encode("utf-8", "surrogateescape"))
        if not state.same_as and _state(path, state.name) != state:
            raise HarnessError(f"{path} changed while it was read: start the run again")
    return digest.hexdigest()


def require_unchanged(what: str, before: Stamp, now: Stamp) -> None:
    """Refuse files that are no longer those that a checksum is of.

    Args:
        what: What the files are, for the message.
        before: Of the files before they were read.
        now: Of the files after they were read.

    Raises:
        HarnessError: If they differ; names one file.
    """
    if now != before:
        name = min(state.name for state in {*before} ^ {*now})
        file = "" if name == "." else f", {name} did not"
        raise HarnessError(f"{what} must stay as they are during a run{file}: start it again")


class _Walk:
    """One walk through a folder.

    Args:
        root: What names are relative to.
        counts: As `stamp_files` takes it.
    """

    def __init__(self, root: Path, counts: Callable[[Path], bool]) -> None:
        self._root = root
        self._counts = counts
        self._names: dict[Path, str] = {}

    def states(self, path: Path, inside: tuple[Path, ...] = ()) -> Iterator[FileState]:
        """Yield the states of a file, or of all files in a folder.

        Args:
            path: The file or folder.
            inside: The folders that it is in, links resolved.
        """
        name = path.relative_to(self._root).as_posix()
        mode = _stat(path).st_mode
        if stat.S_ISREG(mode):
            yield _state(path, name)
            return
        if not stat.S_ISDIR(mode):
            raise _refusal(path, "a special file")
        folder = path.resolve()
        if folder in inside:
            raise _refusal(path, f"a link to {folder}, which it is in")
        if folder in self._names:
            yield FileState(name, same_as=self._names[folder])
            return
        self._names[folder] = name
        with _reading(path):
            parts = sorted(path.iterdir())
        for part in filter(self._counts, parts):
            yield from self.states(part, (*inside, folder))


def _state(path: Path, name: str) -> FileState:
    found = _stat(path)
    return FileState(name, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


def _stat(path: Path) -> os.stat_result:
    with _reading(path):
        return path.stat()


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _refusal(path, error.strerror or type(error).__name__) from error


def _refusal(path: Path, got: str) -> HarnessError:
    return HarnessError(
        f"{path} must be a file or folder that can be read, as vectors may depend on it,"
        f" got {got}: mend or remove it"
    )
