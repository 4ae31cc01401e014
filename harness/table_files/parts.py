"""Train, dev and test: the parts of a data set, or of a file with a column that names them."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.errors import SettingError
from harness.table_files.columns import SPLIT, choose_columns, find_column
from harness.table_files.table import DataTable, plain_text
from harness.table_files.table_files import read_tables

DEFAULT_PART = "test"

_NAMES = {
    "train": ("train", "training"),
    "dev": ("dev", "development", "valid", "validation", "val", "trial"),
    "test": ("test", "testing"),
}
_PARTS = {name: part for part, names in _NAMES.items() for name in names}


@dataclass(frozen=True)
class PartRows:
    """Some rows of a table.

    Attributes:
        table: The table.
        rows: Their places in it, from 0.
    """

    table: DataTable
    rows: Sequence[int]


def part_name(text: str) -> str | None:
    """Return ``train``, ``dev`` or ``test`` for a usual name of it; None for any other text."""
    return _PARTS.get(text.strip().casefold())


def read_parts(
    place: str, column: str | None, named: Sequence[str] = (), *, splits: str = ""
) -> dict[str, PartRows]:
    """Read the parts of a file or data set.

    Args:
        place: A file, or ``hf:...``.
        column: The column that names each row's part; empty to look for one with a usual name,
            None to take all rows as one part.
        named: Other columns that were asked for: a text table that has names of them has a header.
        splits: A column that is meant otherwise, whatever its name.

    Returns:
        By ``train``, ``dev`` and ``test``; a part of a data set with another name by that, and
        what has no parts under "".

    Raises:
        HarnessError: If there is no such file, or it is damaged, or names another part.
    """
    has_names = any(name and not name.isdecimal() for name in (column or "", *named))
    tables = read_tables(place, header=has_names or None)
    if len(tables) > 1 or "" not in tables:
        return {part_name(name) or name: _whole(table) for name, table in tables.items()}
    (table,) = tables.values()
    if column:
        (column,) = choose_columns(table, (SPLIT,), (column,))
    elif column is not None:
        column = _column_of_parts(table, splits)
    return _by_column(table, column) if column else {"": _whole(table)}


def choose_part(
    parts: dict[str, PartRows], asked: str, owner: str, default: str = DEFAULT_PART
) -> tuple[str, PartRows]:
    """Return the part that was asked for, or the only one.

    Args:
        parts: As `read_parts` returns them.
        asked: Its name, ``train``, ``dev`` or ``test`` by any of their usual names; or empty.
        owner: What has the parts, for messages.
        default: The part where there are several and none is asked for.

    Raises:
        SettingError: If there is no such part.
    """
    name = part_name(asked) or asked or (default if len(parts) > 1 else next(iter(parts)))
    if name not in parts:
        known = ", ".join(filter(None, parts)) or "left out, as no column names parts"
        expected = f"one of {known}" if any(parts) else known
        raise SettingError(f"part of {owner} must be {expected}, got {asked or 'none'!r}")
    return name, parts[name]


def _whole(table: DataTable) -> PartRows:
    return PartRows(table, range(len(table.rows)))


def _column_of_parts(table: DataTable, splits: str) -> str | None:
    """Return the column with a usual name that names parts."""
    column = find_column(table, SPLIT) if table.has_header else None
    if column is None or (splits and choose_columns(table, (SPLIT,), (splits,)) == (column,)):
        return None
    place = table.index(column)
    named = any(part_name(plain_text(row[place])) for row in table.rows)
    return column if named else None


def _by_column(table: DataTable, column: str) -> dict[str, PartRows]:
    rows: dict[str, list[int]] = {}
    for row in range(len(table.rows)):
        text = table.text(row, column)
        part = part_name(text)
        if part is None:
            raise table.error(row, column, f"must be train, dev or test, got {text!r}")
        rows.setdefault(part, []).append(row)
    return {part: PartRows(table, rows[part]) for part in _NAMES if part in rows}
