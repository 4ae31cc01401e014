from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.data import DataFolder
from harness.errors import BadDataError, MissingDataError
from harness.tasks.sts.files import ScoredPairs, read_sick, read_split, read_sts_benchmark

FOLDER = "STS/STS12-en-test"
INPUT, GOLD = f"{FOLDER}/STS.input.x.txt", f"{FOLDER}/STS.gs.x.txt"
BENCHMARK = "STS/STSBenchmark/sts-dev.csv"
SICK = "SICK/SICK_trial.txt"
HEADER = "pair_ID\tsentence_A\tsentence_B\trelatedness_score\tentailment_judgment\n"


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path, str(tmp_path))


def write(data: DataFolder, **files: str | bytes) -> None:
    names = {"inputs": INPUT, "golds": GOLD, "benchmark": BENCHMARK, "sick": SICK}
    for key, content in files.items():
        path = data.root / names[key]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def split_x(data: DataFolder) -> ScoredPairs:
    return read_split(data, FOLDER, "x")


def test_a_split_is_read_row_by_row(data: DataFolder) -> None:
    write(data, inputs="a b\tc\nd\te  f\n", golds="5.000\n0\n")

    pairs = split_x(data)

    assert pairs.first == ("a b", "d")
    assert pairs.second == ("c", "e f")
    assert pairs.gold.tolist() == [5.0, 0.0]
    assert [(file.name, file.rows) for file in pairs.files] == [(INPUT, 2), (GOLD, 2)]


def test_rows_without_gold_are_left_out(data: DataFolder) -> None:
    write(data, inputs="a\tb\nun\tscored\nc\td\n", golds="1\n \n2\n")

    assert split_x(data).first == ("a", "c")


def test_the_raw_release_s_source_columns_are_ignored(data: DataFolder) -> None:
    write(data, inputs="a\tb\thttp://x\thttp://y\nc\td\thttp://x\thttp://y\n", golds="1\n2\n")

    assert split_x(data).second == ("b", "d")


@pytest.mark.parametrize(
    ("inputs", "golds"),
    [
        ("a\tb\r\nc\td\r\n", "1\r\n2\r\n"),
        ("\ufeffa\tb\nc\td\n", "\ufeff1\n2\n"),
        ("a\tb\nc\td", "1\n2"),
    ],
    ids=["crlf", "bom", "no-last-line-end"],
)
def test_line_ends_and_byte_order_marks_leave_no_trace(
    data: DataFolder, inputs: str, golds: str
) -> None:
    write(data, inputs=inputs, golds=golds)

    pairs = split_x(data)

    assert (pairs.first, pairs.second, pairs.gold.tolist()) == (("a", "c"), ("b", "d"), [1, 2])


@pytest.mark.parametrize("separator", ["\u0085", "\u2028", "\u2029", "\x0c", "\x1c"])
def test_a_separator_inside_a_sentence_is_white_space(data: DataFolder, separator: str) -> None:
    write(data, inputs=f"a{separator}b\tc\nd\te\n", golds="1\n2\n")

    assert split_x(data).first == ("a b", "d")


@pytest.mark.parametrize(
    ("inputs", "golds", "where", "problem"),
    [
        ("a\tb\nc\td\n", "1\n", GOLD, "must have one line for each of the 2 pairs of"),
        ("a\tb\n", "1\n2\n", GOLD, "must have one line for each of the 1 pairs of"),
        ("a\tb\nc\td\n", "1\ngood\n", f"{GOLD}:2", "must be a number from 0 to 5, got 'good'"),
        ("a\tb\nc\td\n", "nan\n1\n", f"{GOLD}:1", "must be a number from 0 to 5, got 'nan'"),
        ("a\tb\nc\td\n", "1\n50\n", f"{GOLD}:2", "must be a number from 0 to 5, got '50'"),
        ("a\tb\nc\td\n", "1\n1_0\n", f"{GOLD}:2", "must be a number from 0 to 5, got '1_0'"),
        ("a\tb\nc d\n", "1\n2\n", f"{INPUT}:2", "must have 2 tab-separated columns, got 1"),
        ("a\tb\tc\nd\te\n", "1\n2\n", f"{INPUT}:1", "2 or 4 tab-separated columns, got 3"),
        ("a\tb\ts\ts\nc\td\n", "1\n2\n", f"{INPUT}:2", "4 tab-separated columns, got 2"),
        ("a\tb\nc\td\te\tf\ng\th\n", "1\n\n2\n", f"{INPUT}:2", "2 tab-separated columns, got 4"),
        ("a\tb\nc\t \n", "1\n2\n", f"{INPUT}:2", "both sentences must have words, got an empty"),
        ("a\tb\nc\td\n", "1\n\n", INPUT, "must have at least 2 scored pairs, got 1"),
        ("", "", INPUT, "must have at least one line, got an empty file"),
    ],
    ids=[
        "gold-row-too-few",
        "input-row-too-few",
        "gold-not-numeric",
        "gold-nan",
        "gold-off-the-scale",
        "gold-with-underscore",
        "no-tab",
        "three-columns",
        "fewer-than-the-first",
        "more-in-a-row-without-gold",
        "empty-sentence",
        "one-pair",
        "empty",
    ],
)
def test_a_damaged_split_is_refused_with_file_and_line(
    data: DataFolder, inputs: str, golds: str, where: str, problem: str
) -> None:
    write(data, inputs=inputs, golds=golds)

    with pytest.raises(BadDataError) as caught:
        split_x(data)

    assert str(caught.value).startswith(f"{data.root / where}: ")
    assert problem in str(caught.value)


