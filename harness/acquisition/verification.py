"""Compare a data folder with the manifest, file by file."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Literal

from harness.acquisition.manifest import DataFileEntry, DataSetEntry, built_in_manifest
from harness.acquisition.pins import pinned
from harness.bounded_files import numbered_lines
from harness.data import SAMPLE, DataFile, DataFolder, checksum, possible_places
from harness.errors import BadDataError
from harness.results.progress import doing
from harness.results.records.record import OWN_FILES

State = Literal["complete", "absent", "incomplete", "differs"]


@dataclass(frozen=True)
class FileCheck:
    """How one file compares with the manifest.

    Attributes:
        file: What the manifest says of it.
        path: Where it lies; None if it is absent.
        problem: How it differs; empty if it does not.
    """

    file: DataFileEntry
    path: Path | None
    problem: str = ""


@dataclass(frozen=True)
class DataSetCheck:
    """How a data set compares with the manifest.

    Attributes:
        data_set: What the manifest says of it.
        files: One check a file, in the manifest's order.
    """

    data_set: DataSetEntry
    files: tuple[FileCheck, ...]

    @property
    def state(self) -> State:
        """What it comes to; read-mes and licences may be absent."""
        if any(check.problem for check in self.files):
            return "differs"
        if all(check.path is None for check in self.files):
            return "absent"
        return "incomplete" if self.missing else "complete"

    @property
    def missing(self) -> list[DataFileEntry]:
        """Files that the data set does not work without and that are absent."""
        return [c.file for c in self.files if c.path is None and not c.file.documentation]

    @property
    def wanted(self) -> list[DataFileEntry]:
        """Files that are absent or differ, read-mes and licences first.

        Placed in this order, they are there whenever the data is, even after a killed run.
        """
        found = [check.file for check in self.files if check.path is None or check.problem]
        return sorted(found, key=lambda file: not file.documentation)


def check_data_set(data_set: DataSetEntry, data: DataFolder) -> DataSetCheck:
    """Compare every file of a data set that is in the folder with the manifest."""
    with doing(f"checking the files of {data_set.name}"):
        return _check_data_set(data_set, data)


def _check_data_set(data_set: DataSetEntry, data: DataFolder) -> DataSetCheck:
    checks = []
    unpublished = any(file.sha256 is None for file in data_set.files)
    recorded = pinned(data.root) if unpublished else {}
    for file in data_set.files:
        path = data_set.find(file, data)
        first = recorded.get(data_set.published_place(file))
        try:
            problem = "" if path is None else difference(file, path) or _change(path, first)
        except OSError as error:
            problem = f"cannot be read ({error.strerror or error})"
        checks.append(FileCheck(file, path, problem))
    return DataSetCheck(data_set, tuple(checks))


def _change(path: Path, first: str | None) -> str:
    """Say whether a file without a published checksum is another than was taken first."""
    if first is None or (found := checksum(path)) == first:
        return ""
    return f"sha256 must be {first[:16]}... as first taken, got {found[:16]}..."


def difference(file: DataFileEntry, path: Path) -> str:
    """Say how a file differs from the manifest, in one line; empty if it does not."""
    if file.sha256 is not None:
        found = checksum(path)
        if found == file.sha256:
            return ""
        problems = [f"sha256 must be {file.sha256[:16]}..., got {found[:16]}..."]
    else:
        problems = []
    size = path.stat().st_size
    if file.bytes is not None and size != file.bytes:
        problems.append(f"{size} bytes where {file.bytes} are published")
    rows = count_rows(path)
    if rows is None:
        problems.append("no text that can be read")
    elif rows - file.header != file.rows:
        problems.append(f"{rows - file.header} rows where {file.rows} are published")
    return "; ".join(problems)


def count_rows(path: Path) -> int | None:
    """Count the lines of a file, unpacked if it ends in .gz; None if it cannot be read as text."""
    try:
        return sum(1 for _ in numbered_lines(path))
    except BadDataError:
        return None


def altered_files(
    files: Iterable[DataFile], data: str, *, is_raw_text: bool = False
) -> tuple[str, ...]:
    """Return the names of those files that are published with another checksum.

    The sample and the user's own files, which the manifest does not know, are none of them.

    Args:
        files: What was read.
        data: The label of the data folder, or `OWN_FILES`.
        is_raw_text: Whether the text is that of the raw releases, which the manifest does not
            know; the files that SentEval takes from them as they are count all the same.
    """
    published = {} if data in {SAMPLE, OWN_FILES} else _published_files()
    return tuple(
        file.name
        for file in files
        if (entry := published.get(file.name)) is not None
        and not (is_raw_text and entry.prepare != "none")
        and entry.sha256 not in {None, file.sha256}
    )


@cache
def _published_files() -> dict[str, DataFileEntry]:
    """Return the manifest's files by every place that they may have in a data folder."""
    return {
        (PurePosixPath(place) / data_set.place(file)).as_posix(): file
        for data_set in built_in_manifest().data_sets
        for file in data_set.files
        for place in possible_places(data_set.collection)
    }
