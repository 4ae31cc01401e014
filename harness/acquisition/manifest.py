"""What each data set is made of: files with checksums, where they come from, their licences."""

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from typing_extensions import Self

from harness.data import DataFolder, possible_places
from harness.errors import MissingDataError, RecordError, UnknownNameError
from harness.plugins.typed_names import find_name
from harness.results.files import tomllib

SUITES = ("sts", "transfer", "sts-multilingual")
"""Suites that are fetched when none is named: what tasks are scored on."""


def _inside(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name:
        raise ValueError(f"path must stay inside its folder, got {name!r}")
    return name


InnerPath = Annotated[str, AfterValidator(_inside)]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Preparation = Literal["none", "sts", "sts-benchmark", "sick", "penn", "trec", "first-250-rows"]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DataFileEntry(_Entry):
    """One file of a data set, as SentEval lays it out.

    Attributes:
        name: Its name in the data set's folder.
        rows: Data rows in it, header left out.
        header: Lines before the data rows.
        sha256: Checksum of its bytes; None where none was published.
        bytes: Its size.
        urls: Where it can be had by itself; each is tried until one serves.
        raw: Its name where it is published, if another.
        prepare: What SentEval's script does to the published file.
        sentences: Checksum of the two sentences of each row as prepared, a line for each, with a
            tab between; for data that comes in other forms too.
        documentation: Whether it is a read-me or licence, that a data set works without.
    """

    name: InnerPath
    rows: int = Field(ge=0)
    header: int = Field(default=0, ge=0)
    sha256: Sha256 | None = None
    bytes: int | None = Field(default=None, ge=0)
    urls: tuple[str, ...] = ()
    raw: InnerPath | None = None
    prepare: Preparation = "none"
    sentences: Sha256 | None = None
    documentation: bool = False

    @model_validator(mode="after")
    def _prepared_is_checked(self) -> Self:
        if self.prepare != "none" and self.sha256 is None:
            raise ValueError(f"{self.name} is prepared and must have a sha256, got none")
        return self


class ArchiveEntry(_Entry):
    """A zip or tar file with files of one or more data sets.

    Attributes:
        urls: Where it can be had; each is tried until one serves.
        sha256: Checksum of its bytes; None where none was published. The files taken from it are
            checked in any case.
        bytes: Its size.
    """

    urls: tuple[str, ...] = Field(min_length=1)
    sha256: Sha256 | None = None
    bytes: int | None = Field(default=None, ge=0)


class DataSetEntry(_Entry):
    """A data set.

    Attributes:
        name: How commands name it.
        title: What it is.
        suite: Data sets of one suite are fetched together.
        collection: The part of a data folder that it belongs to, as `DataFolder.find` takes it.
        folder: Its folder in the collection.
        licence: On what terms it may be used.
        citation: The paper to cite.
        origin: Who published it.
        note: What a user must know besides.
        archives: Archives that hold its files; each is tried until all files are there.
        files: Its files.
    """

    name: str
    title: str
    suite: str
    collection: Literal["senteval", "sts-multilingual", "sts-languages", "nli", "text"]
    folder: InnerPath
    licence: str
    citation: str
    origin: str
    note: str = ""
    archives: tuple[str, ...] = ()
    files: tuple[DataFileEntry, ...] = Field(min_length=1)

    def place(self, file: DataFileEntry) -> str:
        """Return a file's place in the collection, with forward slashes."""
        return (PurePosixPath(self.folder) / file.name).as_posix()

    def published_place(self, file: DataFileEntry) -> str:
        """Return a file's place in a complete data folder, with forward slashes."""
        return f"{possible_places(self.collection)[0]}/{self.place(file)}"

    def find(self, file: DataFileEntry, data: DataFolder) -> Path | None:
        """Return where a file lies in a data folder, None if it is absent."""
        try:
            return data.find(self.collection, self.place(file))
        except MissingDataError:
            return None


class Manifest(_Entry):
    """All data sets, and the archives that they come from.

    Attributes:
        data_sets: In the order of the manifest's files.
        archives: By name.
    """

    data_sets: tuple[DataSetEntry, ...]
    archives: dict[str, ArchiveEntry] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _names_fit(self) -> Self:
        names = [data_set.name for data_set in self.data_sets]
        if len(names) != len(set(names)):
            raise ValueError(f"data sets must have different names, got {sorted(names)}")
        for data_set in self.data_sets:
            for archive in data_set.archives:
                if archive not in self.archives:
                    raise ValueError(f"{data_set.name} names an unknown archive {archive!r}")
        return self

    def select(self, names: Iterable[str]) -> list[DataSetEntry]:
        """Return data sets by their own names or their suites', each once.

        Raises:
            UnknownNameError: If a name is neither a data set nor a suite.
        """
        suites = {data_set.suite for data_set in self.data_sets}
        known = {data_set.name for data_set in self.data_sets} | suites
        chosen = set()
        for typed in names:
            name = find_name(typed, known)
            if name is None:
                raise UnknownNameError("data set", typed, known)
            chosen.add(name)
        return [one for one in self.data_sets if {one.name, one.suite} & chosen]


def read_manifest(paths: Iterable[Path]) -> Manifest:
    """Read a manifest from TOML files.

    Raises:
        RecordError: If a file is no manifest.
    """
    data_sets: list[object] = []
    archives: dict[str, object] = {}
    unknown: dict[str, object] = {}
    try:
        for path in paths:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
            data_sets += content.pop("data_set", [])
            archives |= content.pop("archives", {})
            unknown |= content
        return Manifest.model_validate({"data_sets": data_sets, "archives": archives, **unknown})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise RecordError(f"manifest: {where}: {first['msg']}") from error
    except (OSError, ValueError, TypeError, RecursionError) as error:  # also what tomllib raises
        raise RecordError(f"manifest: {path}: {error}") from error


@cache
def built_in_manifest() -> Manifest:
    """Return the manifest that ships with the package."""
    folder = Path(str(files("harness.acquisition") / "sets"))
    order = ("sts", "sts-multilingual", "sts-languages", "transfer", "corpora")
    return read_manifest(folder / f"{name}.toml" for name in order)
