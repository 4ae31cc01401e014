"""Sentences of a user's own: plain text, and columns of tables that are known or named."""

import gzip
from pathlib import Path

import pytest

from harness.errors import BadDataError, HarnessError, SettingError, UnknownNameError
from harness.own_text import OwnText, read_sentences
from harness.training.corpus_reader import own_text

FORMS = {
    "mine.txt": "a b , c\n\nd e\n",
    "mine.csv": 'id,text,label\n7,"a b , c",1\n8,,0\n9,d e,0\n',
    "mine.tsv": "sentence\tlabel\na b , c\tx\nd e\ty\n",
    "mine.jsonl": '{"text": "a b , c", "n": 1}\n{"text": "d  e", "n": 2}\n',
    "mine.json": '[{"text": "a b , c"}, {"text": "d e"}]',
    "parts.csv": 'text,split\n"a b , c",train\nx y,test\nd e,training\n',
}


def write(name: str, content: str) -> OwnText:
    Path(name).write_text(content, "utf-8")
    return OwnText(name)


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("is_packed", [False, True])
def test_every_form_of_one_text_reads_alike(name: str, is_packed: bool) -> None:
    text = write(name, FORMS[name])
    if is_packed:
        text = OwnText(f"{name}.gz")
        Path(text.file).write_bytes(gzip.compress(FORMS[name].encode()))

    corpus = read_sentences(text)

    assert corpus.sentences == ("a b , c", "d e")
    assert corpus.understood.startswith(f"{text.file}: 2 sentences, ")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("mine.txt", "2 sentences, one per line"),
        ("mine.csv", "2 sentences, column text, 1 left out (comma-separated, quoted)"),
        ("parts.csv", "2 sentences, column text, part train (comma-separated, quoted)"),
    ],
)
def test_one_line_says_what_is_trained_on(name: str, said: str) -> None:
    assert read_sentences(write(name, FORMS[name])).understood == f"{name}: {said}"


def test_the_one_column_of_a_table_without_a_header_is_read() -> None:
    assert read_sentences(write("bare.tsv", "a b\nc d\n")).sentences == ("a b", "c d")


def test_columns_that_are_named_are_read_row_by_row() -> None:
    write("pairs.csv", "sentence1,sentence2,score\na,b,1\nc,d,2\n")

    corpus = read_sentences(OwnText("pairs.csv", columns=("sentence1", "sentence2")))

    assert corpus.sentences == ("a", "b", "c", "d")


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.csv", "sentence1,sentence2,score\na b,c,1\n", "got sentence1 and sentence2: name the"),
        ("a.csv", "text,sentence\na b,c d\n", "got text and sentence: name the columns"),
        ("a.csv", "body,label\na b,1\nc d,2\n", "got body, label: name the columns"),
        ("a.tsv", "a b\tc d\ne f\tg h\n", "got 2 columns without a header: name the columns"),
        ("a.csv", "text\n1\n2\n", "column 'text' must be sentences, got nothing but numbers"),
        ("a.csv", "text,label\n,1\n ,0\n", "must have at least one sentence, got empty cells"),
        ("a.jsonl", '{"text": "a b"}\n{"text": 3}\n', "a.jsonl:2: column 'text' must be text"),
        ("a.txt", "text,label\na b,1\nc d,0\n", "a.txt:1: must have one sentence per line and"),
    ],
)
def test_text_that_would_have_to_be_guessed_is_refused(
    name: str, content: str, problem: str
) -> None:
    with pytest.raises(BadDataError, match=problem):
        read_sentences(write(name, content))


def test_a_part_that_there_is_not_is_refused() -> None:
    write("parts.csv", "text,split\na b,dev\nc d,test\n")

    with pytest.raises(SettingError, match=r"part of parts.csv must be one of dev, test"):
        read_sentences(OwnText("parts.csv"))
    assert read_sentences(OwnText("parts.csv", part="dev")).sentences == ("a b",)


def test_a_text_is_named_with_its_settings_behind_it() -> None:
    assert own_text("a.csv,columns=x,y,part=dev") == OwnText("a.csv", ("x", "y"), "dev")
    assert own_text(Path("a.txt")) == OwnText("a.txt")


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("a.csv,column=x", UnknownNameError, "unknown setting 'column' of --text"),
        ("", SettingError, "--text must name a file, got ''"),
    ],
)
def test_a_text_that_is_not_well_named_is_refused(
    text: str, error: type[HarnessError], words: str
) -> None:
    with pytest.raises(error, match=words):
        own_text(text)
