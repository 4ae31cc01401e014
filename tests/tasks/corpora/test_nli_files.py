"""Labelled pairs: both layouts, rows without a label, and damage named by line."""

import gzip
import json
import os
from collections import Counter
from pathlib import Path

import pytest

from harness.corpus import LABELS, LabelledPair
from harness.errors import BadDataError, MissingDataError
from harness.tasks.corpora.nli_files import read_nli

CHECKOUT = Path(__file__).resolve().parents[3]
NLI = Path(os.environ.get("HARNESS_SHARED", CHECKOUT.parent / "shared")) / "data/nli"
ROWS = [
    ("neutral", "A man  sleeps.", "A man dreams."),
    ("-", "Two dogs run.", "Two dogs race."),
    ("contradiction", "\u0642ِطة تنام.", "القطة تجري."),
    ("entailment", "It rains.", "Water falls."),
]
PAIRS = (
    LabelledPair("A man sleeps.", "A man dreams.", 1),
    LabelledPair("\u0642ِطة تنام.", "القطة تجري.", 2),
    LabelledPair("It rains.", "Water falls.", 0),
)


def tsv() -> bytes:
    rows = [("sentence1", "pairID", "gold_label", "sentence2")]
    rows += [(first, "7", label, second) for label, first, second in ROWS]
    return "".join("\t".join(row) + "\n" for row in rows).encode()


def jsonl() -> bytes:
    keys = ("gold_label", "sentence1", "sentence2")
    return "".join(json.dumps(dict(zip(keys, row, strict=True))) + "\r\n" for row in ROWS).encode()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pairs.tsv", tsv()),
        ("pairs.txt", b"\xef\xbb\xbf" + tsv()),
        ("pairs.tsv.gz", gzip.compress(tsv(), mtime=0)),
        ("pairs.jsonl", jsonl()),
        ("pairs.jsonl.gz", gzip.compress(jsonl(), mtime=0)),
    ],
)
def test_every_layout_reads_alike_and_counts_rows_without_label(
    tmp_path: Path, name: str, content: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    read = read_nli(path)

    assert read.pairs == PAIRS
    assert read.skipped == 1


def test_a_row_with_an_empty_sentence_is_left_out_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_bytes(tsv() + b" \t7\tneutral\tb\n")

    read = read_nli(path)

    assert read.pairs == PAIRS
    assert read.skipped == 2


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.tsv", b"gold_label\tsentence1\n", ":1: header must name the column sentence2 once"),
        ("a.tsv", b"gold_label\t" + tsv(), ":1: header must name the column gold_label once"),
        ("a.tsv", tsv() + b"a\t7\tneutral\tb\tneutral\n", ":6: must have 4 tab-separated"),
        ("a.tsv", tsv() + b"x\ty\n", ":6: must have 4 tab-separated columns, got 2"),
        ("a.tsv", tsv() + b"a\t7\tmaybe\tb\n", ":6: label must be one of entailment, neutral"),
        ("a.tsv", tsv() + b"\xff\t7\tneutral\tb\n", ":6: 'utf-8' codec can't decode"),
        ("a.tsv", tsv().splitlines()[0], "at least one labelled pair"),
        ("a.tsv.gz", gzip.compress(tsv(), mtime=0)[:-9], "must be a whole gzip file"),
        ("a.tsv.gz", tsv(), "must be a whole gzip file"),
        ("a.jsonl", jsonl() + b"{\n", ":5: Expecting"),
        ("a.jsonl", jsonl() + b"[1]\n", ":5: must be an object with text under gold_label"),
    ],
)
def test_damage_is_named_with_file_and_line(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(BadDataError, match=message) as caught:
        read_nli(path)

    assert str(caught.value).startswith(str(path))


def test_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match=r"none\.tsv"):
        read_nli(tmp_path / "none.tsv")


@pytest.mark.real
@pytest.mark.parametrize(
    ("file", "counts"),
    [
        ("nli_train.tsv.gz", (10209, 10215, 10448)),
        ("snli_dev.tsv.gz", (3329, 3235, 3278)),
        ("xnli_en_dev_test.tsv.gz", (2500, 2500, 2500)),
    ],
)
def test_real_files_have_their_published_label_counts(
    file: str, counts: tuple[int, int, int]
) -> None:
    if not (NLI / file).is_file():
        pytest.skip("real NLI data not beside the checkout")

    read = read_nli(NLI / file)

    assert Counter(pair.label for pair in read.pairs) == dict(enumerate(counts))
    assert len(LABELS) == len(counts)
