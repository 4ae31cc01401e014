"""Read word vectors from a text file in the format of GloVe or word2vec, plain or gzipped."""

from collections import Counter
from collections.abc import Container, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.bounded_files import numbered_lines
from harness.encoders.words.file_forms import refuse_other_form
from harness.errors import BadDataError, quoted

_HEADER = 2  # word2vec's first line has two numbers: words, dimensions
_MOST_DIMS = 100_000
_SAMPLED = 20  # lines that show how many numbers one has
_BOM = b"\xef\xbb\xbf"


def find_dim(path: Path) -> int:
    """Return how many numbers a line has: as word2vec's header says, or else most first lines.

    Raises:
        BadDataError: If the file is of another form, or its first line is no vector.
    """
    refuse_other_form(path)
    lines = [line for _, line in islice(numbered_lines(path), _SAMPLED)]
    header = _header_dim(lines)
    dim = _common_dim(path, lines) if header is None else header
    if not 1 <= dim <= _MOST_DIMS:
        raise BadDataError(path, 1, f"must have 1 to {_MOST_DIMS} dimensions, got {dim}")
    start = 1 if header is None else 2
    for number, line in enumerate(lines[start - 1 :][:1], start):
        _refuse_short(path, number, line, dim)
    return dim


def read_vectors(
    path: Path, wanted: Container[str], dim: int
) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Yield the vectors of wanted words, reading the file once from start to end.

    Args:
        path: One word a line, then its numbers, separated by spaces or tabs.
        wanted: Words to yield; the numbers of others are passed over unparsed.
        dim: How many numbers a line has; what stands before them is the word, which may hold
            spaces and is then none that a sentence has.

    Yields:
        Word and vector, shape (dim,), in the order of the file, repeats included.

    Raises:
        BadDataError: If a line has fewer than `dim` numbers, that of a wanted word has other ones,
            or the file is damaged.
    """
    for number, line in numbered_lines(path):
        if number == 1:
            line = line.removeprefix(_BOM)  # noqa: PLW2901 - the same line
            if len(line.split()) == _HEADER < dim + 1:
                continue
        parts = line.split(None, 1)
        if not parts:
            continue  # an empty line
        if line.count(b" ") < dim:
            _refuse_short(path, number, line, dim)
        word = parts[0].decode("utf-8", "replace")
        if word in wanted and not line[:1].isspace():
            vector = _vector(path, number, line, dim)
            if vector is not None:
                yield word, vector


def _header_dim(lines: list[bytes]) -> int | None:
    """Return the dimensions that word2vec's header gives; None if the first line is none."""
    fields = lines[0].removeprefix(_BOM).split() if lines else []
    if len(fields) == _HEADER and all(field.isdigit() for field in fields):
        return int(fields[1][:9])
    return None


def _common_dim(path: Path, lines: list[bytes]) -> int:
    """Return how many numbers most lines end with; their first field is never one of them."""
    dims = Counter(filter(None, (_count_numbers(line.split()[1:]) for line in lines)))
    if not dims:
        raise _no_vector(path, 1, lines[0] if lines else b"", "its numbers")
    return dims.most_common(1)[0][0]


def _count_numbers(fields: list[bytes]) -> int:
    """Return how many of the last fields are numbers, without a break."""
    count = 0
    while count < len(fields) and _is_number(fields[-1 - count]):
        count += 1
    return count


def _is_number(field: bytes) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


def _refuse_short(path: Path, number: int, line: bytes, dim: int) -> None:
    """Refuse a line that has no word and `dim` numbers, whatever the word is.

    Raises:
        BadDataError: If it is one.
    """
    fields = line.split()
    if len(fields) + line[:1].isspace() <= dim:
        raise _no_vector(path, number, line, "1 number" if dim == 1 else f"{dim} numbers")


def _no_vector(path: Path, number: int, line: bytes, numbers: str) -> BadDataError:
    """Return what is wrong with a line that is no word and its numbers."""
    try:
        text = line.decode()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        problem = "must be text, got other bytes, such as word2vec's binary form: save it as text"
        return BadDataError(path, number, problem)
    expected = f"must be a word and {numbers}, separated by spaces or tabs"
    return BadDataError(path, number, f"{expected}, got {quoted(text.strip())}")


def _vector(path: Path, number: int, line: bytes, dim: int) -> NDArray[np.float32] | None:
    """Return the vector of a line whose first field is wanted; None if its word goes on.

    Raises:
        BadDataError: If what follows the word is no vector.
    """
    fields = line.split()
    between = fields[1:-dim]
    if between and not _is_number(between[-1]):
        return None
    try:
        vector = np.array([float(field) for field in fields[1:]], dtype=np.float32)
    except ValueError:
        vector = np.empty(0, dtype=np.float32)
    if len(vector) != dim or not np.isfinite(vector).all():
        got = "others" if len(fields) - 1 == dim else str(len(fields) - 1)
        raise BadDataError(path, number, f"must have {dim} numbers after the word, got {got}")
    return vector
