"""Write files whole, under harmless names; read TOML."""

import os
import re
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fnmatch import fnmatchcase
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

    It takes its place at the end; after an error, what was there before is left as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError) and error.filename == str(temporary):
            error.filename = str(path)  # nobody asked for the temporary one
        raise


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
