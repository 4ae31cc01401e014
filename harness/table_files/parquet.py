"""Read Parquet files."""

import io
from importlib.util import find_spec
from pathlib import Path

from harness.bounded_files import PACKERS, first_bytes, whole_bytes
from harness.errors import BadDataError, HarnessError, first_line
from harness.table_files.arrow import content_of_arrow
from harness.table_files.content import Content

_MAGIC = b"PAR1"


def is_parquet(path: Path, suffix: str) -> bool:
    """Whether a file is called Parquet, or begins as such files do."""
    return suffix == ".parquet" or first_bytes(path, len(_MAGIC)) == _MAGIC


def read_parquet(path: Path) -> Content:
    """Read a Parquet file.

    Raises:
        HarnessError: If the package pyarrow is not installed.
        BadDataError: If the file is damaged or has no row.
    """
    if find_spec("pyarrow") is None:
        cure = "pip install 'sentence-harness[parquet]'"
        raise HarnessError(f"reading the Parquet file {path} needs the package pyarrow: {cure}")
    import pyarrow as pa  # deferred: one form needs it
    import pyarrow.parquet as pq

    try:
        source = io.BytesIO(whole_bytes(path)) if path.suffix in PACKERS else str(path)
        with pq.ParquetFile(source) as file:
            table = file.read()
    except (pa.ArrowException, OSError) as error:
        got = first_line(error)
        raise BadDataError(path, None, f"must be a whole Parquet file, got {got}") from error
    return content_of_arrow(table, "Parquet", path)
