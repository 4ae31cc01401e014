"""Files of sentence vectors: written in four formats, two of them read back; never a pickle."""

import io
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.format import MAGIC_PREFIX
from numpy.typing import NDArray

from harness.encoder import Embeddings
from harness.encoding.float32_loss import float32_loss
from harness.errors import HarnessError, SettingError, first_line
from harness.results.display.json_text import json_text

VECTORS = "vectors"
"""Name of the matrix in a safetensors file."""

_ONE_ARRAY = ": write one array of it with np.save"


def _to_npy(_sentences: Sequence[str], vectors: Embeddings) -> bytes:
    """Return the matrix as a NumPy file."""
    file = io.BytesIO()
    np.save(file, vectors, allow_pickle=False)
    return file.getvalue()


def _to_safetensors(_sentences: Sequence[str], vectors: Embeddings) -> bytes:
    """Return the matrix as a safetensors file, under the name ``vectors``."""
    from safetensors.numpy import save  # deferred, like pyarrow: one format needs it

    return save({VECTORS: np.ascontiguousarray(vectors)})


def _to_parquet(sentences: Sequence[str], vectors: Embeddings) -> bytes:
    """Return a Parquet file with the columns ``sentence`` and ``vector``."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), vectors.shape[1])
    table = pa.table({"sentence": pa.array(sentences, pa.string()), "vector": rows})
    file = io.BytesIO()
    pq.write_table(table, file)
    return file.getvalue()


def _to_jsonl(sentences: Sequence[str], vectors: Embeddings) -> bytes:
    """Return a line ``{"sentence": ..., "vector": [...]}`` for each row."""
    lines = (
        json_text({"sentence": sentence, "vector": row.tolist()}, indent=None)
        for sentence, row in zip(sentences, vectors, strict=True)
    )
    return "".join(f"{line}\n" for line in lines).encode()


_WRITERS: dict[str, Callable[[Sequence[str], Embeddings], bytes]] = {
    "npy": _to_npy,
    "safetensors": _to_safetensors,
    "parquet": _to_parquet,
    "jsonl": _to_jsonl,
}
FORMATS = tuple(_WRITERS)
"""Names of the formats, which are also the files' suffixes."""


def vector_bytes(output_format: str, sentences: Sequence[str], vectors: Embeddings) -> bytes:
    """Return the content of a file of vectors.

    Args:
        output_format: One of `FORMATS`.
        sentences: One for each row.
        vectors: Shape: (n_sentences, dim).
    """
    return _WRITERS[output_format](sentences, vectors)


def check_format(output_format: str) -> None:
    """Make sure that a format can be written here.

    Raises:
        HarnessError: If its package is not installed.
    """
    if output_format == "parquet" and find_spec("pyarrow") is None:
        cure = "pip install 'sentence-harness[parquet]', or choose npy, safetensors or jsonl"
        raise HarnessError(f"format parquet needs the package pyarrow: {cure}")


def read_matrix(path: Path) -> Embeddings:
    """Read the vectors of a ``.npy`` or ``.safetensors`` file, as float32.

    Returns:
        Shape: (n_rows, dim).

    Raises:
        SettingError: If the file is absent, damaged, or holds no matrix of finite numbers.
    """
    readers = {".npy": _load_npy, ".safetensors": _load_safetensors}
    if path.suffix not in readers:
        hint = _ONE_ARRAY if path.suffix == ".npz" else ""
        msg = f"vectors must be a .npy or .safetensors file, got {str(path)!r}{hint}"
        raise SettingError(msg)
    if not path.is_file():
        raise SettingError(f"vectors must be a file, found none at {str(path)!r}")
    try:
        matrix = readers[path.suffix](path)
    except SettingError:
        raise
    except Exception as error:  # the readers raise many kinds for a damaged file
        raise SettingError(f"{path} cannot be read as vectors: {first_line(error)}") from error
    if loss := float32_loss(matrix):
        raise SettingError(f"{path} must hold numbers of vectors, got {loss}")
    if matrix.ndim != 2 or matrix.shape[1] == 0:  # noqa: PLR2004
        found = f"{matrix.dtype} of shape {matrix.shape}"
        raise SettingError(f"{path} must hold numbers of shape (sentences, dim), got {found}")
    with np.errstate(over="ignore"):  # what overflows is refused below
        vectors = matrix.astype(np.float32)
    finite = np.isfinite(vectors).all(axis=1)
    if not finite.all():
        count, first = int((~finite).sum()), int(np.argmin(finite)) + 1
        which = f"row {first}" if count == 1 else f"{count} rows, the first of them row {first}"
        raise SettingError(f"{path} must be finite in float32, is not in {which}, counted from 1")
    return vectors


def _load_npy(path: Path) -> NDArray[Any]:
    with path.open("rb") as file:
        start = file.read(len(MAGIC_PREFIX))
        if start.startswith(b"PK"):
            raise SettingError(f"{path} must be one array, got an archive of several{_ONE_ARRAY}")
        if start != MAGIC_PREFIX:
            raise SettingError(f"{path} must be a .npy file, got one that begins with {start!r}")
        file.seek(0)
        try:
            loaded: NDArray[Any] = np.load(file, allow_pickle=False)
        except ValueError as error:
            if "allow_pickle" not in str(error):
                raise
            msg = f"{path} must hold numbers, got Python objects, which are never read"
            raise SettingError(msg) from error
    return loaded


def _load_safetensors(path: Path) -> NDArray[Any]:
    from safetensors.torch import load_file  # torch's reader knows bfloat16, NumPy does not

    tensors = load_file(path)
    if len(tensors) != 1 and VECTORS not in tensors:
        names = ", ".join(sorted(tensors)) or "none"
        raise SettingError(f"{path} must hold one tensor, or one named {VECTORS!r}, got {names}")
    tensor = tensors[VECTORS] if VECTORS in tensors else next(iter(tensors.values()))
    array: NDArray[Any] = (tensor.float() if tensor.is_floating_point() else tensor).numpy()
    return array
