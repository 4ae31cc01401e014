"""Unpack archives of strangers: plain files inside one folder, or nothing at all."""

import bz2
import errno
import gzip
import lzma
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from io import BufferedIOBase, BufferedReader
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO

from harness.acquisition.metered_file import MeteredFile, OverLimitError
from harness.bounded_files import most_unpacked
from harness.errors import BadDataError, quoted

_BLOCK = 1 << 16  # bytes read at once, of members and of tar's headers
_TAIL = 1 << 10  # blocks
_HEADERS = 1 << 17  # bytes before one member of a tar: its name, and what else is said of it
_ALL_HEADERS = 1 << 25  # bytes of them together
_DIRECTORY = 1 << 22  # bytes of a zip's list of members
_ZIP_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_DAMAGE = (  # what the libraries raise on a damaged archive, some of it by oversight
    tarfile.TarError,
    zipfile.BadZipFile,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    ValueError,
    LookupError,
    OverflowError,
    struct.error,
)


@dataclass(frozen=True)
class Limits:
    """How much an archive may unpack to.

    Attributes:
        bytes: Of all members together; fewer where the archive is so small that it must be a bomb.
        members: Files and folders.
    """

    bytes: int = 4 << 30
    members: int = 20_000


@dataclass(frozen=True)
class _Member:
    """One entry of an archive, before anything of it is trusted."""

    name: str
    size: int
    kind: str  # file, folder, or what else it is
    open: Callable[[], IO[bytes] | None]  # None if tarfile finds no content


def unpack(archive: Path, folder: Path, limits: Limits | None = None) -> None:
    """Unpack a zip or tar archive into an empty folder, after every member was checked.

    Args:
        archive: The archive; its kind is recognised by its content.
        folder: Made if it does not exist.
        limits: How much it may unpack to.

    Raises:
        BadDataError: If it is no archive, truncated or damaged, too large, or has a member that
            is no plain file or would lie outside the folder. Nothing of an archive with such a
            member is written.
    """
    limits = limits or Limits()
    limits = replace(limits, bytes=min(limits.bytes, most_unpacked(archive)))
    try:
        for _ in _checked_members(archive, limits):
            pass  # every member is checked before the first is written
        _write_files(archive, folder, limits)
    except OverLimitError as error:
        raise BadDataError(archive, None, str(error)) from error
    except _DAMAGE as error:
        detail = str(error).partition("\n")[0].rstrip(":")  # tarfile lists all that it tried
        msg = f"must be a whole zip or tar archive, got a truncated or damaged one ({detail})"
        raise BadDataError(archive, None, msg) from error
    except (NotImplementedError, RuntimeError) as error:  # zipfile's: a method, a password
        raise BadDataError(archive, None, f"must be a plain archive: {error}") from error
    except (FileExistsError, NotADirectoryError) as error:
        msg = f"must have each member once, got {quoted(Path(error.filename).name)} twice"
        raise BadDataError(archive, None, msg) from error
    except OSError as error:
        if error.errno not in {None, errno.EINVAL, errno.ENAMETOOLONG}:  # the disk's own trouble
            raise
        raise BadDataError(archive, None, f"must be a whole archive, got {error}") from error


def _is_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) in {b"PK\x03\x04", b"PK\x05\x06"}


def _checked_members(archive: Path, limits: Limits) -> Iterator[_Member]:
    """Yield each member under the name that was checked, which is the one to write to."""
    members = _zip_members(archive) if _is_zip(archive) else _tar_members(archive)
    total = 0
    for count, member in enumerate(members, start=1):
        total += member.size
        if member.size < 0 or total > limits.bytes:
            raise BadDataError(archive, None, f"must unpack to at most {limits.bytes} bytes")
        if count > limits.members:
            raise BadDataError(archive, None, f"must have at most {limits.members} members")
        if member.kind not in {"file", "folder"}:
            problem = f"must hold plain files only, got the {member.kind} {quoted(member.name)}"
            raise BadDataError(archive, None, problem)
        if _leaves_folder(member.name):
            problem = f"members must stay inside the archive's folder, got {quoted(member.name)}"
            raise BadDataError(archive, None, problem)
        yield member


def _leaves_folder(name: str) -> bool:
    """Whether a member's name is absolute, on a drive, or climbs, on any system."""
    windows = PureWindowsPath(name)  # takes both slashes for separators
    rooted = bool(windows.anchor) or name.startswith("/")
    return rooted or ".." in windows.parts or "\0" in name or "\\" in name


def _zip_members(archive: Path) -> Iterator[_Member]:
    with archive.open("rb") as content, zipfile.ZipFile(MeteredFile(content, _DIRECTORY)) as file:
        for info in file.infolist():
            if info.compress_type not in _ZIP_METHODS:  # zipfile unpacks others without a limit
                raise NotImplementedError("its members must be deflated or stored")
            name = info.orig_filename  # from 3.12 on, an extra field may change `filename`
            mode = info.external_attr >> 16  # what Unix calls the file, 0 if made elsewhere
            kinds = {0: "file", stat.S_IFREG: "file", stat.S_IFDIR: "folder"}
            kind = kinds.get(stat.S_IFMT(mode), "link or device")
            kind = "folder" if name.endswith("/") else kind
            yield _Member(name, info.file_size, kind, partial(file.open, info))


def _tar_members(archive: Path) -> Iterator[_Member]:
    with archive.open("rb") as packed, _unpacked(packed) as stream:
        content = MeteredFile(stream, _BLOCK, _HEADERS)
        with tarfile.open(fileobj=content, mode="r:") as file:
            left = _ALL_HEADERS
            while (info := file.next()) is not None:
                left -= _HEADERS - (content.allowance or 0)
                content.allowance = None
                yield _tar_member(file, info)
                file.members.clear()  # type: ignore[attr-defined] # tarfile keeps all it ever read
                file.pax_headers = {}
                content.allowance = min(_HEADERS, left)
            content.allowance = None
            for _ in range(_TAIL):  # the packed stream's own end and checksum come after tar's
                if not content.read(_BLOCK):
                    break


def _unpacked(file: BufferedReader) -> BufferedIOBase:
    start = file.read(2)
    file.seek(0)
    if start == b"\x1f\x8b":
        return gzip.GzipFile(fileobj=file)
    if start == b"BZ":
        return bz2.BZ2File(file)
    return lzma.LZMAFile(file) if start in {b"\xfd7", b"]\0"} else file


def _tar_member(file: tarfile.TarFile, info: tarfile.TarInfo) -> _Member:
    kind = "file" if info.isreg() else "folder" if info.isdir() else "link or device"
    kind = "sparse file" if info.issparse() else kind
    return _Member(info.name, info.size, kind, partial(file.extractfile, info))


def _write_files(archive: Path, folder: Path, limits: Limits) -> None:
    budget = limits.bytes
    for member in _checked_members(archive, limits):
        content = member.open() if member.kind == "file" else None
        if content is not None:
            with content:
                budget -= _write(content, folder / PurePosixPath(member.name), budget, archive)


def _write(content: IO[bytes], path: Path, budget: int, archive: Path) -> int:
    """Write one member that must not exist yet; return its size in bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    with path.open("xb") as file:
        while block := content.read(_BLOCK):
            size += len(block)
            if size > budget:
                raise BadDataError(archive, None, "unpacks to more than it announces")
            file.write(block)
    return size
