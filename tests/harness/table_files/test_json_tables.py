"""JSON tables: lines and documents; what is no row of plain cells is named."""

import gzip
import json
from pathlib import Path

import pytest

from harness.errors import BadDataError
from harness.table_files.table import DataTable
from harness.table_files.table_files import read_tables

ROWS = [{"text": "a\u2028b", "label": 1}, {"text": "c", "label": 2.5}]
DOCUMENTS = {
    "a list of objects": json.dumps(ROWS),
    "a list of objects over several lines": json.dumps(ROWS, indent=2),
    "an object of columns": json.dumps({"text": ["a\u2028b", "c"], "label": [1, 2.5]}),
    "an object of columns by row": json.dumps(
        {"text": {"0": "a\u2028b", "1": "c"}, "label": {"0": 1, "1": 2.5}}
    ),
    "one list among other things": json.dumps({"version": "1", "data": ROWS}, indent=1),
}


def table(folder: Path, text: str, name: str) -> DataTable:
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return read_tables(path)[""]


def refusal(folder: Path, text: str, name: str = "a.jsonl") -> str:
    with pytest.raises(BadDataError) as caught:
        table(folder, text, name)
    return str(caught.value).removeprefix(f"{folder}/")


@pytest.mark.parametrize("document", DOCUMENTS)
@pytest.mark.parametrize("name", ["a.json", "a.txt", "a.json.gz"])
def test_documents_are_read(tmp_path: Path, document: str, name: str) -> None:
    read = table(tmp_path, f"\ufeff{DOCUMENTS[document]}\n", name)

    assert (read.form, read.columns) == ("JSON", ("text", "label"))
    assert list(map(tuple, read.rows)) == [("a\u2028b", 1), ("c", 2.5)]


def test_cells_of_columns_by_row_belong_to_their_rows_in_any_order(tmp_path: Path) -> None:
    columns = {"text": {"0": "a", "1": "b"}, "label": {"1": 2, "0": 1}}

    assert table(tmp_path, json.dumps(columns), "a.json").rows == [("a", 1), ("b", 2)]


def test_columns_of_other_rows_are_refused(tmp_path: Path) -> None:
    columns = {"text": {"0": "a", "1": "b"}, "label": {"1": 2, "2": 1}}

    assert refusal(tmp_path, json.dumps(columns), "a.json") == (
        "a.json: column 'label' must have the same rows as the first has, "
        "got '0' in one of them alone"
    )


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.txt", "a.jsonl.gz"])
def test_lines_are_read_and_a_missing_key_is_a_missing_cell(tmp_path: Path, name: str) -> None:
    read = table(tmp_path, '{"text": "a"}\r\n\n{"label": "x", "text": "b"}\n', name)

    assert (read.form, read.columns) == ("JSON lines", ("text", "label"))
    assert (list(map(tuple, read.rows)), list(read.lines)) == ([("a", None), ("b", "x")], [1, 3])


def test_only_line_is_a_row_where_the_file_is_called_lines(tmp_path: Path) -> None:
    assert table(tmp_path, '{"text": "a", "label": 1}', "a.jsonl").rows[0] == ("a", 1)


def test_sentence_in_brackets_is_no_json(tmp_path: Path) -> None:
    assert table(tmp_path, "[laughs] no\t1\n{x} yes\t2\n", "a.tsv").form == "tab-separated"


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("", "a.json", "a.json:1: must be JSON, got Expecting value at character 1"),
        ("[]", "a.json", "a.json: must have at least one row, got none"),
        ("\n", "a.jsonl", "a.jsonl: must have at least one row, got none"),
        ('{"a": 1}\n{"a": 2\n', "a.jsonl", "a.jsonl:2: must be JSON, got Expecting ',' delimiter"),
        ('{"a": 1}\n[2]\n', "a.jsonl", "a.jsonl:2: must be a JSON object, got '[2]'"),
        (
            '{"a": 1}\n{"a": 2, "a": 3}\n',
            "a.jsonl",
            "a.jsonl:2: must have each key once, got 'a'",
        ),
        ('{"a": "x"}\n{"a": "\\ud800"}\n', "a.jsonl", "a.jsonl:2: must be text, got half a char"),
        ('[{"a": 1}, 2]', "a.json", "a.json: row 2 must be a JSON object, got '2'"),
        (
            '{"a": [1], "b": [1, 2]}',
            "a.json",
            "a.json: column 'b' must have 1 cells as the",
        ),
        ('[\n{"a": 1},\n{"a": }]', "a.json", "a.json:3: must be JSON, got Expecting value at"),
        ("3", "a.json", "a.json: must be a list of objects, an object of columns, or"),
        ("[" * 100_000, "a.json", "a.json: must be rows of cells, got brackets within"),
    ],
)
def test_bad_json_is_refused(tmp_path: Path, text: str, name: str, message: str) -> None:
    assert refusal(tmp_path, text, name).startswith(message)


@pytest.mark.parametrize(
    ("second", "problem"),
    [
        ("[1]", "must be text or a number, got a list"),
        ('{"b": 1}', "must be text or a number, got an object"),
        ("2", "must be text as in the rows before, got a number"),
        ("true", "must be text as in the rows before, got true or false"),
    ],
)
def test_odd_cells_are_refused_where_their_column_is_asked_for(
    tmp_path: Path, second: str, problem: str
) -> None:
    text = f'{{"a": "x", "b": 1}}\n{{"a": {second}, "b": 2}}\n'

    lines, document = table(tmp_path, text, "a.jsonl"), f"[{','.join(text.splitlines())}]"

    assert lines.number(1, "b") == 2
    with pytest.raises(BadDataError, match=rf"a\.jsonl:2: column 'a' {problem}$"):
        lines.text(0, "a")
    with pytest.raises(BadDataError, match=rf"a\.json: row 2, column 'a' {problem}$"):
        table(tmp_path, document, "a.json").text(0, "a")


def test_a_number_of_thousands_of_digits_is_refused(tmp_path: Path) -> None:
    text = f'{{"score": 1}}\n{{"score": {"9" * 5000}}}\n'

    expected = "a.jsonl:2: must have numbers of at most 4300 digits, got one of 5000 ('999"
    assert refusal(tmp_path, text).startswith(expected)
