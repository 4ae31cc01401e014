"""Write files whole, under harmless names; read TOML."""

import errno
import os
import re
import secrets
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fnmatch import fnmatchcase
from functools import partial
from glob import escape as glob_escape
from pathlib import Path
from typing import BinaryIO

if sys.platform != "win32":
    import fcntl
if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["tomllib"]  # which Python 3.10 does not have yet

_TEMPORARY = re.compile(r"\.(.+)\.[0-9a-f]{12}")


def read_file(path: Path) -> bytes:
    """Return what is in a plain file; whatever else is there is refused, and never waited for.

    Raises:
        OSError: If there is no plain file, or it cannot be read.
    """
    with open(path, "rb", opener=_open_at_once) as file:
        _refuse_others(path, os.fstat(file.fileno()).st_mode)
        return file.read()


def _open_at_once(path: str, flags: int) -> int:
    """Open a file, or a pipe without waiting for its other end."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def is_there(path: Path) -> bool:
    """Whether anything has this place, be it a link that leads nowhere.

    Unlike ``exists``, what cannot be seen just now does not count as absent.

    Raises:
        OSError: If that cannot be seen.
    """
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def entries(folder: Path) -> list[Path]:
    """Return what is in a folder, sorted by name; nothing if there is no folder.

    Unlike ``glob``, what cannot be seen just now does not count as absent.

    Raises:
        OSError: If the folder cannot be read.
    """
    return sorted(folder.iterdir()) if is_there(folder) else []


def refuse_other_kinds(path: Path) -> None:
    """Refuse a place that a file of ours cannot take: there is a folder, a pipe or a device.

    Raises:
        OSError: If there is.
    """
    mode = _mode(path)
    if mode is not None:
        _refuse_others(path, mode)


def _refuse_others(path: Path, mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "Not a plain file", str(path))


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that a reader finds all of it or none, even after a power cut."""
    with writing_atomically(path) as file:
        file.write(content)


@contextmanager
def writing_atomically(path: Path) -> Iterator[BinaryIO]:
    """Open a file to write piece by piece; a reader finds all of it or none.

    It takes its place at the end; after an error, what was there before is left as it was. A
    replaced file keeps its permissions, and a link leads to the new file. What is there and no
    plain file, such as a device or a pipe, is written to as it is; a folder is refused, and so is
    a pipe that nobody reads. What killed writers of the same file left is removed.
    """
    target = Path(os.path.realpath(path)) if path.is_symlink() else path
    target.parent.mkdir(parents=True, exist_ok=True)
    mode = _mode(path)
    if mode is not None and not stat.S_ISREG(mode):
        with _open_as_it_is(path) as other:
            yield other
        return
    permissions = 0o666 if mode is None else mode & 0o777
    drop_leftovers(target.parent, glob_escape(target.name))
    try:
        temporary, file = _create(target, permissions)
    except OSError as error:
        error.filename = str(path)  # nobody asked for the temporary one
        raise
    try:
        with file:
            if mode is not None:
                temporary.chmod(permissions)  # those that the umask left out
            yield file
            file.flush()
            os.fsync(file.fileno())
            if sys.platform == "win32":
                file.close()  # it renames no open file
            temporary.replace(target)  # still locked: nobody takes it for a leftover
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError) and error.filename == str(temporary):
            error.filename = str(path)
        raise


def _open_as_it_is(path: Path) -> BinaryIO:
    """Open what is no plain file to write to; a pipe that nobody reads is refused."""
    try:
        file = open(path, "wb", opener=_open_at_once)  # noqa: SIM115 - the caller closes it
    except OSError as error:
        if error.errno == errno.ENXIO and path.is_fifo():
            error.strerror = "Nobody reads this pipe"
        raise
    if sys.platform != "win32":
        os.set_blocking(file.fileno(), True)
    return file


def _create(target: Path, permissions: int) -> tuple[Path, BinaryIO]:
    """Create the temporary file beside a target, and lock it for as long as it is open."""
    opener = partial(os.open, mode=permissions)  # nobody reads a private file meanwhile
    while True:
        temporary = target.with_name(f".{target.name}.{secrets.token_hex(6)}")
        file = open(temporary, "xb", opener=opener)  # noqa: SIM115 - the caller closes it
        _claim(file, to_write=True)
        if temporary.exists():  # nobody took it for a leftover before it was locked
            return temporary, file
        file.close()


def _mode(path: Path) -> int | None:
    """Return the type and permissions of what a path leads to; None if nothing is there."""
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return None


def obey_umask(folder: Path) -> None:
    """Give every file below a folder the permissions of a new one.

    Libraries that write by way of a temporary file, such as safetensors, let only its owner read
    it.
    """
    probe = folder / f".{secrets.token_hex(6)}"  # shows the umask without setting it
    probe.touch(0o666)
    permissions = stat.S_IMODE(probe.stat().st_mode)
    probe.unlink()
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            path.chmod(permissions)


def drop_leftovers(folder: Path, names: str = "*") -> None:
    """Remove what killed writers left of files; those that are being written are left alone.

    Args:
        folder: Where to look, not below it.
        names: Pattern of those files' names.
    """
    try:
        every = entries(folder)
    except OSError:  # what cannot be seen is left
        return
    for path in every:
        temporary = _TEMPORARY.fullmatch(path.name)
        if temporary and fnmatchcase(temporary[1], names):
            with suppress(OSError):  # gone meanwhile, or not ours
                _drop_if_abandoned(path)


def _drop_if_abandoned(path: Path) -> None:
    """Remove a half-written file that has no writer any more."""
    flags = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
    with open(path, "rb", opener=lambda name, mode: os.open(name, mode | flags)) as file:
        if stat.S_ISREG(os.fstat(file.fileno()).st_mode) and _claim(file, to_write=False):
            path.unlink()  # still locked: nobody begins to write it


def _claim(file: BinaryIO, *, to_write: bool) -> bool:
    """Lock a half-written file until it is closed.

    Args:
        file: Open.
        to_write: Whether to write it, and to wait for whoever looks at it just now; if not, to
            see whether it is being written.

    Returns:
        Whether it could be locked; without locks, as on Windows, nothing can.
    """
    if sys.platform == "win32":
        return False
    try:  # NFS locks alone only what is open for writing
        fcntl.flock(file, fcntl.LOCK_EX if to_write else fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)", re.IGNORECASE)  # by Windows


def file_words(text: str, limit: int = 120) -> str:
    """Return text as part of a file name that names no other folder.

    Args:
        text: Anything.
        limit: Most characters, all of them ASCII, to return.
    """
    words = re.sub(r"[^\w.=+,-]+", "_", text, flags=re.ASCII)
    return words[:limit].strip("._")


def last_words(name: str) -> str:
    """Return a name as part of a file name: of a path, or a path in a spec, the last part."""
    return file_words(re.sub(r'[^=,"]*/', "", name.rstrip("/")))


def unreserved(name: str) -> str:
    """Return a file name that Windows does not take for a device."""
    return f"_{name}" if _RESERVED.match(name) else name
