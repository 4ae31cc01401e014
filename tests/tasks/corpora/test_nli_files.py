"""Labelled pairs: both layouts, rows without a label, and damage named by line."""

import gzip
import json
import os
from collections import Counter
from pathlib import Path

import pytest

from harness.corpus import LABELS, LabelledPair
from harness.errors import BadDataError, MissingDataError
from harness.own_text import OwnText
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

    read = read_nli(OwnText(str(path)))

    assert read.pairs == PAIRS
    assert read.skipped == 1


def test_a_row_with_an_empty_sentence_is_left_out_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_bytes(tsv() + b" \t7\tneutral\tb\n")

    read = read_nli(OwnText(str(path)))

    assert read.pairs == PAIRS
    assert read.skipped == 2


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.tsv", b"gold_label\tsentence1\na b\tc\n", ": must have first sentence, second"),
        ("a.tsv", b"premise\thypothesis\na b\tc\n", "no column is known to be the label, got"),
        ("a.tsv", b"gold_label\t" + tsv(), ":2: must have 5 tab-separated columns"),
        ("a.tsv", tsv() + b"a\t7\tneutral\tb\tneutral\n", ":6: must have 4 tab-separated"),
        ("a.tsv", tsv() + b"x\ty\n", ":6: must have 4 tab-separated columns as line 1 has, got 2"),
        (
            "a.tsv",
            tsv() + b"a\t7\tmaybe\tb\n",
            ":6: column 'gold_label' must be one of entailment, neutral, contradiction, 0, 1",
        ),
        ("a.tsv", tsv() + b"\xff\t7\tneutral\tb\n", ":6: must be utf-8, .* got byte 0xff"),
        ("a.tsv", tsv().splitlines()[0], "must have at least one row, got a header"),
        (
            "a.tsv",
            tsv().splitlines()[0] + b"\na b\t7\t-\tb",
            "must have at least one labelled pair, got none",
        ),
        ("a.tsv.gz", gzip.compress(tsv(), mtime=0)[:-9], "must be a whole gzip file"),
        ("a.tsv.gz", tsv(), "must be a whole gzip file"),
        ("a.jsonl", jsonl() + b"{\n", ":5: must be JSON, got Expecting"),
        ("a.jsonl", jsonl() + b"[1]\n", r":5: must be a JSON object, got '\[1\]'"),
        (
            "a.jsonl",
            jsonl() + b'{"gold_label": "neutral", "sentence1": "a"}\n',
            ":5: column 'sentence2' must be text, got a missing cell",
        ),
    ],
)
def test_damage_is_named_with_file_and_line(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(BadDataError, match=message) as caught:
        read_nli(OwnText(str(path)))

    assert str(caught.value).startswith(str(path))


def test_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match=r"none\.tsv"):
        read_nli(OwnText(str(tmp_path / "none.tsv")))


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

    read = read_nli(OwnText(str(NLI / file)))

    assert Counter(pair.label for pair in read.pairs) == dict(enumerate(counts))
    assert len(LABELS) == len(counts)


LABELLED = {
    "datasets.csv": "premise,hypothesis,label\na b,c d,0\ne f,g h,2\ni j,k l,-1\n",
    "AllNLI.tsv": (
        "split\tdataset\tfilename\tsentence1\tsentence2\tlabel\n"
        "train\tSNLI\tx\ta b\tc d\tentailment\n"
        "dev\tSNLI\tx\tm n\to p\tneutral\n"
        "train\tMNLI\tx\te f\tg h\tcontradiction\n"
    ),
    "rows.jsonl": (
        '{"premise": "a b", "hypothesis": "c d", "label": 0}\n'
        '{"premise": "e f", "hypothesis": "g h", "label": 2}\n'
    ),
    "bare.tsv": "a b\tc d\tentailment\ne f\tg h\tContradiction\n",
}


@pytest.mark.parametrize("name", LABELLED)
def test_the_field_s_forms_of_labelled_pairs_read_alike(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(LABELLED[name], "utf-8")

    read = read_nli(OwnText(str(path)))

    assert read.pairs == (LabelledPair("a b", "c d", 0), LabelledPair("e f", "g h", 2))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "datasets.csv",
            (
                "2 labelled pairs, columns premise, hypothesis, label, 1 left out"
                " (comma-separated); labels 0, 1, 2 mean entailment, neutral, contradiction"
            ),
        ),
        (
            "AllNLI.tsv",
            "2 labelled pairs, columns sentence1, sentence2, label, part train (tab-separated)",
        ),
    ],
)
def test_one_line_says_what_was_read(tmp_path: Path, name: str, said: str) -> None:
    path = tmp_path / name
    path.write_text(LABELLED[name], "utf-8")

    assert read_nli(OwnText(str(path))).understood == f"{name}: {said}"


@pytest.mark.parametrize("head", ["sent0,sent1,hard_neg", "anchor,positive,negative"])
def test_triplets_are_a_pair_that_follows_and_one_that_contradicts(
    tmp_path: Path, head: str
) -> None:
    path = tmp_path / "nli_for_simcse.csv"
    path.write_text(f'{head}\n"a, b",c d,e f\n', "utf-8")

    read = read_nli(OwnText(str(path)))

    assert read.pairs == (LabelledPair("a, b", "c d", 0), LabelledPair("a, b", "e f", 2))
    assert ": 1 triplets as 2 labelled pairs, columns " in read.understood


def test_columns_of_other_names_are_taken_as_named(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("relation,a,b\nneutral,x y,z\n", "utf-8")

    read = read_nli(OwnText(str(path), columns=("a", "b", "relation")))

    assert read.pairs == (LabelledPair("x y", "z", 1),)


def test_labels_0_and_1_alone_are_no_relations_of_nli(tmp_path: Path) -> None:
    path = tmp_path / "paraphrases.tsv"
    path.write_text("sentence1\tsentence2\tlabel\na b\tc d\t1\ne f\tg h\t0\n", "utf-8")

    with pytest.raises(BadDataError, match=r"label.* must have 2 among .*, got 0 and 1 alone"):
        read_nli(OwnText(str(path)))
