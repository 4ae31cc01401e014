"""Which task reads a file of the user's own: of scored pairs, or of labelled rows."""

from pathlib import Path

from harness.data import DataFolder
from harness.errors import BadDataError
from harness.planning.planned_tasks import PlannedTask, plan_tasks
from harness.planning.task_names import registered_name
from harness.plugins.files import load_plugin, registered_by
from harness.settings import Spec
from harness.table_files.columns import (
    FIRST,
    LABEL,
    SCORE,
    SECOND,
    SENTENCE,
    choose_columns,
    find_column,
)
from harness.table_files.table import DataTable, as_number
from harness.table_files.table_files import read_tables

_PAIR_COLUMNS = 3


def own_kind(source: Spec) -> str:
    """Return ``pairs`` for two sentences and a score or one of two labels; else ``labels``.

    Args:
        source: A file, or ``hf:...``, as the setting ``file``; the setting ``columns``, if there
            is one, names the columns.

    Raises:
        HarnessError: If there is no such file, or it is damaged.
    """
    parts = (part.strip() for part in source.settings.get("columns", "").split(","))
    columns = tuple(filter(None, parts))
    table = next(iter(read_tables(source.settings["file"]).values()))
    if columns and len(columns) != _PAIR_COLUMNS:
        return "labels"
    try:
        score = choose_columns(table, (FIRST, SECOND, SCORE), columns)[-1]
    except BadDataError as error:  # no two sentences
        if table.has_header and not columns and not _has_labels(table):
            expected = "two sentences and a score, or a sentence and a label"
            got = f"no known names of them among {', '.join(table.columns)}"
            cure = "name them with columns=A,B,..."
            raise table.error(None, None, f"must have {expected}, got {got}: {cure}") from error
        return "labels"
    return "pairs" if _are_scores(table, score) else "labels"


def _has_labels(table: DataTable) -> bool:
    return all(find_column(table, role) for role in (SENTENCE, LABEL))


def _are_scores(table: DataTable, column: str) -> bool:
    """Whether a column holds numbers, but not of three or more classes, or one of two labels."""
    if column in table.classes:
        return len(table.classes[column]) <= 2  # noqa: PLR2004
    place = table.index(column)
    cells = {row[place] for row in table.rows}
    return len(cells) <= 2 or any(as_number(cell) is not None for cell in cells)  # noqa: PLR2004


def plan_to_check(asked: Spec, kind: str, data: DataFolder) -> list[PlannedTask]:
    """Read the task of a task file, of a file of rows, or of a registered name.

    Args:
        asked: What it is as the setting ``file``, with settings that say how it is read.
        kind: ``pairs`` or ``labels``; empty to go by the file's columns.
        data: Where the files of registered tasks lie.

    Raises:
        HarnessError: If it cannot be read.
    """
    place, settings = asked.settings["file"], dict(asked.settings)
    if place.endswith(".toml"):
        load_plugin(place)
        own = settings.pop("file")
        return plan_tasks([Spec(name, settings) for name in registered_by(own)], data, {})
    if registered_name(place) is not None and not Path(place).is_file():
        del settings["file"]
        return plan_tasks([Spec(place, settings)], data, {})
    return plan_tasks([Spec(kind or own_kind(asked), settings)], data, {})
