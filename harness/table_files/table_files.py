"""Read the tables of a file, whatever its form."""

from pathlib import Path

from harness.bounded_files import PACKERS
from harness.data import DataFile, checksum
from harness.errors import MissingDataError
from harness.table_files.delimited import read_delimited
from harness.table_files.table import DataTable


def read_tables(place: str | Path, *, header: bool | None = None) -> dict[str, DataTable]:
    """Read a file of rows and columns.

    Args:
        place: A file: TSV, CSV or text with another delimiter, plain or packed as ``.gz`` or
            ``.xz``.
        header: Whether a text table's first row names its columns; None to find out.

    Returns:
        The table of each part; of a file, one under the name "".

    Raises:
        MissingDataError: If there is no such file.
        BadDataError: If it is damaged or no table.
    """
    path = Path(place).expanduser()
    if not path.is_file():
        raise MissingDataError(f"table must be a file, found none at {str(path)!r}")
    digest = checksum(path)
    content = read_delimited(path, _suffix(path), header=header)
    files = (DataFile(path.name, digest, len(content.rows)),)
    return {"": DataTable(path.name, path, files=files, **vars(content))}


def _suffix(path: Path) -> str:
    """Return the end of a file's name, that of its packing left out, in lower case."""
    return (Path(path.stem) if path.suffix in PACKERS else path).suffix.lower()
