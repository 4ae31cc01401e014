"""Lines of packed files: whole ones are read, bombs cost little and are named."""

import gzip
import lzma
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from harness import bounded_files
from harness.bounded_files import MOST_LINE_BYTES, numbered_lines
from harness.errors import BadDataError

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "a.txt": bytes,
    "a.txt.gz": gzip.compress,
    "a.txt.xz": lzma.compress,
}
PACKED = ["a.txt.gz", "a.txt.xz"]


def packed(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(PACKERS[name](content))
    return path


@pytest.mark.parametrize("name", PACKERS)
def test_lines_are_numbered_from_one_with_their_ends(tmp_path: Path, name: str) -> None:
    path = packed(tmp_path, name, b"one\r\n\nlast")

    assert list(numbered_lines(path)) == [(1, b"one\r\n"), (2, b"\n"), (3, b"last")]


@pytest.mark.parametrize("name", PACKERS)
def test_line_of_many_megabytes_is_refused_before_it_is_read(tmp_path: Path, name: str) -> None:
    path = packed(tmp_path, name, b"short\n" + b"x" * (8 * MOST_LINE_BYTES))
    tracemalloc.start()

    with pytest.raises(BadDataError, match=f"{name}:2: must have lines of at most 4 MiB"):
        list(numbered_lines(path))

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 6 * MOST_LINE_BYTES  # xz itself needs 8 MiB


@pytest.mark.parametrize("name", PACKED)
def test_short_lines_that_unpack_to_far_more_than_text_does_are_refused(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded_files, "_SMALL", 1 << 20)
    path = packed(tmp_path, name, b"a\tb\n" * (1 << 20))
    read: list[int] = []

    with pytest.raises(BadDataError, match="must unpack to at most 1 MiB, got more"):
        read.extend(number for number, _ in numbered_lines(path))

    assert len(read) == (1 << 20) // 4


def test_plain_file_may_be_as_long_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded_files, "_SMALL", 10)
    path = packed(tmp_path, "a.txt", b"a\tb\n" * 100)

    assert sum(1 for _ in numbered_lines(path)) == 100


@pytest.mark.parametrize("name", PACKED)
@pytest.mark.parametrize("damage", ["cut", "plain"])
def test_damaged_packed_file_is_named(tmp_path: Path, name: str, damage: str) -> None:
    path = packed(tmp_path, name, b"a line\n" * 100)
    path.write_bytes(path.read_bytes()[:-9] if damage == "cut" else b"plain text")

    with pytest.raises(BadDataError, match=r"must be a whole (gzip|xz) file, got"):
        list(numbered_lines(path))
