"""Training text of another form than one sentence per line is refused, and plain text is not."""

import gzip
import io
import json
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest

from harness.corpus import read_text
from harness.errors import BadDataError

CHECKOUT = Path(__file__).resolve().parents[2]
REAL = Path(os.environ.get("HARNESS_SHARED", CHECKOUT.parent / "shared")) / "data"
SAMPLE = CHECKOUT / "harness" / "sample"

SENTENCES = [
    "A man is playing a guitar, and a woman sings.",
    "Two dogs run, jump and bark; nobody knows why.",
    '"Yes," she said, "that is it."',
    "In 1,024 cases of 3,000, nothing was found.",
    "[Applause]",
    "{name} is a placeholder | and a bar.",
    "<unk> is a token of WikiText-2.",
    "Paris, London, Rome",
    "tab\there and nowhere else",
    "1 apple costs 2,50 euros.",
    "Text",
    "Is it so, or not?",
]


def packed(name: str, content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, content)
    return file.getvalue()


def array() -> bytes:
    file = io.BytesIO()
    np.save(file, np.ones((2, 2)))
    return file.getvalue()


def rows(*header: str, separator: str = ",", count: int = 3) -> str:
    row = separator.join(f"A man is in place {place}." for place in range(len(header)))
    return "\n".join([separator.join(header), *[row] * count])


TRIPLET = json.dumps({"anchor": "a man", "positive": "a person", "negative": "no man"})
OTHER_FORMS = {
    "triplets.csv": (rows("sent0", "sent1", "hard_neg"), 1, "3 comma-separated columns (sent0, s"),
    "one-row.csv": (
        'sentence1,sentence2\n"a, b","c"\n',
        1,
        "2 comma-separated columns (sentence1",
    ),
    "pandas.csv": (rows("", "premise", "hypothesis", "label"), 1, "4 comma-separated columns"),
    "europe.csv": (rows("text", "label", separator=";"), 1, "2 semicolon-separated columns (text"),
    "bars.txt": (rows("id", "text", separator="|"), 1, "2 bar-separated columns (id, text)"),
    "no-header.csv": ('"A man, a plan","A woman",0.5\n' * 12, 1, "3 comma-separated columns"),
    "one-column.csv": ('text\n"A man, a plan."\n"A dog."\n', 1, "a table with the header text"),
    "nli.tsv": (
        rows("gold_label", "sentence1", "sentence2", separator="\t"),
        1,
        "3 tab-separated columns (gold_label, sentence1, sentence2)",
    ),
    "pairs.tsv": ("a man\ta person\na dog\tan animal\n", 1, "2 tab-separated columns"),
    "ragged.tsv": (
        "main\t2012\t2.5\ta man\tA man.\n" * 6 + "main\t2012\t0\ta\tb\tsource\n",
        1,
        "5 tab-separated columns",
    ),
    "glue.tsv": (
        rows("index", "sentence1", "sentence2", "score", separator="\t"),
        1,
        "(index, sen",
    ),
    "triplets.jsonl": (
        f"\n{TRIPLET}\n{TRIPLET}\n",
        2,
        "JSON lines with the keys anchor, positive",
    ),
    "lists.jsonl": ('["a man", "a person"]\n["a", "b"]\n', 1, "got JSON lines:"),
    "whole.json": (json.dumps([{"text": "a man"}] * 3, indent=1), 1, "got a JSON document"),
    "page.html": ("<!DOCTYPE html>\n<p>A man.</p>\n", 1, "got HTML or XML"),
    "part.html": ("<p>A man.</p>\n<p class='x'>A dog.</p>\n", 1, "got HTML or XML"),
    "corpus.xml": ('<?xml version="1.0"?>\n<s>A man.</s>\n', 1, "got HTML or XML"),
    "fasttext.txt": (
        "__label__good A film.\n__label__bad A film.\n" * 9,
        1,
        "a label before each",
    ),
    "label-first.csv": ("0,A film.\n1,No film, really.\n" * 9, 1, "a label before each"),
    "label-last.csv": ("A film.,0\nNo film, really.,1\n" * 9, 1, "a label after each"),
    "label-last.txt": ("A film. 0\nNo film. 1\n" * 9, 1, "a label after each"),
    "unquoted.csv": ("label,text\n1,A man\n0,Yes, no, or so\n", 1, "(label, text)"),
    "line-feeds.csv": ('text,label\n"A man.\nA dog.",1\n' * 3, 1, "(text, label)"),
    "commas.jsonl": (f"{TRIPLET},\n{TRIPLET},\n", 1, "JSON lines with the keys anchor"),
    "several.json": ('{\n"text": "a"\n}\n{\n"text": "b"\n}\n', 1, "a JSON document"),
    "bars-and-spaces.txt": ("A man. | A dog.\n" * 3, 1, "sentences with | between them"),
    "separated.txt": ("A man. [SEP] A dog.\n" * 3, 1, "sentences with [SEP] between them"),
    "trec.label": ("NUM:date When was it ?\nHUM:ind Who is it ?\n" * 9, 1, "a label before each"),
    "sentiment-fine": ("3 A film .\n0 No film .\n" * 9, 1, "a label before each"),
    "bom.csv": (
        "\ufeff" + rows("sentence1", "sentence2"),
        1,
        "2 comma-separated columns (sentence1",
    ),
    "crlf.csv": (rows("sentence1", "sentence2").replace("\n", "\r\n"), 1, "2 comma-separated"),
}


