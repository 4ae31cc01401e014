"""Read word vectors from a text file in the format of GloVe or word2vec, plain or gzipped."""

from collections.abc import Container, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.bounded_files import numbered_lines
from harness.errors import BadDataError

_HEADER = 2  # word2vec's first line has two numbers: words, dimensions
_MOST_DIMS = 100_000


def find_dim(path: Path) -> int:
    """Return how many numbers a line has.

    Raises:
        BadDataError: If the file does not begin with a vector or word2vec's header.
    """
    _, first = next(numbered_lines(path), (1, b""))
    fields = first.split()
    if len(fields) < _HEADER:
        raise BadDataError(path, 1, "must be a word and its numbers, separated by spaces")
    dim = len(fields) - 1
    if len(fields) == _HEADER and fields[1].isdigit():
        dim = int(fields[1][:9])
    if not 1 <= dim <= _MOST_DIMS:
        raise BadDataError(path, 1, f"must have 1 to {_MOST_DIMS} dimensions, got {dim}")
    return dim


def read_vectors(
    path: Path, wanted: Container[str], dim: int
) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Yield the vectors of wanted words, reading the file once from start to end.

    Args:
        path: One word a line, then its numbers, separated by single spaces.
        wanted: Words to yield; the lines of others are passed over unparsed.
        dim: How many numbers a line has; what stands before them is the word.

    Yields:
        Word and vector, shape (dim,), in the order of the file, repeats included.

    Raises:
        BadDataError: If the line of a wanted word has other than `dim` numbers, or the file is
            damaged.
    """
    for number, line in numbered_lines(path):
        word = line.partition(b" ")[0].decode("utf-8", "replace")
        header = number == 1 and len(line.split()) == _HEADER < dim + 1
        if word in wanted and not header:
            fields = line.rstrip().rsplit(b" ", dim)
            if fields[0].decode("utf-8", "replace") == word:
                yield word, _vector(path, number, fields[1:], dim)


def _vector(path: Path, number: int, fields: list[bytes], dim: int) -> NDArray[np.float32]:
    try:
        vector = np.array([float(field) for field in fields], dtype=np.float32)
    except ValueError:
        vector = np.empty(0, dtype=np.float32)
    if len(vector) != dim or not np.isfinite(vector).all():
        raise BadDataError(path, number, f"must have {dim} numbers after the word")
    return vector
