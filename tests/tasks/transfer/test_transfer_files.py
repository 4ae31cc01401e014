import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from harness.data import DataFolder
from harness.errors import BadDataError, MissingDataError
from harness.tasks.transfer.files import (
    LabelledSentences,
    read_mrpc,
    read_sick_entailment,
    read_sst,
    read_trec,
    read_two_files,
)

Write = Callable[[str, bytes], DataFolder]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(name: str, content: bytes) -> DataFolder:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return DataFolder(tmp_path, str(tmp_path))

    return write_file


def test_two_files_keep_blank_lines_and_marks_and_read_latin_1(write: Write) -> None:
    write("MR/rt-polarity.neg", b"bad \n\n")
    data = write("MR/rt-polarity.pos", b"caf\xe9 M-i  good \n")

    read = read_two_files(data, "MR/rt-polarity.pos", "MR/rt-polarity.neg")

    assert read.columns == (("café M-i good", "bad", ""),)
    assert read.labels.tolist() == [1, 0, 0]
    assert [file.rows for file in read.files] == [1, 2]


def test_sst_reads_both_layouts(write: Write) -> None:
    write("SST/binary/sentiment-dev", b"a fine film \t1\n")
    data = write("SST/fine/sentiment-dev", b"4 a fine film\n")

    assert read_sst(data, "binary", "dev").labels.tolist() == [1]
    assert read_sst(data, "fine", "dev").labels.tolist() == [4]
    assert read_sst(data, "fine", "dev").columns == (("a fine film",),)


def test_trec_takes_the_coarse_label_and_drops_the_fine_one(write: Write) -> None:
    data = write("TREC/TREC_10.label", b"NUM:dist How far is it ?\nLOC:city Which city : Oslo ?\n")

    read = read_trec(data, "TREC_10.label")

    assert read.columns == (("How far is it ?", "Which city : Oslo ?"),)
    assert read.labels.tolist() == [5, 4]


def test_mrpc_skips_its_byte_order_mark_and_header(write: Write) -> None:
    rows = "\ufeffQuality\t#1 ID\t#2 ID\t#1 String\t#2 String\r\n1\t7\t8\tone two\tthree\r\n"
    data = write("MRPC/msr_paraphrase_test.txt", rows.encode())

    read = read_mrpc(data, "test")

    assert read.columns == (("one two",), ("three",))
    assert read.labels.tolist() == [1]


def test_rows_are_sorted_by_tokens_of_each_side_then_label_and_stay_in_order() -> None:
    first = ("b b", "a", "c c", "d d", "e e")
    second = ("x", "y y y", "x x", "x", "x")
    rows = LabelledSentences((first, second), np.array([1, 1, 0, 0, 1]), ())

    arranged = rows.sorted_as_senteval()

    assert arranged.columns[0] == ("a", "d d", "b b", "e e", "c c")
    assert arranged.columns[1] == ("y y y", "x", "x", "x", "x x")
    assert arranged.labels.tolist() == [1, 0, 1, 1, 0]


Read = Callable[[DataFolder], LabelledSentences]

DAMAGED: dict[str, tuple[str, bytes, Read]] = {
    "TREC/t:2: label must be one of": (
        "TREC/t",
        b"NUM:a b c\nWHAT:a b\n",
        lambda data: read_trec(data, "t"),
    ),
    "TREC/t:1: must be LABEL:fine question": (
        "TREC/t",
        b"NUM how far\n",
        lambda data: read_trec(data, "t"),
    ),
    "sentiment-dev:2: must have 2 tab-separated columns, got 1": (
        "SST/binary/sentiment-dev",
        b"good\t1\ngood 1\n",
        lambda data: read_sst(data, "binary", "dev"),
    ),
    "sentiment-dev:2: must have 2 tab-separated columns, got 3": (
        "SST/binary/sentiment-dev",
        b"good\t1\n7\tgood\t1\n",
        lambda data: read_sst(data, "binary", "dev"),
    ),
    "fine/sentiment-dev:1: must have a sentence and a label": (
        "SST/fine/sentiment-dev",
        b"good\n",
        lambda data: read_sst(data, "fine", "dev"),
    ),
    "sentiment-dev:1: label must be one of": (
        "SST/fine/sentiment-dev",
        b"5 good\n",
        lambda data: read_sst(data, "fine", "dev"),
    ),
    "test.txt:1: must be the header": (
        "MRPC/msr_paraphrase_test.txt",
        b"1\t7\t8\ta\tb\n",
        lambda data: read_mrpc(data, "test"),
    ),
    "test.txt:2: must have 5 tab-separated columns, got 4": (
        "MRPC/msr_paraphrase_test.txt",
        b"Quality\ta\tb\tc\td\n1\t7\ta\tb\n",
        lambda data: read_mrpc(data, "test"),
    ),
    "test.txt:1: must have 5 tab-separated columns, got 6": (
        "MRPC/msr_paraphrase_test.txt",
        b"Quality\ta\tb\tc\td\te\n1\t7\t8\ta\tb\n",
        lambda data: read_mrpc(data, "test"),
    ),
    "trial.txt:1: must have 5 tab-separated columns, got 4": (
        "SICK/SICK_trial.txt",
        b"pair_ID\ta\tb\tr\n1\ta\tb\t3\tNEUTRAL\n",
        lambda data: read_sick_entailment(data, "trial"),
    ),
    "test.txt:2: both sentences must have words": (
        "MRPC/msr_paraphrase_test.txt",
        b"Quality\ta\tb\tc\td\n1\t7\t8\t \tb\n",
        lambda data: read_mrpc(data, "test"),
    ),
    "trial.txt:2: label must be one of": (
        "SICK/SICK_trial.txt",
        b"pair_ID\ta\tb\tr\te\n1\ta\tb\t3\tMAYBE\n",
        lambda data: read_sick_entailment(data, "trial"),
    ),
}


@pytest.mark.parametrize("problem", DAMAGED)
def test_a_damaged_row_is_refused_with_file_and_line(write: Write, problem: str) -> None:
    name, content, read = DAMAGED[problem]
    data = write(name, content)

    with pytest.raises(BadDataError, match=re.escape(problem)):
        read(data)


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match=r"TREC/TREC_10\.label not found"):
        read_trec(DataFolder(tmp_path, "here"), "TREC_10.label")
