import gzip
from pathlib import Path

import numpy as np
import pytest

from harness.encoder import Context
from harness.encoders.methods.glove import GloveEncoder, GloveSettings
from harness.encoders.words import word_vectors
from harness.encoding.encoding import encode_all
from harness.encoding.job import EncodingJob
from harness.errors import BadDataError, HarnessError, SettingError

LINES = "the 1 0\nman 0 2\n. . 5 5\nmän 3 3\nunused oops oops\nman 9 9\n"


@pytest.fixture
def vectors(tmp_path: Path) -> Path:
    path = tmp_path / "glove.txt"
    path.write_text(LINES, "utf-8")
    return path


def encoder(path: Path) -> GloveEncoder:
    return GloveEncoder(Context(), GloveSettings(vectors=str(path)))


def test_a_sentence_is_the_average_of_its_known_words(vectors: Path) -> None:
    rows = encoder(vectors).encode(["the man", "the the man xyzzy", "män"])

    np.testing.assert_allclose(rows, [[0.5, 1], [2 / 3, 2 / 3], [3, 3]], rtol=1e-6)
    assert rows.dtype == np.float32


def test_a_word_the_file_lacks_is_looked_up_in_lower_case(vectors: Path) -> None:
    assert encoder(vectors).encode(["The MAN"]).tolist() == [[0.5, 1]]


def test_a_sentence_without_a_known_word_is_the_zero_vector(vectors: Path) -> None:
    assert encoder(vectors).encode(["xyzzy .", ""]).tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize("name", ["vectors.txt", "vectors.txt.gz"])
def test_word2vec_s_header_and_gzip_are_read_alike(name: str, tmp_path: Path) -> None:
    text = b"3 2\nthe 1 0 \nman 0 2 \n3 7 7\n"
    path = tmp_path / name
    path.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)

    assert encoder(path).encode(["the man", "3"]).tolist() == [[0.5, 1], [7, 7]]


def test_the_harness_has_the_file_read_once_however_many_chunks(
    vectors: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    glove = encoder(vectors)
    opened: list[Path] = []
    original = word_vectors.numbered_lines
    monkeypatch.setattr(
        word_vectors, "numbered_lines", lambda path: (opened.append(path), original(path))[1]
    )
    monkeypatch.setattr("harness.encoding.encoding._CHUNK", 2)
    job = EncodingJob("glove", glove)

    encode_all([job], ["the", "man", "the man", "män", "the män"])

    assert opened == [vectors]
    assert job.vectors is not None
    assert job.vectors.of(["the män"]).tolist() == [[2, 1.5]]


def test_a_damaged_line_of_a_needed_word_is_named(tmp_path: Path) -> None:
    path = tmp_path / "glove.txt"
    path.write_text("the 1 0\nman 0 two\n", "utf-8")

    with pytest.raises(BadDataError, match=r"glove\.txt:2: must have 2 numbers after the word"):
        encoder(path).encode(["the man"])


def test_a_truncated_gzip_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "glove.gz"
    path.write_bytes(gzip.compress(LINES.encode() * 999)[:-9])

    with pytest.raises(BadDataError, match=r"glove\.gz: must be a whole gzip file"):
        encoder(path).encode(["the man"])


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("", "needs its word vectors: --set vectors=FILE"),
        ("nowhere.txt", "must be a file, got 'nowhere.txt'"),
    ],
)
def test_glove_without_a_file_says_what_to_give(setting: str, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        GloveEncoder(Context(), GloveSettings(vectors=setting))


def test_another_file_has_another_fingerprint(vectors: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text(LINES.replace("9", "8"), "utf-8")

    assert encoder(vectors).fingerprint() != encoder(other).fingerprint()


def test_word_vectors_that_change_before_they_are_read_are_refused(vectors: Path) -> None:
    glove = encoder(vectors)
    vectors.touch()

    with pytest.raises(HarnessError, match=r"word vectors .* must stay as they are during a run"):
        glove.encode(["a man"])
