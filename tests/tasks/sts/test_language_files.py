"""KorSTS, JSTS, STS22 and translated STS-B: their forms, with rows written for these tests."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.data import open_data
from harness.errors import BadDataError, MissingDataError
from harness.planning.asked_tasks import expand_suites
from harness.planning.planned_tasks import PlannedTask, plan_tasks

Write = Callable[[str, str], None]
KORSTS = "genre\tfilename\tyear\tid\tscore\tsentence1\tsentence2\n"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a file of the data folder."""

    def write(place: str, text: str) -> None:
        path = tmp_path / "sts-languages" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        content = text.encode()
        path.write_bytes(gzip.compress(content, mtime=0) if place.endswith("gz") else content)

    return write


def plan(name: str, root: Path) -> PlannedTask:
    (planned,) = plan_tasks([name], open_data(root), {})
    return planned


def pairs(name: str, root: Path) -> Any:  # noqa: ANN401 - of an STS task
    return plan(name, root).task.scored_pairs  # type: ignore[attr-defined]


def json_lines(*rows: dict[str, object]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def test_lone_quotes_of_korsts_are_text(write: Write, tmp_path: Path) -> None:
    rows = [
        'main-news\tx\t2012\t1\t3.2\t"개가 짖는다.\t개가  짖고 있다.\n',
        'main-news\tx\t2012\t2\t0.000\t해가 뜬다."\t달이 진다.\n',
    ]
    write("KorSTS/sts-test.tsv", KORSTS + "".join(rows))

    assert pairs("korsts", tmp_path) == (
        ('"개가 짖는다.', "개가 짖고 있다.", 3.2),
        ('해가 뜬다."', "달이 진다.", 0.0),
    )


@pytest.mark.parametrize("labels", [(4.4, 0.8), ("4.4", "0.8")])
def test_jsts_of_either_release_is_read(
    write: Write, tmp_path: Path, labels: tuple[object, object]
) -> None:
    row = {"sentence1": "犬が走る。", "sentence2": "猫が寝る。"}
    write("JSTS/valid-v1.3.json", json_lines(*({**row, "label": label} for label in labels)))

    assert [gold for *_, gold in pairs("jsts", tmp_path)] == [4.4, 0.8]


def test_translated_stsb_is_quoted_csv_without_a_header(write: Write, tmp_path: Path) -> None:
    write(
        "stsb-multi-mt/stsb-de-test.csv",
        'Ein Hund bellt.,"Ein Hund, der bellt, ""Wau"".",4.25\nEine Katze.,Ein Baum.,0.0\n',
    )

    assert pairs("stsb-de", tmp_path) == (
        ("Ein Hund bellt.", 'Ein Hund, der bellt, "Wau".', 4.25),
        ("Eine Katze.", "Ein Baum.", 0.0),
    )


@pytest.mark.parametrize(
    ("place", "column", "scores"),
    [("en.jsonl", "score", (4.0, 1.5)), ("en.jsonl.gz", "Overall", (1.0, 3.5))],
)
def test_the_more_alike_two_articles_the_higher_is_the_gold_score_of_sts22(
    write: Write, tmp_path: Path, place: str, column: str, scores: tuple[float, float]
) -> None:
    row = {"id": "1_2", "sentence1": "A fire.\n\nIt burnt.", "sentence2": "A blaze."}
    write(f"STS22-test/{place}", json_lines(*({**row, column: score} for score in scores)))

    assert pairs("sts22:en", tmp_path) == (
        ("A fire. It burnt.", "A blaze.", 4.0),
        ("A fire. It burnt.", "A blaze.", 1.5),
    )


def test_sts22_with_scores_of_both_directions_is_refused(write: Write, tmp_path: Path) -> None:
    row = {"sentence1": "A fire.", "sentence2": "A blaze.", "score": 4, "Overall": 4}
    write("STS22-test/en.jsonl", json_lines(row, row))

    with pytest.raises(BadDataError, match=r"must have score or Overall, got both"):
        plan("sts22:en", tmp_path)


@pytest.mark.parametrize(
    "case",
    [
        ("korsts", "KorSTS/sts-test.tsv", "a\tb\n", r"sts-test.tsv:1: must have 7 tab-sep"),
        ("korsts", "KorSTS/sts-test.tsv", f"{KORSTS}g\tf\ty\t1\t9\ta\tb\n", "tsv:2: gold score"),
        (
            *("jsts", "JSTS/valid-v1.3.json"),
            json_lines(*[{"sentence1": "犬", "sentence2": "猫", "label": 7}] * 2),
            r"valid-v1.3.json:1: column 'label' must be a number from 0 to 5, got 7",
        ),
        (
            *("stsb-de", "stsb-multi-mt/stsb-de-test.csv", "Ein Hund,Ein Baum\nEr,Sie\n"),
            r"stsb-de-test.csv:1: must have 3 columns, got 2",
        ),
    ],
)
def test_a_row_that_does_not_fit_is_named(
    write: Write, tmp_path: Path, case: tuple[str, str, str, str]
) -> None:
    name, place, text, message = case
    write(place, text)

    with pytest.raises(BadDataError, match=message):
        plan(name, tmp_path)


def test_absent_data_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="'harness data fetch sts-languages'"):
        plan("korsts", tmp_path)


def test_the_papers_suite_stays_as_it_is_scored() -> None:
    assert expand_suites(["sts-multilingual"]) == ["sts14-es", "sts15-es", "sts17"]
    assert len(expand_suites(["sts-languages"])) == 11
