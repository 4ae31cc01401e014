"""Text tables: delimiter, quoting and header are found; what does not fit is named."""

import gzip
import hashlib
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import BadDataError, MissingDataError
from harness.table_files.table import DataTable
from harness.table_files.table_files import read_tables

ROWS = [("A man plays.", "A man is playing.", "4.5"), ("A dog, wet", 'He said "no".', "1")]
PLAIN = "sentence1\tsentence2\tscore\n" + "".join("\t".join(row) + "\n" for row in ROWS)


def quoted(delimiter: str) -> str:
    cells = [[f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row] for row in ROWS]
    return "\n".join(
        [delimiter.join(("sentence1", "sentence2", "score"))]
        + [delimiter.join(row) for row in cells]
    )


def table(folder: Path, text: str | bytes, name: str = "a.tsv") -> DataTable:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_tables(path)[""]


def refusal(folder: Path, text: str | bytes, name: str = "a.tsv") -> str:
    with pytest.raises(BadDataError) as caught:
        table(folder, text, name)
    return str(caught.value).removeprefix(f"{folder}/")


FORMS = {
    "tab-separated": PLAIN,
    "tab-separated, quoted": quoted("\t"),
    "comma-separated, quoted": quoted(","),
    "semicolon-separated, quoted": quoted(";"),
    "bar-separated, quoted": quoted("|"),
    "bar-separated": PLAIN.replace("\t", "|"),
    "semicolon-separated": PLAIN.replace("\t", ";"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_form_is_found_whatever_the_file_is_called(
    tmp_path: Path, form: str, line_end: str
) -> None:
    read = table(tmp_path, "\ufeff" + FORMS[form].replace("\n", line_end), "a.txt")

    assert (read.form, read.columns) == (form, ("sentence1", "sentence2", "score"))
    assert (list(read.rows), list(read.lines)) == (ROWS, [2, 3])


def test_lone_quotes_are_text(tmp_path: Path) -> None:
    rows = ['"Yes, he said.\tHe said "yes"\t3', 'No".\t"He said "no""\t2', '"All."\t5" pipe\t1']

    read = table(tmp_path, "\n".join(["sentence1\tsentence2\tscore", *rows]))

    assert read.form == "tab-separated"
    assert list(read.rows) == [tuple(row.split("\t")) for row in rows]


def test_quotes_that_begin_in_one_row_and_end_in_another_are_text(tmp_path: Path) -> None:
    read = table(tmp_path, 'a\tb\tscore\nx\t"one\t1\ny\ttwo"\t2\n')

    assert [row[1] for row in read.rows] == ['"one', 'two"']


@pytest.mark.parametrize("bad", ['"He said "no" twice",z', '"no end,z'])
def test_quote_amiss_in_a_quoted_column_is_damage(tmp_path: Path, bad: str) -> None:
    text = f'text,label\n"a",x\n"b",y\n{bad}\n"c",x\n"d",y\n'

    assert refusal(tmp_path, text, "a.csv").startswith(
        "a.csv:4: must have quotes that pair up, as on most lines, got "
    )


def test_quoted_cell_may_be_longer_than_the_csv_module_allows(tmp_path: Path) -> None:
    long = "a, b " * 40_000

    assert table(tmp_path, f'text,label\n"{long}",x\n"c",y\n', "a.csv").rows[0] == (long, "x")


def test_quoted_cells_hold_delimiters_quotes_and_line_ends(tmp_path: Path) -> None:
    read = table(tmp_path, 'text,label\n"a, b\nc ""d""",x\ne,y\n', "a.csv")

    assert list(read.rows) == [('a, b\nc "d"', "x"), ("e", "y")]
    assert list(read.lines) == [2, 4]


def test_other_line_separators_stay_in_sentences(tmp_path: Path) -> None:
    read = table(tmp_path, "text\tlabel\na\u2028b\x85c\x0bd\t1\n")

    assert read.rows[0][0] == "a\u2028b\x85c\x0bd"


@pytest.mark.parametrize(
    ("first", "has_header"),
    [
        ("q\ta\tgrade", True),
        ("Sentence 1\tSentence 2\tgold", True),
        ("문장1\t문장2\t점수", True),
        ("Sentence 1*\tSentence 2\tScore (0–5)?", True),
        ("A dog.\tA cat.\t2.5", False),
        ("A dog\tA cat\tnan", False),
        ("A dog.\tA cat.\t3,5", False),
        ("It is my text\tA label\t0.5", False),
    ],
)
def test_header_is_told_from_data(tmp_path: Path, first: str, has_header: bool) -> None:
    read = table(tmp_path, f"{first}\nA man plays.\tA man is playing.\t4.5\nx\ty\t1\n")

    assert read.has_header is has_header
    assert read.columns == (tuple(first.split("\t")) if has_header else ("1", "2", "3"))


def test_usual_name_that_recurs_in_its_column_is_a_label(tmp_path: Path) -> None:
    read = table(tmp_path, "what is it\tlanguage\ntwo and two\tmaths\nsay hello\tlanguage\n")

    assert (read.has_header, len(read.rows)) == (False, 3)


def test_header_may_be_said(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("good\tpos\nbad\tneg\n")

    assert read_tables(path, header=True)[""].columns == ("good", "pos")
    assert len(read_tables(path)[""].rows) == 2


@pytest.mark.parametrize(("ending", "pack"), [("gz", gzip.compress), ("xz", lzma.compress)])
def test_packed_file_has_the_checksum_of_its_bytes(
    tmp_path: Path, ending: str, pack: Callable[[bytes], bytes]
) -> None:
    content = pack(PLAIN.encode())

    (file,) = table(tmp_path, content, f"a.tsv.{ending}").files

    assert (file.name, file.rows) == (f"a.tsv.{ending}", 2)
    assert file.sha256 == hashlib.sha256(content).hexdigest()


HEAD = "sentence1\tsentence2\tscore\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "a.tsv: must have at least one row, got an empty file"),
        (b"\n \n", "a.tsv: must have at least one row, got an empty file"),
        (HEAD.encode(), "a.tsv: must have at least one row, got a header and nothing below: "),
        (
            f"{HEAD}a\tb\t1\na\tb\n".encode(),
            "a.tsv:3: must have 3 tab-separated columns as line 1 has, got 2: column 3 is missing",
        ),
        (
            f"{HEAD}a\tb\t1\tc\n".encode(),
            "a.tsv:2: must have 3 tab-separated columns as line 1 has, got 4: column 4 is 'c'",
        ),
        (
            b"score\ta\tscore\n1\ta\t2\n",
            "a.tsv:1: header must name each column once, got 'score' as columns 1 and 3",
        ),
        (
            f"{HEAD}a\tb\t1\n".encode() + b"caf\xe9\tb\t1\n",
            "a.tsv:3: must be utf-8, as the lines before, got byte 0xe9",
        ),
        (HEAD.encode("utf-16"), "a.tsv:1: must be plain text in UTF-8, got UTF-16 text: "),
        (
            b"a\tb\rc\td\r",
            "a.tsv:1: must end its lines with a line feed, got lines that end with ",
        ),
        (b"PK\x03\x04", "a.tsv:1: must be plain text in UTF-8, got a zip archive: "),
        (f"{HEAD}a\0\tb\t1\n".encode(), "a.tsv:2: must be plain text in UTF-8, got a NUL byte"),
        (
            b'text,label\n"a, b",x\n"c,y\nd"e",z\n',
            (
                "a.tsv:2: must have 2 comma-separated columns "
                "as line 1 has, got 3: column 3 is 'x'; quotes are read as text, since they "
                "do not pair up from line 3 on"
            ),
        ),
    ],
)
def test_bad_file_is_refused(tmp_path: Path, text: bytes, message: str) -> None:
    assert refusal(tmp_path, text).startswith(message)


def test_spreadsheet_is_to_be_exported(tmp_path: Path) -> None:
    message = "a.xlsx: must be a table, got a spreadsheet (.xlsx): export it as CSV"

    assert refusal(tmp_path, b"PK\x03\x04", "a.xlsx") == message


def test_missing_file_is_named() -> None:
    with pytest.raises(MissingDataError, match=r"must be a file, found none at 'no\.tsv'"):
        read_tables("no.tsv")


def test_a_folder_is_refused_as_one(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match=r"table must be a file, got the folder '"):
        read_tables(tmp_path)


def test_a_name_that_begins_with_a_tilde_is_no_home(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match=r"found none at '~nobody-here/a.tsv'"):
        read_tables("~nobody-here/a.tsv")


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"'])
@pytest.mark.parametrize("row", ["a, b;c;1", '"a, b";c;1'])
def test_a_first_line_that_names_the_delimiter_is_none_of_the_table(
    tmp_path: Path, first: str, row: str
) -> None:
    read = table(tmp_path, f"{first}\r\ntext1;text2;score\r\n{row}\r\n", "a.csv")

    assert read.columns == ("text1", "text2", "score")
    assert (list(read.rows), list(read.lines)) == ([("a, b", "c", "1")], [3])


def test_spaces_before_quotes_are_no_part_of_a_cell(tmp_path: Path) -> None:
    text = 'text1, text2, score\n"a, x", "b, ""y""", 3\n"c", "d", 4\n'
    read = table(tmp_path, text, "a.csv")

    assert read.columns == ("text1", "text2", "score")
    assert list(read.rows) == [("a, x", 'b, "y"', "3"), ("c", "d", "4")]


def test_a_lone_quote_after_a_space_stays_text(tmp_path: Path) -> None:
    read = table(tmp_path, 'text1,text2,score\na, "b c,3\n', "a.csv")

    assert list(read.rows) == [("a", ' "b c', "3")]
