"""Read the tables of a file or data set, whatever its form."""

import os
from pathlib import Path

from harness.bounded_files import unpacked_name
from harness.data import DataFile, checksum
from harness.errors import BadDataError, MissingDataError
from harness.results.display.shown_text import shown_line
from harness.table_files.content import Content
from harness.table_files.data_sets import PREFIX, read_data_set
from harness.table_files.delimited import read_delimited
from harness.table_files.json_files import JSON_SUFFIXES, is_json, read_json
from harness.table_files.parquet import is_parquet, read_parquet
from harness.table_files.table import DataTable

_SPREADSHEETS = (".xls", ".xlsx", ".xlsm", ".ods", ".numbers")
_EXPORT = "export it as CSV"
_TABLES = (".tsv", ".csv", ".parquet", *JSON_SUFFIXES, *_SPREADSHEETS)


def read_tables(place: str | Path, *, header: bool | None = None) -> dict[str, DataTable]:
    """Read a file or data set of rows and columns.

    Args:
        place: A file: TSV, CSV or text with another delimiter, JSON lines, JSON or Parquet, each
            plain or packed as ``.gz`` or ``.xz``. Or a data set: ``hf:FOLDER`` or
            ``hf:OWNER/NAME[/CONFIG][@REVISION]``.
        header: Whether a text table's first row names its columns; None to find out.

    Returns:
        The table of each part of a data set; of a file, one under the name "".

    Raises:
        HarnessError: If a package that the form needs is not installed.
        MissingDataError: If there is no such file or data set.
        BadDataError: If it is damaged or no table.
    """
    if str(place).startswith(PREFIX):
        return read_data_set(str(place))
    path = Path(os.path.expanduser(place))  # noqa: PTH111 - no home is no error
    if not path.is_file():
        got = "got the folder" if path.is_dir() else "found none at"
        raise MissingDataError(f"table must be a file, {got} {str(path)!r}")
    digest = checksum(path)
    content = _read(path, header=header)
    name = shown_line(path.name)
    files = (DataFile(name, digest, len(content.rows)),)
    return {"": DataTable(name, path, files=files, **vars(content))}


def is_table(place: str) -> bool:
    """Whether a place is called a table: a data set, or a file with the ending of one."""
    return place.startswith(PREFIX) or unpacked_name(Path(place)).suffix.lower() in _TABLES


def _read(path: Path, *, header: bool | None) -> Content:
    suffix = unpacked_name(path).suffix.lower()
    if suffix in _SPREADSHEETS:
        raise BadDataError(path, None, f"must be a table, got a spreadsheet ({suffix}): {_EXPORT}")
    if is_parquet(path, suffix):
        return read_parquet(path)
    if is_json(path, suffix):
        return read_json(path, suffix)
    return read_delimited(path, suffix, header=header)
