"""The sample data set: every real file's shape, and not one real sentence."""

import codecs
import gzip
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import harness

SAMPLE = Path(harness.__file__).parent / "sample"
TRANSFER = SAMPLE / "senteval/downstream"
STS = TRANSFER / "STS"
MULTILINGUAL = SAMPLE / "sts-multilingual"
CHECKOUT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("HARNESS_SHARED", CHECKOUT.parent / "shared"))

ENGLISH_SPLITS = {
    "STS12": ("MSRpar", "MSRvid", "SMTeuroparl", "surprise.OnWN", "surprise.SMTnews"),
    "STS13": ("FNWN", "headlines", "OnWN"),
    "STS14": ("deft-forum", "deft-news", "headlines", "images", "OnWN", "tweet-news"),
    "STS15": ("answers-forums", "answers-students", "belief", "headlines", "images"),
    "STS16": ("answer-answer", "headlines", "plagiarism", "postediting", "question-question"),
}
STS17_TRACKS = (
    "track1.ar-ar",
    "track2.ar-en",
    "track3.es-es",
    "track4a.es-en",
    "track4b.es-en",
    "track5.en-en",
    "track6.tr-en",
)
# A split's folder, its name, and the top of its gold scale.
SPLITS = [
    *(
        (STS / f"{year}-en-test", name, 5.0)
        for year, names in ENGLISH_SPLITS.items()
        for name in names
    ),
    *((MULTILINGUAL / "STS14-es-test", name, 4.0) for name in ("news", "wikipedia")),
    *((MULTILINGUAL / "STS15-es-test", name, 4.0) for name in ("newswire", "wikipedia")),
    *((MULTILINGUAL / "STS17-test", name, 5.0) for name in STS17_TRACKS),
]
each_split = pytest.mark.parametrize(
    ("folder", "name", "top"), SPLITS, ids=[f"{folder.name}-{name}" for folder, name, _ in SPLITS]
)


def read_lines(path: Path, encoding: str = "utf-8") -> list[str]:
    return path.read_text(encoding=encoding).splitlines()


def read_rows(path: Path, encoding: str = "utf-8") -> list[list[str]]:
    return [line.split("\t") for line in read_lines(path, encoding)]


@each_split
def test_split_has_a_gold_line_for_each_pair(folder: Path, name: str, top: float) -> None:
    pairs = read_rows(folder / f"STS.input.{name}.txt")
    gold = read_lines(folder / f"STS.gs.{name}.txt")

    assert len(gold) == len(pairs)
    assert all(len(pair) == 2 and all(text.strip() for text in pair) for pair in pairs)


@each_split
def test_gold_spreads_over_its_scale_with_few_ties(folder: Path, name: str, top: float) -> None:
    gold = [float(line) for line in read_lines(folder / f"STS.gs.{name}.txt") if line]

    assert len(gold) == 12
    assert 0 <= min(gold) < 0.21 * top
    assert 0.79 * top < max(gold) <= top
    assert len(set(gold)) >= 10
    assert any(score % 1 for score in gold)


@each_split
def test_only_sts15_and_sts16_have_unscored_rows(folder: Path, name: str, top: float) -> None:
    gold = read_lines(folder / f"STS.gs.{name}.txt")

    assert gold.count("") == (3 if folder.name in {"STS15-en-test", "STS16-en-test"} else 0)


@pytest.mark.parametrize(("part", "count"), [("train", 24), ("dev", 16), ("test", 16)])
def test_stsb_rows_have_seven_columns_and_a_gold_score(part: str, count: int) -> None:
    rows = read_rows(STS / f"STSBenchmark/sts-{part}.csv")

    assert [len(row) for row in rows] == [7] * count
    assert {row[0] for row in rows} == {"main-captions", "main-forums", "main-news"}
    assert all(0 <= float(row[4]) <= 5 for row in rows)
    assert len({row[4] for row in rows}) >= count - 2


@pytest.mark.parametrize(
    ("part", "count", "end"),
    [("train", 16, b"\n"), ("trial", 12, b"\n"), ("test_annotated", 16, b"\r\n")],
)
def test_sick_has_its_header_its_line_ends_and_all_labels(
    part: str, count: int, end: bytes
) -> None:
    raw = (TRANSFER / f"SICK/SICK_{part}.txt").read_bytes()
    header, *rows = [line.split("\t") for line in raw.decode().split(end.decode())[:-1]]

    assert (
        " ".join(header) == "pair_ID sentence_A sentence_B relatedness_score entailment_judgment"
    )
    assert len(rows) == count
    assert all(1 <= float(row[3]) <= 5 for row in rows)
    assert {row[4] for row in rows} == {"ENTAILMENT", "NEUTRAL", "CONTRADICTION"}


@pytest.mark.parametrize(
    "path",
    ["MR/rt-polarity", "CR/custrev", "MPQA/mpqa", "SUBJ/subj"],
)
def test_two_class_sets_have_thirty_different_rows_a_class(path: str) -> None:
    classes = ("subjective", "objective") if path == "SUBJ/subj" else ("pos", "neg")
    files = [read_lines(TRANSFER / f"{path}.{name}", "latin-1") for name in classes]

    assert [len(set(lines)) for lines in files] == [30, 30]
    assert all(line.strip() and line.endswith(" ") for lines in files for line in lines)


