from pathlib import Path

import pytest

from harness.data import DataFolder
from harness.errors import BadDataError, MissingDataError
from harness.tasks.corpora.paraphrases import BACK_TRANSLATED, read_paraphrases


def test_pairs_are_read_with_white_space_folded_and_blank_lines_left_out(tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_bytes("\ufeffa  dog\tthe dog \r\n\nein Hund\tder Hund\n".encode())

    assert read_paraphrases(path) == (("a dog", "the dog"), ("ein Hund", "der Hund"))


@pytest.mark.parametrize("line", ["alone", "one\ttwo\tthree", "one\t ", "\ttwo"])
def test_a_line_that_is_no_pair_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text(f"a\tb\n{line}\n")

    with pytest.raises(BadDataError, match=r"pairs.tsv:2: must be a sentence, a tab and its"):
        read_paraphrases(path)


def test_a_file_that_is_not_utf_8_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_bytes(b"a\tb\ncaf\xe9\tx\n")

    with pytest.raises(BadDataError, match=r"pairs.tsv:2: must be utf-8, got byte 0xe9"):
        read_paraphrases(path)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pairs.tsv").write_text("\n")

    with pytest.raises(BadDataError, match="must have at least one pair, got none"):
        read_paraphrases(tmp_path / "pairs.tsv")


def test_without_a_pairs_file_the_message_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="make one with harness data back-translate"):
        BACK_TRANSLATED(DataFolder(tmp_path, str(tmp_path)))
