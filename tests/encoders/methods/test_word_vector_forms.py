"""Files of word vectors as they are found: read right, or refused by file and line."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from harness.encoder import Context
from harness.encoders.methods.glove import GloveEncoder, GloveSettings
from harness.errors import BadDataError

TEXT = b"the 1 0\nman 0 2\n"


def encode(path: Path, *sentences: str) -> list[list[float]]:
    encoder = GloveEncoder(Context(), GloveSettings(vectors=str(path)))
    return [[float(value) for value in row] for row in encoder.encode(sentences)]


@pytest.mark.parametrize(
    "content",
    [
        b"the\t1\t0\nman\t0\t2\n",
        b"the 1\t0\nman\t0 2\n",
        b"the  1  0\nman  0  2\n",
        b"the 1 0  \r\nman 0 2  \r\n",
        b"\xef\xbb\xbfthe 1 0\nman 0 2",
        b"the 1 0\n\nman 0 2\n\n",
        b"400000 2\nthe 1 0\nman 0 2\n",
        b"2\t2\nthe\t1\t0\nman\t0\t2\n",
        b"\xef\xbb\xbf2 2\nthe 1 0\nman 0 2\n",
        b"at name@domain.com 7 7\nthe 1 0\nman 0 2\n",
        b"the 1 0\nman 0 2\nthe man@domain.com 7 7\nman . 8 8\n",
        b". . . 7 7\nthe 1 0\nman 0 2\n",
        b"the 1 0\n 7 7\nman 0 2\n",
    ],
)
def test_text_is_read_however_it_is_laid_out(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "vectors.txt"
    path.write_bytes(content)

    assert encode(path, "the", "man", "the man", "at", "name@domain.com") == [
        [1, 0],
        [0, 2],
        [0.5, 1],
        [0, 0],
        [0, 0],
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"# GloVe\nthe 1 0\nman 0 2\n", r":1: must be a word and 2 numbers, .* got '# GloVe'"),
        (b"# 2\nthe 1 0\nman 0 2\n", r":1: must be a word and 2 numbers, .* got '# 2'"),
        (b"the,1,0\nman,0,2\n", r":1: must be a word and its numbers, .* got 'the,1,0'"),
        (b"the 1 0\nman 0\n", r":2: must be a word and 2 numbers, .* got 'man 0'"),
        (b"the 1 0\nother\nman 0 2\n", r":2: must be a word and 2 numbers, .* got 'other'"),
        (b"the 1 0\nman 0 2 3\n", r":2: must have 2 numbers after the word, got 3"),
        (b"the 1 0\nman 0 nan\n", r":2: must have 2 numbers after the word, got others"),
        (b"2 3\nthe 1 0\nman 0 2\n", r":2: must be a word and 3 numbers, .* got 'the 1 0'"),
        (b"", r":1: must be a word and its numbers"),
        ("the 1 0\n".encode("utf-16-le"), r":1: must be text, got other bytes"),
        (
            b"2 4\nthe " + struct.pack("<4f", 0.1, 0.2, 0.3, 0.4) + b"\nman \0\0\0\0",
            r":2: must be text, got other bytes, such as word2vec's binary form",
        ),
    ],
)
def test_a_line_that_is_no_vector_is_named(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "vectors.txt"
    path.write_bytes(content)

    with pytest.raises(BadDataError, match=rf"vectors\.txt{message}"):
        encode(path, "the man")


def zipped() -> bytes:
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("vectors.txt", TEXT)
        return file.getvalue()


def tarred() -> bytes:
    with io.BytesIO() as file:
        with tarfile.open(fileobj=file, mode="w") as archive:
            member = tarfile.TarInfo("vectors.txt")
            member.size = len(TEXT)
            archive.addfile(member, io.BytesIO(TEXT))
        return file.getvalue()


def array() -> bytes:
    with io.BytesIO() as file:
        np.save(file, np.ones((2, 3)))
        return file.getvalue()


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"


@pytest.mark.parametrize(
    ("name", "content", "form"),
    [
        ("a.zip", zipped, "a zip archive"),
        ("a.txt", zipped, "a zip archive"),
        ("a.txt.gz", zipped, "a zip archive"),
        ("a.txt.gz", lambda: gzip.compress(zipped()), "a zip archive"),
        ("a.tar", tarred, "a tar archive"),
        ("a.tar.gz", lambda: gzip.compress(tarred()), "a tar archive"),
        ("a.tgz", lambda: gzip.compress(tarred()), r"a gzip file: let its name end in \.gz"),
        ("a.tar.xz", lambda: lzma.compress(tarred()), "a tar archive"),
        ("a.txt", lambda: gzip.compress(TEXT), r"a gzip file: let its name end in \.gz"),
        ("a.txt", lambda: lzma.compress(TEXT), r"an xz file: let its name end in \.xz"),
        ("a.txt.bz2", lambda: bz2.compress(TEXT), "a bzip2 file"),
        ("a.npy", array, "a NumPy array"),
        ("a.txt", lambda: "the 1 0\n".encode("utf-16"), "text in UTF-16"),
        ("a.txt", lambda: POINTER, "a pointer of Git LFS: run 'git lfs pull'"),
        ("a.txt.gz", lambda: POINTER, "a pointer of Git LFS: run 'git lfs pull'"),
    ],
)
def test_a_file_of_another_form_is_named_when_the_encoder_is_made(
    name: str, content: Callable[[], bytes], form: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(content())

    expected = rf"{name}: must be text, plain, \.gz or \.xz, got {form}"
    with pytest.raises(BadDataError, match=expected):
        GloveEncoder(Context(), GloveSettings(vectors=str(path)))
