"""Where data sets lie: a folder of the user's, or the sample that ships with the package."""

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path, PurePath

from harness.errors import MissingDataError
from harness.results.files import is_there

SAMPLE = "sample"

_COLLECTIONS = {  # where each collection may lie below the data folder, best first
    "senteval": ("senteval/downstream", "downstream", "senteval", "."),
    "sts-multilingual": ("sts-multilingual", "."),
    "sts-languages": ("sts-languages", "."),
    "nli": ("nli", "."),
    "text": ("text", "."),
}
_FETCHED_BY_NAME = {"sts-languages", "nli", "text"}  # the others are fetched when none is named
_OUTSIDE_SAMPLE = {"sts-languages", "text"}
_OF_FILE_MANAGERS = {".DS_Store", "Thumbs.db", "desktop.ini"}


@dataclass(frozen=True)
class DataFile:
    """One file that a number rests on.

    Attributes:
        name: Its place in the data folder, with forward slashes.
        sha256: Checksum of its bytes.
        rows: Data rows in it, header left out.
    """

    name: str
    sha256: str
    rows: int


@dataclass(frozen=True)
class DataFolder:
    """A folder with data sets in the layout of SentEval, and neighbours of it.

    Attributes:
        root: The folder; one that nobody named may not exist, which matters once it is asked for
            a file.
        label: How records name it: ``sample``, or the folder's path.
        source: The variable or file whose default it is; empty if a caller named it.
    """

    root: Path
    label: str
    source: str = field(default="", compare=False)

    @property
    def is_sample(self) -> bool:
        """Whether this is the package's own sample, on which scores mean nothing."""
        return self.label == SAMPLE

    def find(self, collection: str, name: str) -> Path:
        """Return the path of a file, e.g. ``find("senteval", "STS/STS12-en-test/...")``.

        Raises:
            MissingDataError: If there is no such folder, or no place where the collection may lie
                has the file.
        """
        places = [self.root / place for place in _COLLECTIONS[collection]]
        for place in places:
            if (place / name).is_file():
                return place / name
        self.require()
        looked = ", ".join(_COLLECTIONS[collection])
        where = f"not found below {self.root} (looked in {looked})"
        problem = "is not in the sample" if self.is_sample else where
        raise MissingDataError(f"{name} {problem}: {self._cure(collection)}")

    def require(self) -> None:
        """Make sure that the folder exists.

        Raises:
            MissingDataError: If it does not.
        """
        if self.root.is_dir():
            return
        if self.root != user_data_folder():
            raise _no_folder(self.label, self.source)
        raise MissingDataError(
            f"no data yet: {self.root} does not exist: name a SentEval folder with --data FOLDER"
            " or HARNESS_DATA, get one with 'harness data fetch', or try --data sample"
        )

    def holds(self, file: DataFile) -> bool:
        """Whether a file that was read lies in this folder: the same bytes, under its name."""
        name = PurePath(file.name)
        if name.is_absolute() or ".." in name.parts:
            return False
        path = self.root / name
        return path.is_file() and checksum(path) == file.sha256

    def _cure(self, collection: str) -> str:
        """Say how to get a file of a collection that is not there."""
        named = f" {collection}" if collection in _FETCHED_BY_NAME else ""
        cures = [
            "name its folder with --data FOLDER or HARNESS_DATA",
            f"get it with 'harness data fetch{named}'",
        ]
        if self.is_sample or collection in _OUTSIDE_SAMPLE:
            return ", or ".join(cures)
        return ", ".join([*cures, "or try --data sample"])

    def home(self, collection: str) -> Path:
        """Return the folder that new files of a collection belong in; it may not exist yet."""
        places = [self.root / place for place in _COLLECTIONS[collection] if place != "."]
        return next((place for place in places if place.is_dir()), places[0])

    def relative(self, path: Path) -> str:
        """Name a file by its place in this folder, with forward slashes."""
        return path.relative_to(self.root).as_posix()


def possible_places(collection: str) -> tuple[str, ...]:
    """Return where a collection may lie below a data folder; as it is published first."""
    return _COLLECTIONS[collection]


