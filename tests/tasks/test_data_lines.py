from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.data import DataFolder
from harness.errors import BadDataError, MissingDataError
from harness.tasks.data_lines import clean_sentence, read_lines

NAME = "STS/file.txt"


def write(root: Path, content: bytes) -> DataFolder:
    path = root / NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return DataFolder(root, str(root))


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"one\ntwo\n", ("one", "two")),
        (b"one\ntwo", ("one", "two")),
        (b"one\r\ntwo\r\n", ("one", "two")),
        (b"\xef\xbb\xbfone\n", ("one",)),
        (b"one\n\ntwo\n", ("one", "", "two")),
        ("a\u0085b\u2028c\x0bd\n".encode(), ("a\u0085b\u2028c\x0bd",)),
        (b"one\rtwo\n", ("one\rtwo",)),
    ],
    ids=["lf", "no-last-lf", "crlf", "bom", "blank", "unicode-separators", "lone-cr"],
)
def test_only_line_feeds_end_lines(tmp_path: Path, content: bytes, lines: tuple[str, ...]) -> None:
    assert read_lines(write(tmp_path, content), "senteval", NAME).lines == lines


def test_latin_1_is_read_where_the_data_set_is_in_it(tmp_path: Path) -> None:
    data = write(tmp_path, b"caf\xe9\n")

    assert read_lines(data, "senteval", NAME, encoding="latin-1").lines == ("café",)


def test_bytes_of_another_encoding_are_refused_with_file_and_line(tmp_path: Path) -> None:
    data = write(tmp_path, b"one\ncaf\xe9\n")

    with pytest.raises(BadDataError) as caught:
        read_lines(data, "senteval", NAME)

    assert str(caught.value) == f"{tmp_path / NAME}:2: must be utf-8, got byte 0xe9"


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(BadDataError, match="must have at least one line, got an empty file"):
        read_lines(write(tmp_path, content), "senteval", NAME)


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match=r"STS/file\.txt not found below"):
        read_lines(DataFolder(tmp_path, "x"), "senteval", NAME)


def test_a_file_s_record_has_place_checksum_and_rows(tmp_path: Path) -> None:
    file = read_lines(write(tmp_path, b"abc"), "senteval", NAME).as_data_file(1)

    assert (file.name, file.rows) == (NAME, 1)
    assert file.sha256.startswith("ba7816bf8f01cfea")


def test_the_checksum_is_of_what_was_read_even_if_the_file_changes_then(tmp_path: Path) -> None:
    data = write(tmp_path, b"abc")
    file = read_lines(data, "senteval", NAME)
    write(tmp_path, b"rewritten")

    assert file.as_data_file(1).sha256.startswith("ba7816bf8f01cfea")


def test_white_space_of_every_kind_becomes_single_spaces() -> None:
    assert clean_sentence(" a\u0085b\u2028 \tc\u00a0d ") == "a b c d"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(content=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes) -> None:
    data = write(tmp_path, content)
    try:
        lines = read_lines(data, "senteval", NAME).lines
    except BadDataError:
        return

    assert lines
    assert not any("\n" in line for line in lines)
