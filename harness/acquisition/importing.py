"""Take data sets from a folder or archive that the user already has."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.acquisition.archives import unpack
from harness.acquisition.manifest import DataFileEntry, DataSetEntry
from harness.acquisition.other_forms import OtherForm, read_other_form
from harness.acquisition.placement import Outcome, Tree, is_file_of, place_from
from harness.acquisition.rewriting import place_rewritten
from harness.acquisition.scratch import import_folder, remove_leftovers
from harness.acquisition.verification import check_data_set, difference
from harness.data import DataFolder
from harness.errors import BadDataError, MissingDataError
from harness.results.progress import doing
from harness.results.records.selection import listed

_STARTS = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")  # of packed files
_TAR = slice(257, 262)  # where a tar says that it is one
_ARCHIVE = re.compile(r"(?i).*(sts|sick|semeval|glue).*\.(zip|tar|tgz|tar\.\w+)")
_TEXT = re.compile(r"(?i).*\.(txt|tsv|csv|jsonl?)(\.gz|\.xz)?")


@dataclass(frozen=True)
class Imported:
    """What an import came to.

    Attributes:
        outcomes: What became of each data set of which something was found and something wanted.
        unrecognised: Files that are of no data set, by their place in what was imported.
    """

    outcomes: list[Outcome]
    unrecognised: list[str]


def import_data(source: Path, data_sets: Sequence[DataSetEntry], root: Path) -> Imported:
    """Copy every file of the manifest that a folder or archive holds.

    Files are taken as they are, prepared or as published; STS-B and SICK in other forms are
    rewritten; archives in the folder that are named as a shared task's are unpacked.

    Args:
        source: A folder, such as SentEval's; a zip or tar archive; or one file of a data set.
        data_sets: What to look for.
        root: The data folder; made if it does not exist.

    Raises:
        MissingDataError: If the source is no folder or file, is the data folder itself, or holds
            nothing of any data set.
        BadDataError: If the archive is damaged or not to be trusted.
    """
    if not (source.is_dir() or source.is_file()):
        raise MissingDataError(f"import must name a folder or an archive, got {str(source)!r}")
    if source.is_dir() and source.resolve() == root.resolve():
        raise MissingDataError(f"import must name another folder than the data folder {root}")
    remove_leftovers(root)
    is_new = not root.exists()
    root.mkdir(parents=True, exist_ok=True)
    try:
        with import_folder(root) as folder:
            return _import(source, folder, data_sets, DataFolder(root, str(root)))
    finally:
        if is_new and not any(root.iterdir()):
            root.rmdir()


def _import(
    source: Path, scratch: Path, data_sets: Sequence[DataSetEntry], data: DataFolder
) -> Imported:
    places = {source: str(source)} if source.is_dir() else {}
    tree = Tree.below(source) if source.is_dir() else Tree([source])
    if source.is_file() and _is_archive(source):
        with doing(f"unpacking {source.name}"):
            unpack(source, scratch / "0")
        tree, places = Tree.below(scratch / "0"), {scratch / "0": source.name}
    names = {path: _place(path, places) for path in tree.paths}
    bad: list[str] = []
    for number, path in enumerate([path for path in tree.paths if _ARCHIVE.fullmatch(path.name)]):
        inner = scratch / f"1-{number}"
        try:
            with doing(f"unpacking {path.name}"):
                unpack(path, inner)
        except BadDataError as error:
            bad.append(f"{names[path]} ({str(error).removeprefix(f'{path}: ')})")
        del names[path]
        below = Tree.below(inner).paths if inner.is_dir() else []
        names |= {inside: _place(inside, {inner: path.name}) for inside in below}
    with doing(f"looking for data sets in {source.name}"):
        found = _import_tree(Tree(names), data_sets, data)
    unpacked = {f"{path}: ": names[path] for path in names if path.is_relative_to(scratch)}
    for outcome in found.outcomes:
        outcome.problems = [_named(problem, unpacked) for problem in outcome.problems]
    unrecognised = [*bad, *(f"{names[path]}{why}" for path, why in found.unknown.items())]
    if not found.outcomes and not found.known:
        raise MissingDataError(
            f"nothing recognised in {source}: found {listed(unrecognised) or 'no files'}"
        )
    return Imported(found.outcomes, unrecognised)


def _place(path: Path, places: dict[Path, str]) -> str:
    """Name a file as the user knows it, whatever it was unpacked to."""
    for folder, name in places.items():
        if path.is_relative_to(folder):
            inside = path.relative_to(folder).as_posix()
            return inside if Path(name) == folder else f"{name}/{inside}"
    return path.name


def _named(problem: str, unpacked: dict[str, str]) -> str:
    """Return a problem of a file in an archive with the name that the file has there."""
    start = next(filter(problem.startswith, unpacked), "")
    return f"{unpacked[start]}: {problem.removeprefix(start)}" if start else problem


def _is_archive(path: Path) -> bool:
    """Whether a file begins as archives do; text that is packed by itself is none."""
    if _TEXT.fullmatch(path.name):
        return False
    with path.open("rb") as file:
        start = file.read(_TAR.stop)
    return start.startswith(_STARTS) or start[_TAR] == b"ustar"


@dataclass(frozen=True)
class _Found:
    outcomes: list[Outcome]
    known: set[Path]
    unknown: dict[Path, str]  # with what is wrong with one that has a data set's name


def _import_tree(tree: Tree, data_sets: Sequence[DataSetEntry], data: DataFolder) -> _Found:
    outcomes = [Outcome(data_set) for data_set in data_sets]
    left = [
        place_from(tree, check_data_set(outcome.data_set, data).wanted, outcome, data)
        for outcome in outcomes
    ]
    owned = [_owned(tree, outcome) for outcome in outcomes]
    known = set().union(*owned)
    forms = [form for path in tree.paths if path not in known and (form := read_other_form(path))]
    found = []
    for outcome, files, own in zip(outcomes, left, owned, strict=True):
        for file in files:
            other = tree.look_alike(outcome.data_set, file)
            if other is not None and not file.documentation:
                outcome.problems.append(f"{other}: {difference(file, other)}")
                known.add(other)
        rest = _rewrite(forms, files, outcome, data)
        outcome.missing = [file.name for file in rest if not file.documentation]
        known.update(outcome.sources)
        is_here = own or any(outcome.data_set.name in form.data_sets for form in forms)
        if outcome.placed or outcome.problems or (outcome.missing and is_here):
            found.append(outcome)
    known.update(form.path for form in forms if form.is_known)
    unknown = Tree(path for path in tree.paths if path not in known)
    return _Found(found, known, _unknown(unknown, data_sets))


def _owned(tree: Tree, outcome: Outcome) -> set[Path]:
    """Return the files of a tree that a data set has, be they placed now or there already."""
    owned = set(outcome.sources)
    for file in outcome.data_set.files:
        new = (path for path in tree.candidates(outcome.data_set, file) if path not in owned)
        owned.update([path for path in new if is_file_of(path, file)])
    return owned


def _unknown(tree: Tree, data_sets: Sequence[DataSetEntry]) -> dict[Path, str]:
    """Return what is wrong with each file that has the name of a data set's; of others nothing."""
    unknown = dict.fromkeys(tree.paths, "")
    for data_set in data_sets:
        for file in data_set.files:
            for path in tree.candidates(data_set, file) if not file.documentation else ():
                wrong = f" (not {data_set.name}'s {file.name}: {difference(file, path)})"
                unknown[path] = unknown[path] or wrong
    return unknown


def _rewrite(
    forms: Sequence[OtherForm], wanted: list[DataFileEntry], outcome: Outcome, data: DataFolder
) -> list[DataFileEntry]:
    """Place what other forms hold of a data set; return the files that are still wanted."""
    left = wanted
    for form in forms:
        made = {each.file: each for each in form.files if each.data_set == outcome.data_set.name}
        left = [
            file
            for file in left
            if file.name not in made
            or not place_rewritten(made[file.name], form.path, file, outcome, data)
        ]
    missing = {file.name for file in left}
    for form in forms:
        lacking = form.lacking.get(outcome.data_set.name, ())
        for name in missing.intersection(lacking):
            cure = f"get it with 'harness data fetch {outcome.data_set.name}'"
            outcome.problems.append(f"{form.path}: has no scores for {name}: {cure}")
    return left
