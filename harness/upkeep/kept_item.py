"""Something that is kept on disk, and removed as one."""

import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class KeptFile:
    """A file, its length, and when it was written, in seconds since 1970."""

    path: Path
    size_bytes: int
    written: float


@dataclass(frozen=True)
class KeptItem:
    """Something that is kept and removed as one, such as a shard of vectors or a checkpoint.

    Attributes:
        paths: Its files and folders; the first is what makes the others count, and goes first.
        encoder: What it is of, as far as it says; empty if it does not.
        model: The transformer that was read, as far as it says.
        lock: Held while it is changed; None where it is only ever replaced whole.
        extra: What somebody else put beside it in its folder; if there is anything, it stays.
        files: Its files as they were when it was found.
    """

    paths: tuple[Path, ...]
    encoder: str = ""
    model: str = ""
    lock: Path | None = None
    extra: tuple[str, ...] = ()
    files: tuple["KeptFile", ...] = field(init=False)

    def __post_init__(self) -> None:
        """Look at the files."""
        object.__setattr__(self, "files", _files(self.paths))

    @property
    def name(self) -> str:
        """The place, for messages."""
        return str(self.paths[-1])

    @property
    def written(self) -> float:
        """When the newest of its files was written, in seconds since 1970; 0 without files."""
        return max((file.written for file in self.files), default=0.0)

    def is_as_found(self) -> bool:
        """Whether its files are those that were found."""
        return self.files == _files(self.paths)

    def remove(self) -> None:
        """Remove it; links are neither followed nor removed.

        Raises:
            OSError: If the disk refuses.
        """
        for path in self.paths:
            if path.is_symlink():
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


def _below(path: Path) -> Iterator[Path]:
    """Yield a file, or the files below a folder, through no link."""
    if path.is_dir() and not path.is_symlink():
        for folder, _, names in os.walk(path):
            yield from (Path(folder) / name for name in names)
    else:
        yield path


def names_below(folder: Path) -> list[str]:
    """Return the places of the files below a folder, with forward slashes, through no link."""
    return sorted(path.relative_to(folder).as_posix() for path in _below(folder))


def _files(paths: Iterable[Path]) -> tuple[KeptFile, ...]:
    """Return the plain files at and below some places; those that are gone meanwhile are none."""
    found = []
    for path in (path for each in paths for path in _below(each)):
        with suppress(FileNotFoundError):
            seen = path.lstat()
            if stat.S_ISREG(seen.st_mode):
                found.append(KeptFile(path, seen.st_size, seen.st_mtime))
    return tuple(dict.fromkeys(found))


def plain_folder(path: Path) -> bool:
    """Whether a path is a folder, and no link to one."""
    return path.is_dir() and not path.is_symlink()


def plain_file(path: Path) -> bool:
    """Whether a path is a file, and no link to one."""
    return path.is_file() and not path.is_symlink()