@pytest.mark.parametrize("name", OTHER_FORMS)
def test_text_of_another_form_is_refused_with_its_line_and_form(name: str, tmp_path: Path) -> None:
    content, line, form = OTHER_FORMS[name]
    path = tmp_path / name
    path.write_text(content, "utf-8", newline="")

    with pytest.raises(BadDataError) as caught:
        read_text(path)

    assert str(caught.value).startswith(f"{path}:{line}: must have one sentence per line and")
    assert form in str(caught.value)


def test_lines_without_line_feed_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(b"A man.\rA dog.\r")

    with pytest.raises(BadDataError, match=r":1: must end its lines with a line feed, got .*tr "):
        read_text(path)


def test_carriage_returns_and_long_lines_are_plain_text(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    long = "a man, " * 30_000
    path.write_bytes(f"A man\r, a dog.\n{long}\n".encode())

    assert read_text(path).sentences == ("A man , a dog.", long.strip())


BINARY = {
    "text.txt.gz": (gzip.compress(b"a man\n"), 1, "a gzip file: unpack it"),
    "text.zip": (packed("text.txt", b"a man\n"), 1, "a zip archive: unpack it"),
    "text.parquet": (b"PAR1\x15\x04", 1, "a Parquet file: write its sentences to a text file"),
    "text.npy": (array(), 1, "a NumPy file"),
    "utf-16.txt": ("a man\n".encode("utf-16"), 1, "UTF-16 text: convert it with iconv -f UTF-16"),
    "utf-16-be.txt": (b"\xfe\xff\0a", 1, "UTF-16 text"),
    "utf-16-bare.txt": ("a\n".encode("utf-16-le"), 1, "a NUL byte, as UTF-16 and binary files"),
    "utf-32.txt": ("a man\n".encode("utf-32"), 1, "UTF-32 text"),
    "nul.txt": (
        b"gold_label\tsentence1\tsentence2\nneutral\ta\0\tb\n",
        2,
        "a NUL byte, as UTF-16 and binary files have",
    ),
    "pointer.txt": (b"version https://git-lfs.github.com/spec/v1\n", 1, "a pointer of Git LFS"),
    "pickle.txt": (b"\x80\x04\x95", 1, "a pickle"),
}


@pytest.mark.parametrize("name", BINARY)
def test_what_is_no_text_is_refused_with_its_line_and_kind(name: str, tmp_path: Path) -> None:
    content, line, kind = BINARY[name]
    path = tmp_path / name.removesuffix(".gz")
    path.write_bytes(content)

    with pytest.raises(BadDataError) as caught:
        read_text(path)

    assert str(caught.value).startswith(f"{path}:{line}: must be plain text in UTF-8, got {kind}")


@pytest.mark.parametrize("count", [1, 2, len(SENTENCES)])
def test_commas_tabs_and_brackets_in_sentences_are_no_table(count: int, tmp_path: Path) -> None:
    path = tmp_path / "text.txt"

    for start in range(len(SENTENCES)):
        lines = (SENTENCES * 2)[start : start + count]
        path.write_text("\n".join(lines), "utf-8")
        assert read_text(path).sentences == tuple(" ".join(line.split()) for line in lines)


@pytest.mark.parametrize(
    "line",
    [
        "Smith, John",
        "He came, he saw",
        '"A man is here."',
        "[12] A reference",
        "{name} has {count} apples",
        "- one point of a list",
        "{} is a placeholder",
        "yes; no",
        "1945 The war ends in place {place}",
        "{place}. A numbered sentence",
    ],
)
def test_lines_that_look_alike_are_no_table(line: str, tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    lines = [line.replace("{place}", str(place)) for place in range(40)]
    path.write_text("\n".join(["First a sentence.", *lines, "And then one."]), "utf-8")

    assert len(read_text(path).sentences) == 42


@pytest.mark.parametrize(
    "name",
    ["CR/custrev.pos", "MR/rt-polarity.neg", "MPQA/mpqa.pos"],
)
def test_sentences_of_the_sample_are_plain_text(name: str) -> None:
    assert read_text(SAMPLE / "senteval" / "downstream" / name).sentences


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("text/en_wiki_sentences.txt", 11914),
        ("text/es_wiki_sentences.txt", 7988),
        ("text/ar_sentences.txt", 4510),
        ("text/wikitext-2/test.txt", 2891),
    ],
)
def test_real_text_is_read_whole(name: str, count: int) -> None:
    if not (REAL / name).is_file():
        pytest.skip("real text not beside the checkout")

    assert len(read_text(REAL / name).sentences) == count


@pytest.mark.real
@pytest.mark.parametrize(
    "name",
    [
        "STS/STSBenchmark/sts-test.csv",
        "SICK/SICK_train.txt",
        "MRPC/msr_paraphrase_train.txt",
        "SST/binary/sentiment-train",
        "SST/fine/sentiment-train",
        "STS/STS12-en-test/STS.input.MSRpar.txt",
    ],
)
def test_real_data_sets_are_no_plain_text(name: str) -> None:
    path = REAL / "senteval" / "downstream" / name
    if not path.is_file():
        pytest.skip("real data not beside the checkout")

    with pytest.raises(BadDataError, match="must have one sentence per line and nothing else"):
        read_text(path)


@pytest.mark.parametrize("name", ["SemEval_set", "sentence_A", "hard_neg", "label2"])
def test_a_table_is_known_by_any_name_that_columns_are_chosen_by(
    tmp_path: Path, name: str
) -> None:
    file = tmp_path / "table.txt"
    file.write_text(rows(name, "other"), "utf-8")

    with pytest.raises(BadDataError, match=f"2 comma-separated columns \\({name}, other\\)"):
        read_text(file)
