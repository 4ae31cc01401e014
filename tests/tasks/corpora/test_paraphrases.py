from pathlib import Path

import pytest

from harness.data import DataFolder
from harness.errors import BadDataError, MissingDataError
from harness.own_text import OwnText
from harness.tasks.corpora.paraphrases import BACK_TRANSLATED


def read(path: Path) -> tuple[tuple[str, str], ...]:
    return BACK_TRANSLATED.read(OwnText(str(path))).paraphrases


def test_pairs_are_read_with_white_space_folded_and_blank_lines_left_out(tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_bytes("\ufeffa  dog\tthe dog \r\n\nein Hund\tder Hund\n".encode())

    assert read(path) == (
        ("a dog", "the dog"),
        ("ein Hund", "der Hund"),
    )


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("alone", "must have 2 tab-separated columns as line 1 has, got 1"),
        ("one\ttwo\tthree", "must have 2 tab-separated columns as line 1 has, got 3"),
        ("one\t ", "column '2' must be text, got an empty cell"),
        ("\ttwo", "column '1' must be text, got an empty cell"),
    ],
)
def test_a_line_that_is_no_pair_is_named(tmp_path: Path, line: str, problem: str) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text(f"a\tb\n{line}\n")

    with pytest.raises(BadDataError, match=rf"pairs.tsv:2: {problem}"):
        read(path)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("a film\t1\na movie\t0\n", "column '2' must be sentences, got nothing but numbers"),
        ("4.5\ta film\n-1\ta movie\n", "column '1' must be sentences, got nothing but numbers"),
        ("sentence1\tsentence2\tscore\na\tb\t1\n", "pairs that mean the same, got .* score"),
        ("premise\thypothesis\tlabel\na b\tb\tx\n", "pairs that mean the same, got .* label"),
    ],
)
def test_pairs_that_are_no_paraphrases_are_refused(
    tmp_path: Path, content: str, problem: str
) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text(content)

    with pytest.raises(BadDataError, match=problem):
        read(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pairs.csv", 'sentence,paraphrase\n"a, b",c\n'),
        ("pairs.jsonl", '{"anchor": "a, b", "positive": "c", "negative": "d"}\n'),
        ("scored.tsv", "sentence1\tsentence2\tscore\na, b\tc\t5\n"),
    ],
)
def test_other_forms_of_pairs_are_read(tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / name
    path.write_text(content)
    columns = ("sentence1", "sentence2") if name == "scored.tsv" else ()

    assert BACK_TRANSLATED.read(OwnText(str(path), columns)).paraphrases == (("a, b", "c"),)


def test_a_file_that_is_not_utf_8_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_bytes(b"a\tb\ncaf\xe9\tx\n")

    with pytest.raises(BadDataError, match=r"pairs.tsv:2: must be utf-8, .* got byte 0xe9"):
        read(path)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pairs.tsv").write_text("\n")

    with pytest.raises(BadDataError, match="must have at least one row, got an empty file"):
        read(tmp_path / "pairs.tsv")


def test_without_a_pairs_file_the_message_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="make one with harness data back-translate"):
        BACK_TRANSLATED(DataFolder(tmp_path, str(tmp_path)))
