"""Read the lines of a file of any origin, packed or not, within limits."""

import gzip
import lzma
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import BufferedIOBase
from itertools import count
from pathlib import Path

from harness.errors import BadDataError

MOST_LINE_BYTES = 4 << 20
"""Of one line: a sentence, a pair, or a word and its vector of 100,000 numbers."""

_RATIO = 200  # text packs to a tenth, rarely to a fiftieth; zeros to a thousandth
_SMALL = 64 << 20  # bytes that any packed file may have
_DAMAGE = (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError)
PACKERS: Mapping[str, Callable[[Path], BufferedIOBase]] = {
    ".gz": gzip.GzipFile,
    ".xz": lzma.LZMAFile,
}
"""What opens a packed file, by the end of its name."""


def unpacked_name(path: Path) -> Path:
    """Return what a packed file is called without the end that says so; any other as it is."""
    return path.with_suffix("") if path.suffix in PACKERS else path


def numbered_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield each line's number, from 1, and its bytes with the line end; one is held at a time.

    Args:
        path: A file; one that ends in ``.gz`` or ``.xz`` is unpacked.

    Raises:
        BadDataError: If a line is longer than 4 MiB, or a packed file is damaged or unpacks to far
            more than text does.
    """
    most = most_unpacked(path) if path.suffix in PACKERS else None
    unpacked = 0
    with _whole(path), _open(path) as file:
        for number in count(1):
            line = file.readline(MOST_LINE_BYTES + 1)
            if not line:
                return
            if len(line) > MOST_LINE_BYTES:
                expected = f"must have lines of at most {MOST_LINE_BYTES >> 20} MiB"
                raise BadDataError(path, number, f"{expected}, got a longer one")
            unpacked += len(line)
            if most is not None and unpacked > most:
                expected = f"must unpack to at most {most >> 20} MiB"
                raise BadDataError(path, number, f"{expected}, got more: unpack it yourself")
            yield number, line


def first_bytes(path: Path, most: int) -> bytes:
    """Return the first bytes of a file, unpacked as `numbered_lines` does; all if `most` is -1.

    Raises:
        BadDataError: If a packed file is damaged.
    """
    with _whole(path), _open(path) as file:
        return file.read(most)


def whole_bytes(path: Path) -> bytes:
    """Return a file's bytes, unpacked as `numbered_lines` does.

    Raises:
        BadDataError: If a packed file is damaged, or unpacks to far more than data does.
    """
    most = most_unpacked(path) if path.suffix in PACKERS else -1
    content = first_bytes(path, most + 1 if most >= 0 else -1)
    if 0 <= most < len(content):
        expected = f"must unpack to at most {most >> 20} MiB"
        raise BadDataError(path, None, f"{expected}, got more: unpack it yourself")
    return content


def most_unpacked(path: Path) -> int:
    """Return to how many bytes a packed file may unpack: to more than data does, not to a bomb."""
    return max(_SMALL, _RATIO * path.stat().st_size)


def _open(path: Path) -> BufferedIOBase:
    packer = PACKERS.get(path.suffix)
    return path.open("rb") if packer is None else packer(path)


@contextmanager
def _whole(path: Path) -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        kind = {".gz": "gzip", ".xz": "xz"}[path.suffix]
        raise BadDataError(path, None, f"must be a whole {kind} file, got {error}") from error
