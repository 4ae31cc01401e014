from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from harness.encoder import Context
from harness.encoders.adapters.precomputed import PrecomputedEncoder, PrecomputedSettings
from harness.errors import HarnessError

ROWS = np.array([[1, 2], [3, 4], [5, 6]], np.float32)
LINES = "one\ntwo words\n\n"  # the third sentence is empty

Open = Callable[..., PrecomputedEncoder]


@pytest.fixture
def open_files(tmp_path: Path) -> Open:
    """Return a function that writes both files and opens them."""

    def open_files(
        rows: np.ndarray = ROWS, lines: str | bytes = LINES, name: str = "v.npy"
    ) -> PrecomputedEncoder:
        vectors, sentences = tmp_path / name, tmp_path / "s.txt"
        if name.endswith(".npy"):
            np.save(vectors, rows)
        else:
            save_file({"any": rows}, vectors)
        sentences.write_bytes(lines.encode() if isinstance(lines, str) else lines)
        settings = PrecomputedSettings(vectors=str(vectors), sentences=str(sentences))
        return PrecomputedEncoder(Context(), settings)

    return open_files


@pytest.mark.parametrize("name", ["v.npy", "v.safetensors"])
def test_vectors_are_found_by_their_sentences(open_files: Open, name: str) -> None:
    vectors = open_files(name=name).encode(["", "one", "two words", "one"])

    assert vectors.tolist() == [[5, 6], [1, 2], [3, 4], [1, 2]]


@pytest.mark.parametrize("dtype", [np.float16, np.float64, np.int16, ">f4"])
def test_any_numbers_become_float32(open_files: Open, dtype: str | type) -> None:
    vectors = open_files(ROWS.astype(dtype)).encode(["one"])

    assert vectors.dtype == np.float32
    assert vectors.tolist() == [[1, 2]]


def test_windows_line_ends_and_a_byte_order_mark_are_no_part_of_a_sentence(
    open_files: Open,
) -> None:
    encoder = open_files(lines=b"\xef\xbb\xbfone\r\ntwo\xe2\x80\xa8words\r\n\r\n")

    assert encoder.encode(["one", "two\u2028words"]).tolist() == [[1, 2], [3, 4]]


def test_missing_sentences_are_counted_and_the_first_is_named(open_files: Open) -> None:
    with pytest.raises(HarnessError) as caught:
        open_files().prepare(["one", "three", "four"])

    assert "s.txt has 2 of 3 sentences missing, the first 'three': " in str(caught.value)


def test_a_repeated_sentence_may_differ_by_rounding_alone(open_files: Open) -> None:
    rows = np.array([[1, 2], [1 + 1e-6, 2]], np.float32)

    assert open_files(rows, "a\na\n").encode(["a"]).tolist() == [[1, 2]]
    with pytest.raises(
        HarnessError, match="one vector per sentence, got two for 'a', rows 1 and 2"
    ):
        open_files(rows * [[1], [1.01]], "a\na\n")


@pytest.mark.parametrize(
    ("rows", "lines", "message"),
    [
        (ROWS, "one\ntwo\n", "must have equally many rows, got 3 and 2"),
        (
            np.array([[1, np.nan], [1, 2], [np.inf, 1]]),
            "a\nb\nc",
            "is not in 2 rows, the first of them row 1, counted from 1",
        ),
        (np.array([[1], [1e300]]), "a\nb", "must be finite in float32, is not in row 2, counted"),
        (np.array([1.0, 2.0]), "a\nb", "of shape (sentences, dim), got float64 of shape (2,)"),
        (np.zeros((1, 0)), "a", "of shape (sentences, dim), got float64 of shape (1, 0)"),
        (
            np.array([["x"]]),
            "a",
            "must hold numbers of vectors, got <U1, which is no kind of number",
        ),
        (ROWS, b"a\n\xff\nc\n", "s.txt:2: must be utf-8, got byte 0xff"),
        (ROWS, "", "must have at least one line, got an empty file"),
    ],
)
def test_files_that_are_no_vectors_of_sentences_are_reported(
    open_files: Open, rows: np.ndarray, lines: str | bytes, message: str
) -> None:
    with pytest.raises(HarnessError) as caught:
        open_files(rows, lines)

    assert message in str(caught.value)


class Trap:
    """An object whose pickle runs code."""

    def __reduce__(self) -> tuple[object, ...]:
        return Path("sprung").touch, ()


def test_a_pickle_is_never_read(tmp_path: Path) -> None:
    np.save(tmp_path / "v.npy", np.array([Trap()], object), allow_pickle=True)
    (tmp_path / "s.txt").write_text("a\n")
    settings = PrecomputedSettings(str(tmp_path / "v.npy"), str(tmp_path / "s.txt"))

    with pytest.raises(HarnessError, match=r"v\.npy must hold numbers, got Python objects, which"):
        PrecomputedEncoder(Context(), settings)
    assert not Path("sprung").exists()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("v.npy", b"no numbers", "v.npy must be a .npy file, got one that begins with b'no num'"),
        ("v.npy", b"", "v.npy must be a .npy file, got one that begins with b''"),
        ("v.npy", b"\x93NUMPY\x01", "cannot be read as vectors: "),
        (
            "v.npy",
            b"PK\x03\x04....",
            "one array, got an archive of several: write one array of it",
        ),
        ("v.npz", b"", "v.npz': write one array of it with np.save"),
        ("v.safetensors", b"no numbers", "cannot be read as vectors: "),
        ("v.pt", b"", "vectors must be a .npy or .safetensors file, got"),
        ("v.npy", None, "vectors must be a file, found none at"),
    ],
)
def test_an_unreadable_file_is_reported(
    tmp_path: Path, name: str, content: bytes | None, message: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    (tmp_path / "s.txt").write_text("a\n")

    settings = PrecomputedSettings(str(tmp_path / name), str(tmp_path / "s.txt"))

    with pytest.raises(HarnessError, match=message):
        PrecomputedEncoder(Context(), settings)


def test_several_tensors_need_one_called_vectors(tmp_path: Path) -> None:
    (tmp_path / "s.txt").write_text("a\nb\nc\n")
    settings = PrecomputedSettings(str(tmp_path / "v.safetensors"), str(tmp_path / "s.txt"))
    save_file({"other": ROWS + 1, "vectors": ROWS}, tmp_path / "v.safetensors")

    assert PrecomputedEncoder(Context(), settings).encode(["a"]).tolist() == [[1, 2]]

    save_file({"a": ROWS, "b": ROWS}, tmp_path / "v.safetensors")
    with pytest.raises(HarnessError, match="one tensor, or one named 'vectors', got a, b"):
        PrecomputedEncoder(Context(), settings)


def test_the_fingerprint_changes_with_either_file(open_files: Open) -> None:
    marks = {
        open_files().fingerprint(),
        open_files().fingerprint(),
        open_files(ROWS + 1).fingerprint(),
        open_files(lines="one\nother words\n\n").fingerprint(),
    }

    assert len(marks) == 3


def test_both_files_are_required() -> None:
    with pytest.raises(HarnessError, match="needs both files: precomputed:vectors="):
        PrecomputedEncoder(Context(), PrecomputedSettings(vectors="v.npy"))
