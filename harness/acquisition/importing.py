"""Take data sets from a folder or archive that the user already has."""

from collections.abc import Sequence
from pathlib import Path

from harness.acquisition.archives import unpack
from harness.acquisition.manifest import DataSetEntry
from harness.acquisition.placement import Outcome, Tree, place_from
from harness.acquisition.scratch import import_folder, remove_leftovers
from harness.acquisition.verification import check_data_set, difference
from harness.data import DataFolder
from harness.errors import MissingDataError


def import_data(source: Path, data_sets: Sequence[DataSetEntry], root: Path) -> list[Outcome]:
    """Copy every file of the manifest that a folder or archive holds, prepared or as published.

    Args:
        source: A folder, such as SentEval's; a zip or tar archive; or one file of a data set.
        data_sets: What to look for.
        root: The data folder; made if it does not exist.

    Returns:
        What became of each data set of which something was found and something was wanted.

    Raises:
        MissingDataError: If the source is no folder or file, or is the data folder itself.
        BadDataError: If an archive is damaged or not to be trusted.
    """
    if not (source.is_dir() or source.is_file()):
        raise MissingDataError(f"import must name a folder or an archive, got {str(source)!r}")
    if source.is_dir() and source.resolve() == root.resolve():
        raise MissingDataError(f"import must name another folder than the data folder {root}")
    remove_leftovers(root)
    if source.is_dir():
        return _import_tree(Tree.below(source), data_sets, root)
    single = Tree([source])
    if any(single.candidates(one, file) for one in data_sets for file in one.files):
        return _import_tree(single, data_sets, root)
    root.mkdir(parents=True, exist_ok=True)
    with import_folder(root) as folder:
        unpack(source, folder)
        return _import_tree(Tree.below(folder), data_sets, root)


def _import_tree(tree: Tree, data_sets: Sequence[DataSetEntry], root: Path) -> list[Outcome]:
    data = DataFolder(root, str(root))
    outcomes = []
    for data_set in data_sets:
        outcome = Outcome(data_set)
        left = place_from(tree, check_data_set(data_set, data).wanted, outcome, data)
        for file in left:
            other = tree.look_alike(data_set, file)
            if other is not None and not file.documentation:
                outcome.problems.append(f"{other}: {difference(file, other)}")
        outcome.missing = [file.name for file in left if not file.documentation]
        if outcome.placed or outcome.problems:
            outcomes.append(outcome)
    return outcomes
