import pytest

from harness.report import Failure, Report
from results.records import Record


def record(task: str = "sts12", family: str = "sts", **scores: object) -> Record:
    return Record(
        encoder="mean",
        model="m",
        seed=None,
        task=task,
        title=task.upper(),
        family=family,
        data="sample",
        scores=scores or {"spearman": {"mean": 0.5, "wmean": 0.6, "all": 0.7}},
        dim=4,
    )


def test_a_report_without_failures_exits_zero() -> None:
    assert Report([record()]).exit_code == 0
    assert Report([record()], [Failure("mean", None, "x")]).exit_code == 1


def test_a_failure_is_said_in_one_line() -> None:
    assert str(Failure("mean", "sts12", "no vectors")) == "mean on sts12: no vectors"
    assert str(Failure("mean", None, "no model")) == "mean: no model"


def test_each_protocol_has_a_table_of_its_own() -> None:
    tables = Report([record()]).tables()

    assert [table.rows for table in tables] == [
        (("mean", "70.00"),),
        (("mean", "60.00"),),
        (("mean", "50.00"),),
    ]
    assert [
        name in table.title for name, table in zip(["all", "wmean", "mean"], tables, strict=True)
    ]


def test_tasks_of_one_split_make_one_table() -> None:
    tables = Report([record("stsb-dev", spearman={"all": 0.5})]).tables()

    assert len(tables) == 1


def test_families_have_tables_of_their_own_and_show_their_own_metric() -> None:
    records = [record("mr", "transfer", accuracy=0.8), record(spearman={"all": 0.5})]

    tables = Report(records).tables()

    assert [table.columns for table in tables] == [("encoder", "STS12"), ("encoder", "MR")]
    assert tables[1].rows == (("mean", "80.00"),)


@pytest.mark.parametrize("metric", ["pearson", "nosuch"])
def test_a_metric_that_was_not_measured_has_no_table(metric: str) -> None:
    assert Report([record(spearman={"all": 0.5})]).tables(metrics=[metric]) == []
