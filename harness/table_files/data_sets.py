"""Read data sets through the library ``datasets``: of the hub, or of a local folder."""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from harness.data import DataFile
from harness.errors import HarnessError, MissingDataError, shorten
from harness.table_files.arrow import content_of_arrow
from harness.table_files.content import Content
from harness.table_files.table import DataTable

if TYPE_CHECKING:
    from datasets import Dataset

PREFIX = "hf:"
"""What the place of a data set begins with."""

_PLACE = re.compile(r"(?P<name>[\w.-]+/[\w.-]+)(?:/(?P<config>[^@/]+))?(?:@(?P<revision>[^@]+))?")
_COMMIT = re.compile(r"^hf://datasets/[^@]+@([0-9a-f]{40})/")
_SAVED = ("dataset_dict.json", "state.json")  # of save_to_disk
_MOST_SHOWN = 400  # characters of a library's error


def read_data_set(place: str) -> dict[str, DataTable]:
    """Read every part of a data set.

    Args:
        place: ``hf:OWNER/NAME[/CONFIG][@REVISION]`` or ``hf:FOLDER``; of the hub's, what is cached
            is not fetched again, and nothing is with HF_HUB_OFFLINE.

    Returns:
        The table of each part, such as ``train``.

    Raises:
        HarnessError: If the package ``datasets`` is not installed.
        MissingDataError: If there is no such data set, or it cannot be loaded.
        BadDataError: If a part has no row.
    """
    if find_spec("datasets") is None:
        cure = "pip install 'sentence-harness[datasets]'"
        raise HarnessError(f"reading {place} needs the package datasets: {cure}")
    named = place.removeprefix(PREFIX)
    folder = Path(named).expanduser()
    is_folder = bool(named) and folder.is_dir()
    try:
        with _quiet():
            parts = _of_folder(folder) if is_folder else _of_hub(named)
    except Exception as error:  # the library and the hub raise many kinds
        cause = error.__cause__ or error  # what it wraps says more
        reason = shorten(" ".join(str(cause).split()) or type(cause).__name__, _MOST_SHOWN)
        raise MissingDataError(f"data set {place} cannot be loaded: {reason}") from error
    if not parts:
        raise MissingDataError(f"data set {place} must have at least one part, got none")
    origin = folder.resolve().name if is_folder else _pinned(named, parts)
    return {part: _table(place, origin, part, rows) for part, rows in parts.items()}


def _of_folder(folder: Path) -> dict[str, "Dataset"]:
    from datasets import DatasetDict, load_dataset, load_from_disk  # deferred: takes a second

    if not any((folder / name).is_file() for name in _SAVED):
        return dict(load_dataset(str(folder)))
    saved = load_from_disk(str(folder))
    is_whole = isinstance(saved, DatasetDict)
    return dict(saved) if is_whole else {str(saved.split or "train"): saved}


def _of_hub(named: str) -> dict[str, "Dataset"]:
    from datasets import load_dataset  # deferred: takes a second

    match = _PLACE.fullmatch(named)
    if match is None:
        expected = "must be hf:OWNER/NAME[/CONFIG][@REVISION] or hf:FOLDER"
        raise ValueError(f"it {expected}, and {named!r} is no folder")
    return dict(load_dataset(match["name"], match["config"], revision=match["revision"]))


@contextmanager
def _quiet() -> Iterator[None]:
    """Show no bars of the library's."""
    from datasets import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

    was_disabled = are_progress_bars_disabled()
    disable_progress_bars()
    try:
        yield
    finally:
        if not was_disabled:
            enable_progress_bars()


def _pinned(named: str, parts: dict[str, "Dataset"]) -> str:
    """Return a data set's name with the commit it was read at, where that is known."""
    urls = (url for rows in parts.values() for url in rows.info.download_checksums or ())
    commits = {match[1] for url in urls if (match := _COMMIT.match(url))}
    return f"{named.partition('@')[0]}@{commits.pop()}" if len(commits) == 1 else named


def _table(place: str, origin: str, part: str, data: "Dataset") -> DataTable:
    from datasets import ClassLabel  # deferred: takes a second

    name = f"{place} ({part})"
    arrow = data.with_format("arrow")[:]
    content = content_of_arrow(arrow, "data set", Path(name))
    classes = {
        column: tuple(kind.names)
        for column, kind in data.features.items()
        if isinstance(kind, ClassLabel) and column in content.columns
    }
    content = replace(content, classes=classes)
    file = DataFile(f"{PREFIX}{origin}/{part}", _checksum(content), len(content.rows))
    return DataTable(name, None, files=(file,), **vars(content))


def _checksum(content: Content) -> str:
    """Return the sha256 of the header, the classes and the rows, each as a line of JSON."""
    digest = hashlib.sha256()
    for line in (content.columns, content.classes, *content.rows):
        digest.update(json.dumps(line, ensure_ascii=False, sort_keys=True).encode())
        digest.update(b"\n")
    return digest.hexdigest()
