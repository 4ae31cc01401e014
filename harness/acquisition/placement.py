"""Find a data set's files among others, prepared or not, and put them where they belong."""

import hashlib
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from harness.acquisition.manifest import DataFileEntry, DataSetEntry
from harness.acquisition.pins import pin
from harness.acquisition.preparation import prepare
from harness.acquisition.verification import difference
from harness.data import DataFolder, checksum
from harness.results.files import write_atomically, writing_atomically


@dataclass
class Outcome:
    """What became of one data set.

    Attributes:
        data_set: The data set.
        placed: Files that were put into the data folder.
        replaced: Those of them that a differing file made way for, kept as ``NAME.replaced``.
        missing: Files that it does not work without and that are still missing.
        problems: What went wrong on the way, a line each.
        sources: What was placed is from these files.
        notes: What a user must know of where the files came from, a line each.
    """

    data_set: DataSetEntry
    placed: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    sources: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Tree:
    """Files to choose from.

    Args:
        paths: The files.

    Attributes:
        paths: The files, sorted.
    """

    def __init__(self, paths: Iterable[Path]) -> None:
        self.paths = sorted(paths)
        self._by_name: dict[str, list[Path]] = {}
        for path in self.paths:
            self._by_name.setdefault(path.name, []).append(path)

    @classmethod
    def below(cls, folder: Path) -> "Tree":
        """Take every plain file below a folder but hidden ones."""
        walked = ((Path(top), name) for top, _, names in os.walk(folder) for name in names)
        paths = (top / name for top, name in walked if not name.startswith("."))
        return cls(filter(Path.is_file, paths))

    def candidates(self, data_set: DataSetEntry, file: DataFileEntry) -> list[Path]:
        """Return files that may be this one, prepared or not, likeliest first."""
        names = {PurePosixPath(name).name for name in (file.name, file.raw) if name}
        found = [path for name in sorted(names) for path in self._by_name.get(name, [])]
        return sorted(found, key=lambda path: not _is_named(path, data_set, file))

    def look_alike(self, data_set: DataSetEntry, file: DataFileEntry) -> Path | None:
        """Return a file of this one's name in a folder of its folder's name, if there is one."""
        found = self.candidates(data_set, file)
        return next((path for path in found if _is_named(path, data_set, file)), None)


def place_from(
    tree: Tree, wanted: Iterable[DataFileEntry], outcome: Outcome, data: DataFolder
) -> list[DataFileEntry]:
    """Put every wanted file that a tree holds into the data folder; return the others."""
    return [
        file
        for file in wanted
        if not any(
            place(path, file, outcome, data) for path in tree.candidates(outcome.data_set, file)
        )
    ]


def place(path: Path, file: DataFileEntry, outcome: Outcome, data: DataFolder) -> bool:
    """Put a file, after its preparation if need be, into the data folder.

    Returns:
        Whether it was the right file; nothing is written if not.
    """
    as_is = not difference(file, path)
    content = None if as_is else _prepared(path, file)
    if not as_is and content is None:
        return False
    put(path if content is None else content, path, file, outcome, data)
    return True


def put(
    content: bytes | Path, source: Path, file: DataFileEntry, outcome: Outcome, data: DataFolder
) -> None:
    """Write a file of a data set, or copy it, to where it belongs in the data folder."""
    data_set = outcome.data_set
    there = data_set.find(file, data)
    target = there or data.home(data_set.collection) / data_set.place(file)
    if there is not None:  # a copy, so that its place is never empty
        _copy_atomically(there, there.with_name(f"{there.name}.replaced"))
        outcome.replaced.append(file.name)
    if isinstance(content, bytes):
        write_atomically(target, content)
    else:
        _copy_atomically(content, target)
    if file.sha256 is None and not file.documentation:
        pin(data.root, data_set.published_place(file), checksum(target))
        what = "its checksum is not known to this version: its rows were counted"
        outcome.notes.append(f"{file.name}: {what}, and the checksum found is recorded")
    outcome.placed.append(file.name)
    outcome.sources.append(source)


def is_file_of(path: Path, file: DataFileEntry) -> bool:
    """Whether a file is this one, as it is or before its preparation."""
    return not difference(file, path) or _prepared(path, file) is not None


def _is_named(path: Path, data_set: DataSetEntry, file: DataFileEntry) -> bool:
    place = PurePosixPath(data_set.place(file)).parts
    return path.parts[-len(place) :] == place


def _prepared(path: Path, file: DataFileEntry) -> bytes | None:
    """Return the bytes of a published file after its preparation; None if it is another."""
    if file.prepare == "none":
        return None
    try:
        content = prepare(path.read_bytes(), file.prepare)
    except ValueError:  # not the columns, not the encoding
        return None
    return content if hashlib.sha256(content).hexdigest() == file.sha256 else None


def _copy_atomically(source: Path, target: Path) -> None:
    with source.open("rb") as content, writing_atomically(target) as file:
        shutil.copyfileobj(content, file)
