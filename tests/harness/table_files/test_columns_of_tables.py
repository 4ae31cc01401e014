"""Columns: by the field's usual names, as given, or by position; else refused with those found."""

import re
from collections.abc import Sequence

import pytest

from harness.errors import BadDataError
from harness.table_files.cells import Cell
from harness.table_files.columns import (
    FIRST,
    LABEL,
    NEGATIVE,
    SCORE,
    SECOND,
    SENTENCE,
    SPLIT,
    ColumnRole,
    choose_columns,
    find_column,
)
from harness.table_files.table import DataTable

PAIR = (FIRST, SECOND, SCORE)


def table(columns: str, *rows: Sequence[Cell], has_header: bool = True) -> DataTable:
    names = tuple(columns.split(","))
    lines = range(2, len(rows) + 2)
    return DataTable("a.tsv", None, names, has_header, "tab-separated", rows, lines, ())


@pytest.mark.parametrize(
    ("columns", "chosen"),
    [
        ("sentence1,sentence2,score", "sentence1,sentence2,score"),
        (
            "index,genre,filename,year,old_index,source1,source2,sentence1,sentence2,score",
            "sentence1,sentence2,score",
        ),
        ("split,genre,dataset,year,sid,score,sentence1,sentence2", "sentence1,sentence2,score"),
        ("Text1,TEXT2,Label", "Text1,TEXT2,Label"),
        (
            "pair_ID,sentence_A,sentence_B,entailment_label,relatedness_score",
            "sentence_A,sentence_B,relatedness_score",
        ),
        ("s1,s2,similarity_score", "s1,s2,similarity_score"),
        ("id,qid1,qid2,question1,question2,is_duplicate", "question1,question2,is_duplicate"),
        ("Quality,#1 ID,#2 ID,#1 String,#2 String", "#1 String,#2 String,Quality"),
        ("premise,hypothesis,gold_label", "premise,hypothesis,gold_label"),
        ("score,sent1,sent2", "sent1,sent2,score"),
    ],
)
def test_usual_names_are_known(columns: str, chosen: str) -> None:
    assert choose_columns(table(columns), PAIR) == tuple(chosen.split(","))


def test_names_of_one_pair_belong_together() -> None:
    triplets = table("sent0,sent1,hard_neg")

    assert choose_columns(triplets, (FIRST, SECOND, NEGATIVE)) == ("sent0", "sent1", "hard_neg")
    assert choose_columns(table("anchor,positive"), (FIRST, SECOND)) == ("anchor", "positive")


def test_columns_are_taken_as_given() -> None:
    read = table("q,a,grade")

    assert choose_columns(read, PAIR, ("a", "Q", "grade")) == ("a", "q", "grade")


def test_without_a_header_the_numbers_are_the_score() -> None:
    rows = [(".5", "a", "b"), ("2", "c", "d")]

    assert choose_columns(table("1,2,3", *rows, has_header=False), PAIR) == ("2", "3", "1")
    given = choose_columns(table("1,2,3", *rows, has_header=False), PAIR, ("3", "2", "1"))
    assert given == ("3", "2", "1")


@pytest.mark.parametrize(
    ("columns", "wanted", "given", "message"),
    [
        (
            "q,a,grades",
            PAIR,
            (),
            (
                "a.tsv: must have first sentence, second sentence, score; no "
                "column is known to be the first sentence or the second sentence or the score, "
                "got columns q, a, grades: name them with columns=A,B,..."
            ),
        ),
        (
            "text,grades",
            (SENTENCE, LABEL),
            ("text", "grade"),
            "a.tsv: column 'grade' is missing. Did you mean 'grades'? Found: text, grades",
        ),
        (
            "text,label",
            (SENTENCE, LABEL),
            ("text",),
            "a.tsv: columns must be 2 (sentence, label), got 1 (text)",
        ),
        (
            "text,label",
            (SENTENCE, LABEL),
            ("text", "text"),
            "a.tsv: column 'text' must be given for one thing only, got it twice",
        ),
    ],
)
def test_unclear_columns_are_refused_with_those_found(
    columns: str, wanted: Sequence[ColumnRole], given: Sequence[str], message: str
) -> None:
    with pytest.raises(BadDataError, match=f"^{re.escape(message)}$"):
        choose_columns(table(columns), wanted, given)


def test_too_many_columns_without_a_header_are_refused() -> None:
    with pytest.raises(BadDataError, match=r"must have 3 columns .*, got 4 without a header: "):
        choose_columns(table("1,2,3,4", ("a", "b", "c", "d"), has_header=False), PAIR)


def test_optional_column_may_be_absent() -> None:
    assert find_column(table("text,SemEval_set"), SPLIT) == "SemEval_set"
    assert find_column(table("text,label"), SPLIT) is None


@pytest.mark.parametrize(
    "cell", ["nan", "inf", "1_0", "3,5", "", " ", None, "1e999", 10**400, float("nan"), "０"]
)
def test_score_that_is_no_number_is_named(cell: Cell) -> None:
    with pytest.raises(BadDataError, match=r"^a\.tsv:2: column 'score' must be a number, got "):
        table("text,score", ("a", cell)).number(0, "score")


@pytest.mark.parametrize(("cell", "number"), [("-1.5e1", -15), (" .5", 0.5), (3, 3), (True, 1)])
def test_numbers_are_read_as_written(cell: Cell, number: float) -> None:
    assert table("text,score", ("a", cell)).number(0, "score") == number


@pytest.mark.parametrize("cell", ["", " \t", None, float("nan")])
def test_blank_text_is_named(cell: Cell) -> None:
    with pytest.raises(BadDataError, match=r"^a\.tsv:2: column 'text' must be text, got an empty"):
        table("text,score", (cell, 1)).text(0, "text")


@pytest.mark.parametrize(("cell", "text"), [(1.0, "1"), (1, "1"), (True, "true"), (" a ", "a")])
def test_cells_of_any_form_give_one_text(cell: Cell, text: str) -> None:
    assert table("text,label", ("a", cell)).text(0, "label") == text