def open_data(place: str | Path | DataFolder | None = None) -> DataFolder:
    """Open a data folder; an open one stays as it is.

    Args:
        place: ``sample``, or a folder; None for ``HARNESS_DATA``, or else the user's data folder,
            which need not exist until it is asked for a file.

    Raises:
        MissingDataError: If a folder is named and does not exist.
    """
    if isinstance(place, DataFolder):
        return place
    if place is None:
        return default_data(os.environ.get("HARNESS_DATA", ""), "HARNESS_DATA")
    data = default_data(str(place), "")
    if not data.root.is_dir():
        raise _no_folder(str(place))
    return data


def default_data(place: str, source: str) -> DataFolder:
    """Open the data folder of a default, which need not exist until it is asked for a file.

    Args:
        place: ``sample``, or a folder; empty for the user's data folder.
        source: The variable or file that names it.
    """
    if place == SAMPLE:
        return DataFolder(Path(str(files("harness") / "sample")), SAMPLE, source)
    root = Path(place).expanduser() if place else user_data_folder()
    if root.is_dir():
        return DataFolder(root.resolve(), str(root.resolve()), source)
    return DataFolder(root, place or str(root), source)


def existing_data(place: str | Path | DataFolder | None = None) -> DataFolder:
    """Open a data folder as `open_data` does, and make sure that it exists.

    Raises:
        MissingDataError: If it does not.
    """
    data = open_data(place)
    data.require()
    return data


def _no_folder(named: str, source: str = "") -> MissingDataError:
    cure = "make it and get data with 'harness data fetch', or try --data sample"
    got = f"{named!r} from {source}" if source else repr(named)
    return MissingDataError(f"data folder must be an existing folder, got {got}: {cure}")


def writable_data_folder(place: str | Path | DataFolder | None = None) -> Path:
    """Return the data folder that data sets are put into; it may not exist yet.

    Args:
        place: A folder; None for ``HARNESS_DATA``, or else the user's data folder.

    Raises:
        MissingDataError: If the place is the sample, which ships with the package.
    """
    if isinstance(place, DataFolder):
        place = place.label
    chosen = str(place) if place is not None else os.environ.get("HARNESS_DATA", "")
    if chosen == SAMPLE:
        msg = (
            "the sample ships with the package and takes no other data: name a folder with --data"
        )
        raise MissingDataError(msg)
    return Path(chosen).expanduser().resolve() if chosen else user_data_folder()


def user_data_folder() -> Path:
    """Return the folder where data is looked for when none is named."""
    from platformdirs import user_data_path  # deferred: only some runs need it

    return user_data_path("harness") / "data"


def checksum(path: Path) -> str:
    """Return the sha256 of a file's bytes, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def checksums(folder: Path) -> dict[str, str]:
    """Return the sha256 of each file below a folder by its place in it, with forward slashes."""
    return {name: checksum(folder / name) for name in sorted(_entries(folder))}


def first_difference(folder: Path, expected: Mapping[str, str]) -> str | None:
    """Return the first place at which a folder is not what `checksums` returned of it.

    That is a file that is missing or changed, or one more: a reader of a folder may take each file
    whose name it knows. Only what file managers leave and empty folders do not count.

    Args:
        folder: The folder.
        expected: Checksum of each file by its place.

    Raises:
        OSError: If a file cannot be read.
    """
    for name in sorted({*expected, *_entries(folder)}):
        path = folder / name
        if name not in expected or not _is_file(path) or checksum(path) != expected[name]:
            return name
    return None


def _is_file(path: Path) -> bool:
    """Whether there is a plain file, be it behind a link; what cannot be seen is an error."""
    return is_there(path) and stat.S_ISREG(path.stat().st_mode)


def _raise_unless_absent(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


def _entries(folder: Path) -> Iterator[str]:
    """Yield the place of each file and link below a folder; no link is followed."""
    for parent, folders, names in os.walk(folder, onerror=_raise_unless_absent):
        links = [name for name in folders if (Path(parent) / name).is_symlink()]
        for name in {*names, *links} - _OF_FILE_MANAGERS:
            yield (Path(parent) / name).relative_to(folder).as_posix()
