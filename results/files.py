"""Write files whole, under harmless names; read TOML."""

import os
import re
import secrets
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import BinaryIO

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["tomllib"]  # which Python 3.10 does not have yet

_TEMPORARY = re.compile(r"\.(.+)\.[0-9a-f]{12}")


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that a reader finds all of it or none, even after a power cut."""
    with writing_atomically(path) as file:
        file.write(content)


@contextmanager
def writing_atomically(path: Path) -> Iterator[BinaryIO]:
    """Open a file to write piece by piece; a reader finds all of it or none.

    It takes its place at the end; after an error, what was there before is left as it was. A
    replaced file keeps its permissions, and a link leads to the new file. What is there and no
    plain file, such as a device or a pipe, is written to as it is; a folder is refused.
    """
    target = Path(os.path.realpath(path)) if path.is_symlink() else path
    target.parent.mkdir(parents=True, exist_ok=True)
    mode = _mode(path)
    if mode is not None and not stat.S_ISREG(mode):
        with path.open("wb") as file:
            yield file
        return
    permissions = 0o666 if mode is None else mode & 0o777
    opener = partial(os.open, mode=permissions)  # nobody reads a private file meanwhile
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(6)}")
    try:
        with open(temporary, "xb", opener=opener) as file:
            if mode is not None:
                temporary.chmod(permissions)  # those that the umask left out
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError) and error.filename == str(temporary):
            error.filename = str(path)  # nobody asked for the temporary one
        raise


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
    """Remove what killed writers left of files that nobody is writing now.

    Args:
        folder: Where to look, not below it.
        names: Pattern of those files' names; others in the folder may be being written.
    """
    for path in folder.glob(".*"):
        temporary = _TEMPORARY.fullmatch(path.name)
        if temporary and fnmatchcase(temporary[1], names):
            path.unlink(missing_ok=True)


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
    """Return a name as part of a file name: of a path its last part."""
    return file_words(Path(name).name if "/" in name else name)


def unreserved(name: str) -> str:
    """Return a file name that Windows does not take for a device."""
    return f"_{name}" if _RESERVED.match(name) else name