@pytest.mark.parametrize(("part", "count"), [("train", 60), ("dev", 20), ("test", 20)])
def test_sst_binary_is_balanced(part: str, count: int) -> None:
    rows = read_rows(TRANSFER / f"SST/binary/sentiment-{part}")

    assert Counter(label for _, label in rows) == {"0": count // 2, "1": count // 2}


@pytest.mark.parametrize(("part", "count"), [("train", 15), ("dev", 4), ("test", 4)])
def test_sst_fine_has_each_of_five_classes(part: str, count: int) -> None:
    lines = read_lines(TRANSFER / f"SST/fine/sentiment-{part}")

    assert Counter(line.split(" ", 1)[0] for line in lines) == dict.fromkeys("01234", count)


@pytest.mark.parametrize(("file", "count"), [("train_5500.label", 12), ("TREC_10.label", 3)])
def test_trec_has_each_of_six_coarse_classes(file: str, count: int) -> None:
    lines = read_lines(TRANSFER / "TREC" / file, "latin-1")
    classes = ("ABBR", "DESC", "ENTY", "HUM", "LOC", "NUM")

    assert Counter(line.split(":", 1)[0] for line in lines) == dict.fromkeys(classes, count)
    assert all(re.match(r"[A-Z]+:[a-z]+ \S", line) for line in lines)


def test_trec_train_is_latin1_and_not_utf8() -> None:
    with pytest.raises(UnicodeDecodeError):
        (TRANSFER / "TREC/train_5500.label").read_text(encoding="utf-8")


@pytest.mark.parametrize(("part", "negative", "positive"), [("train", 18, 30), ("test", 9, 15)])
def test_mrpc_has_a_byte_order_mark_a_header_and_both_labels(
    part: str, negative: int, positive: int
) -> None:
    path = TRANSFER / f"MRPC/msr_paraphrase_{part}.txt"
    header, *rows = read_rows(path, "utf-8-sig")

    assert path.read_bytes().startswith(codecs.BOM_UTF8)
    assert header == ["Quality", "#1 ID", "#2 ID", "#1 String", "#2 String"]
    assert all(len(row) == 5 for row in rows)
    assert Counter(row[0] for row in rows) == {"0": negative, "1": positive}


def test_nli_gives_every_premise_each_label_once() -> None:
    header, *rows = read_rows(SAMPLE / "nli/nli_train.tsv")
    pairs = Counter((premise, label) for label, premise, _, _ in rows)

    assert header == ["gold_label", "sentence1", "sentence2", "source"]
    assert len(pairs) == len(rows) == 60
    assert set(Counter(premise for premise, _ in pairs).values()) == {3}
    assert Counter(label for _, label in pairs) == dict.fromkeys(
        ("entailment", "neutral", "contradiction"), 20
    )


@pytest.mark.parametrize(
    ("name", "column", "letter"),
    [
        ("track1.ar-ar", 0, "ARABIC"),
        ("track1.ar-ar", 1, "ARABIC"),
        ("track2.ar-en", 0, "LATIN"),
        ("track2.ar-en", 1, "ARABIC"),
    ],
)
def test_arabic_tracks_keep_their_column_order(name: str, column: int, letter: str) -> None:
    texts = [row[column] for row in read_rows(MULTILINGUAL / f"STS17-test/STS.input.{name}.txt")]
    letters = [char for text in texts for char in text if char.isalpha()]

    assert all(unicodedata.name(char).startswith(letter) for char in letters)


def test_sts17_has_combining_characters() -> None:
    files = [MULTILINGUAL / f"STS17-test/STS.input.{name}.txt" for name in STS17_TRACKS]
    combining = [any(map(unicodedata.combining, path.read_text("utf-8"))) for path in files]

    assert combining == [True, True, True, False, False, False, True]


def sentence_keys(folder: Path) -> Iterator[str]:
    """Letters and digits of every cell of six words or more under a data folder, lower-cased."""
    for path in folder.rglob("*"):
        if path.suffix in {".md", ".LICENSE"} or not path.is_file() or "pretraining" in path.parts:
            continue
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        for cell in re.split(r"[\t\n]", raw.decode("utf-8", errors="replace").lower()):
            label_free = re.sub(r"^(\d|[a-z]+:[a-z]+) ", "", cell)
            if len(re.findall(r"\w+", label_free)) >= 6:
                yield re.sub(r"[\W_]+", "", label_free)


@pytest.mark.real
def test_no_sentence_of_six_words_occurs_in_the_real_data() -> None:
    parts = ("senteval", "sts-multilingual", "nli")
    if not all((SHARED / "data" / part).is_dir() for part in parts):
        pytest.skip("real data not beside the checkout")
    real = {key for part in parts for key in sentence_keys(SHARED / "data" / part)}
    ours = set(sentence_keys(SAMPLE))

    assert len(real) > 100_000
    assert len(ours) > 1_000
    assert sorted(ours & real) == []
