import pytest

from harness.errors import HarnessError
from harness.evaluation import report as report_module
from harness.evaluation.report import Failure, Report
from harness.results.formats.formats import FORMATS, RECORD_FORMATS
from harness.results.records.record import Record
from harness.results.tables.section import TableSection
from harness.results.tables.table import Table


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


TEXT = """\
STS: Spearman × 100, SAMPLE DATA, not a benchmark
encoder         STSB-DEV
────────────────────────
mean               50.00
cls:layers=<b>     40.00

Failed: max: no model"""
HTML = """\
<table><caption>STS: Spearman × 100, SAMPLE DATA, not a benchmark</caption>\
<thead><tr><th>encoder</th><th>STSB-DEV</th></tr></thead>\
<tbody><tr><th scope="row">mean</th><td><b>50.00</b></td></tr>\
<tr><th scope="row">cls:layers=&lt;b&gt;</th><td>40.00</td></tr></tbody></table>\
<ul><li>max: no model</li></ul>"""


@pytest.fixture
def report() -> Report:
    cls = record("stsb-dev", spearman=0.4).model_copy(update={"encoder": "cls:layers=<b>"})
    records = [record("stsb-dev", spearman=0.5), cls]
    return Report(
        [one.model_copy(update={"model": None}) for one in records],
        [Failure("max", None, "no model")],
    )


def test_a_report_prints_as_its_tables_and_failures(report: Report) -> None:
    assert str(report) == TEXT
    assert repr(report) == "<Report of 2 records and 1 failures>"


def test_a_notebook_shows_a_report_as_tables_with_its_text_escaped(report: Report) -> None:
    assert report._repr_html_() == HTML
    assert report._repr_markdown_() == report.to_markdown()
    assert report._repr_latex_() == report.to_latex()


def test_markdown_and_latex_are_the_tables_in_that_form(report: Report) -> None:
    assert "| mean | **50.00** |" in report.to_markdown()
    assert r"mean & \textbf{50.00} \\" in report.to_latex()
    assert report.to_markdown(metrics=["pearson"]) == ""


def test_an_empty_report_says_that_it_is() -> None:
    assert str(Report()) == ""
    assert Report()._repr_html_() == "<p>&lt;Report of 0 records and 0 failures&gt;</p>"


def test_a_data_frame_has_a_row_for_each_score(report: Report) -> None:
    pytest.importorskip("pandas", reason="the extra pandas is not installed")
    report.records[0] = record(spearman={"mean": 0.5, "all": 0.75}, accuracy=0.25)
    frame = report.to_dataframe()

    assert frame[["encoder", "metric", "protocol", "score"]].to_numpy().tolist() == [
        ["mean", "spearman", "mean", 0.5],
        ["mean", "spearman", "all", 0.75],
        ["mean", "accuracy", "", 0.25],
        ["cls:layers=<b>", "spearman", "", 0.4],
    ]


def test_without_pandas_the_cure_is_reported(
    report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_module, "find_spec", lambda name: None)

    with pytest.raises(HarnessError) as caught:
        report.to_dataframe()

    cure = "pip install 'sentence-harness[pandas]'"
    assert str(caught.value) == f"to_dataframe needs the package pandas: {cure}"


def test_every_format_renders_the_scores_and_the_tables_of_sections(report: Report) -> None:
    report.sections = [TableSection("more", "More", [Table("Sizes", ("set", "n"), (("a", "7"),))])]

    for name in FORMATS:
        content = report.render(name)

        assert "cls:layers=" in content, name
        assert ("Sizes" in content) == (name not in RECORD_FORMATS), name