@pytest.mark.parametrize("present", ["inputs", "golds"])
def test_a_missing_file_of_a_split_is_reported(data: DataFolder, present: str) -> None:
    write(data, **{present: "a\tb\nc\td\n"})

    with pytest.raises(MissingDataError, match=r"STS\.(gs|input)\.x\.txt not found below"):
        split_x(data)


def row(gold: str = "2.5", first: str = "a", second: str = "b", more: str = "") -> str:
    return f"main-news\tMSRpar\t2012\t0001\t{gold}\t{first}\t{second}{more}\n"


def test_the_benchmark_takes_columns_five_to_seven(data: DataFolder) -> None:
    write(data, benchmark=row("3.2", 'a " b', "c") + row("0", "d", "e", "\tsource\tsource"))

    pairs = read_sts_benchmark(data, "dev")

    assert pairs.first == ('a " b', "d")
    assert pairs.gold.tolist() == [3.2, 0.0]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (row() + "cut\tshort\n", ":2: must have 7 or 9 tab-separated columns, got 2"),
        (row() + row("?"), ":2: gold score must be a number from 0 to 5, got '?'"),
        (row() + row(second=""), ":2: both sentences must have words, got an empty one"),
    ],
)
def test_a_damaged_benchmark_is_refused_with_file_and_line(
    data: DataFolder, content: str, problem: str
) -> None:
    write(data, benchmark=content)

    with pytest.raises(BadDataError) as caught:
        read_sts_benchmark(data, "dev")

    assert str(caught.value) == f"{data.root / BENCHMARK}{problem}"


def test_sick_has_a_header_and_may_end_lines_in_crlf(data: DataFolder) -> None:
    lines = HEADER + "1\tA b\tc\t4.5\tENTAILMENT\n2\td\te\t1\tNEUTRAL\n"
    write(data, sick=lines.replace("\n", "\r\n"))

    pairs = read_sick(data, "trial")

    assert pairs.first == ("A b", "d")
    assert pairs.gold.tolist() == [4.5, 1.0]
    assert pairs.files[0].rows == 2


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("1\ta\tb\t4\tNEUTRAL\n", ":1: must be the header that begins with pair_ID"),
        (HEADER + "1\ta\tb\t4\n", ":2: must have 5 tab-separated columns, got 4"),
        (HEADER, ": must have at least 2 scored pairs, got 0"),
    ],
)
def test_a_damaged_sick_file_is_refused(data: DataFolder, content: str, problem: str) -> None:
    write(data, sick=content)

    with pytest.raises(BadDataError) as caught:
        read_sick(data, "trial")

    assert str(caught.value) == f"{data.root / SICK}{problem}"


READERS: dict[str, Callable[[DataFolder], ScoredPairs]] = {
    "split": split_x,
    "benchmark": lambda data: read_sts_benchmark(data, "dev"),
    "sick": lambda data: read_sick(data, "trial"),
}
cells = st.text(st.sampled_from("ab1. \t\n\r\u2028\u0085\ufeff-e_"), max_size=40).map(str.encode)
contents = st.one_of(st.binary(max_size=60), cells)


@pytest.mark.parametrize("reader", READERS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(inputs=contents, golds=contents)
def test_any_bytes_are_read_or_refused(
    data: DataFolder, reader: str, inputs: bytes, golds: bytes
) -> None:
    write(data, inputs=inputs, golds=golds, benchmark=inputs, sick=HEADER.encode() + inputs)
    try:
        pairs = READERS[reader](data)
    except (BadDataError, MissingDataError):
        return

    assert len(pairs.first) == len(pairs.second) == len(pairs.gold) >= 2
    assert all(sentence.strip() for sentence in (*pairs.first, *pairs.second))
