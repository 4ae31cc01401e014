"""Arrow tables, which Parquet files and data sets are read as, turned into rows."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import BadDataError, quoted
from harness.table_files.content import Content

if TYPE_CHECKING:
    import pyarrow as pa


def content_of_arrow(table: "pa.Table", form: str, path: Path) -> Content:
    """Return the rows of an Arrow table; columns of dates, bytes, lists and structs are left out.

    Args:
        table: The table.
        form: What `DataTable.form` says.
        path: What messages call it.

    Raises:
        BadDataError: If it has no row, two columns of one name, or text that is no UTF-8.
    """
    twice = [name for name, count in Counter(table.column_names).items() if count > 1]
    if twice:
        raise BadDataError(path, None, f"must name each column once, got {quoted(twice[0])} twice")
    if table.num_rows == 0:
        got = f"none below columns {', '.join(table.column_names)}"
        raise BadDataError(path, None, f"must have at least one row, got {got}")
    unusable = {
        field.name: (1, f"must be text or a number, got {field.type}")
        for field in table.schema
        if not _is_plain(field.type)
    }
    columns = [name for name in table.column_names if name not in unusable]
    cells = [_cells(table, name, path) for name in columns]
    rows = list(zip(*cells, strict=True))
    lines = range(1, table.num_rows + 1)
    return Content(tuple(columns), form, rows, lines, unusable=unusable, are_lines=False)


def _cells(table: "pa.Table", column: str, path: Path) -> list[Any]:
    from pyarrow import types  # deferred: only where its package is installed

    try:
        chosen = table.column(column)
        if types.is_decimal(chosen.type):
            chosen = chosen.cast("float64")
        cells: list[Any] = chosen.to_pylist()
    except UnicodeDecodeError as error:
        got = f"byte 0x{error.object[error.start]:02x}"
        problem = f"column {quoted(column)} must be utf-8, got {got}"
        raise BadDataError(path, None, problem) from error
    return cells


def _is_plain(kind: "pa.DataType") -> bool:
    from pyarrow import types  # deferred: only where its package is installed

    if types.is_dictionary(kind):
        return _is_plain(kind.value_type)
    return any(
        of(kind)
        for of in (
            *(types.is_string, types.is_large_string, types.is_string_view),
            *(types.is_integer, types.is_floating, types.is_boolean, types.is_null),
            types.is_decimal,
        )
    )
