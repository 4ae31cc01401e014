"""Comparisons over several families of tasks."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

import harness
from harness.cli.main import main
from harness.errors import RecordError
from harness.results.records.record import Record

MakeRecord = Callable[..., Record]

FEW = harness.Resampling(draws=80)
RIGHT = {"a": [1.0, 1.0, 0.0, 1.0], "b": [1.0, 0.0, 0.0, 1.0], "c": [0.0, 0.0, 0.0, 1.0]}


@pytest.fixture
def records(make_record: MakeRecord) -> list[Record]:
    sts = [
        make_record(name, task, title=task.upper(), noise=noise)
        for name, noise in (("a", 0.1), ("b", 1.0), ("c", 2.0))
        for task in ("sts12", "sts13", "stsb-test")
    ]
    transfer = [
        make_record(
            name,
            "mr",
            title="MR",
            family="transfer",
            scores={"accuracy": sum(right) / 4},
            columns={"test": (right, [1.0] * 4)},
        )
        for name, right in RIGHT.items()
    ]
    return [*sts, *transfer]


def test_each_family_is_a_group_with_its_own_metric(records: list[Record]) -> None:
    found = harness.compare(records=records, resampling=FEW)

    groups = {group.title: (group.metric, list(group.columns)) for group in found.groups}
    assert groups == {
        "STS": ("spearman", ["STS12", "STS13", "STSB-TEST", "mean of 3"]),
        "Transfer": ("accuracy", ["MR"]),
    }
    assert {sentence.partition(":")[0] for sentence in found.verdict()} == {"STS", "Transfer"}


def test_the_average_of_the_tasks_compared_is_tested_and_says_of_which(
    records: list[Record],
) -> None:
    group = harness.compare(records=records, resampling=FEW).groups[0]

    mean = group.columns["mean of 3"]
    scores = [
        group.columns[head].scores[0].score.value for head in ("STS12", "STS13", "STSB-TEST")
    ]
    assert mean.scores[0].score.value == pytest.approx(sum(scores) / 3)
    assert 0 < mean.differences[0].p_value <= 1
    assert "mean of 3: of STS12, STS13, STSB-TEST" in group.score_table().notes


def test_a_task_that_one_named_encoder_lacks_is_left_out_and_named(records: list[Record]) -> None:
    some = [r for r in records if (r.encoder, r.task) != ("b", "sts13")]

    found = harness.compare(["a", "b", "c"], records=some, resampling=FEW)

    assert found.left_out == ("sts13: no record of b",)
    assert "STS13" not in found.columns


def test_a_task_asked_for_by_name_is_not_left_out(records: list[Record]) -> None:
    some = [r for r in records if (r.encoder, r.task) != ("b", "sts13")]

    with pytest.raises(RecordError, match="b has no record on sts13"):
        harness.compare(["a", "b"], ["sts13"], records=some, resampling=FEW)


def test_the_encoders_that_share_most_results_are_compared_where_none_is_named(
    records: list[Record],
) -> None:
    some = [r for r in records if r.encoder != "c" or r.task == "sts12"]

    found = harness.compare(records=some, resampling=FEW)

    assert set(found.groups[0].records) == {"a", "b"}
    assert found.left_out == ("c: no record on sts13, stsb-test",)


def test_real_data_of_one_task_wins_over_the_sample_of_its_family(
    make_record: MakeRecord,
) -> None:
    both = [
        make_record(name, task, data=data, data_checksum=data[-1] * 64, noise=noise)
        for name, noise in (("a", 0.1), ("b", 1.0))
        for task, data in (("sts12", "sample"), ("stsb-test", "sample"), ("stsb-test", "/data"))
    ]

    found = harness.compare(records=both, resampling=FEW)

    assert {(r.task, r.data) for r in found.records["a"]} == {("stsb-test", "/data")}


def test_tasks_without_a_common_metric_are_groups_of_their_own(make_record: MakeRecord) -> None:
    column = {"all": ([0.1, 0.4, 0.3, 0.9], [1.0, 2.0, 3.0, 4.0])}
    own = [
        make_record(name, task, family="search", scores={metric: value}, columns=column)
        for name, value in (("a", 0.5), ("b", 0.3))
        for task, metric in (("reviews", "mrr"), ("words", "ndcg"))
    ]

    found = harness.compare(records=own, resampling=FEW)

    assert [group.metric for group in found.groups] == ["mrr", "ndcg"]


def test_json_and_csv_carry_the_groups(records: list[Record]) -> None:
    found = harness.compare(records=records, resampling=FEW)

    content, rows = found.as_json(), list(csv.DictReader(io.StringIO(found.as_csv())))

    assert [group["title"] for group in content["groups"]] == ["STS", "Transfer"]
    assert set(content["encoders"]) == {"a", "b", "c"}
    assert {(row["group"], row["metric"]) for row in rows} == {
        ("STS", "spearman"),
        ("Transfer", "accuracy"),
    }


def test_the_command_names_what_is_not_compared(
    tmp_path: Path,
    records: list[Record],
    write_records: Callable[[Path, list[Record]], None],
) -> None:
    write_records(tmp_path, [r for r in records if (r.encoder, r.task) != ("c", "mr")])

    result = CliRunner().invoke(
        main, ["compare", "a", "c", "--draws", "20", "--out", str(tmp_path)]
    )

    assert result.exit_code == 0
    assert "not compared: mr: no record of c" in result.stderr
    assert "a is ahead of c" in result.stdout or "are tied on" in result.stdout


def test_a_comparison_shows_itself_in_every_form(records: list[Record]) -> None:
    found = harness.compare(records=records, resampling=FEW)

    page, text = found._repr_html_(), str(found)

    assert page.count("<svg") == 1
    assert "<?xml" not in page
    assert page.count("<table>") == 4
    assert text.startswith("STS: ")
    assert "points behind a" in text
    assert found._repr_markdown_().count("| encoder |") == 2
    assert found.to_latex().count(r"\begin{tabular}") == 4
    frame = found.to_dataframe()
    assert set(frame["task"]) == {"STS12", "STS13", "STSB-TEST", "mean of 3", "MR"}
    assert repr(found) == "<Comparison of 3 encoders on 4 tasks>"
