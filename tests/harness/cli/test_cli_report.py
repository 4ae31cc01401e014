import csv
import io
import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli.main import main
from harness.errors import RecordError
from harness.results.records.record import Record
from harness.studies.folder_report import read_report

MakeRecord = Callable[..., Record]
WriteRecords = Callable[[Path, Iterable[Record]], None]

GOLD = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
SYSTEMS = {"mean": [0.1, 0.3, 0.2, 0.5, 0.7, 0.9], "cls": [0.9, 0.1, 0.8, 0.3, 0.5, 0.4]}


@pytest.fixture
def runs(tmp_path: Path, make_record: MakeRecord, write_records: WriteRecords) -> Path:
    records = [
        make_record(encoder, columns={"test": (system, GOLD)}, data=data, data_checksum=data)
        for encoder, system in SYSTEMS.items()
        for data in ("sample", "/data")
    ]
    write_records(tmp_path, records)
    return tmp_path


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, arguments)
    return result.exit_code, result.stdout, result.stderr


def test_markdown_report_keeps_sample_and_real_results_apart(runs: Path) -> None:
    code, output, _ = run("report", str(runs), "--format", "markdown")

    assert code == 0
    assert output == (
        "**STS: Spearman × 100, protocol all (all pairs of a task at once), model tiny,"
        " data /data**\n\n"
        "| encoder | STS-B |\n| --- | ---: |\n| cls | -25.71 |\n| mean | **94.29** |\n\n"
        "**STS: Spearman × 100, protocol all (all pairs of a task at once), model tiny,"
        " SAMPLE DATA, not a benchmark**\n\n"
        "| encoder | STS-B |\n| --- | ---: |\n| cls | -25.71 |\n| mean | **94.29** |\n"
    )


def test_tasks_without_the_metric_are_named(
    tmp_path: Path, make_record: MakeRecord, write_records: WriteRecords
) -> None:
    scores = {"reviews": {"mrr": 0.5}, "answers": {"mrr": 0.4}, "words": {"ndcg": 0.3}}
    own = {"family": "search", "columns": {"all": (SYSTEMS["mean"], GOLD)}}
    records = [make_record("bow", task, scores=each, **own) for task, each in scores.items()]
    write_records(tmp_path, records)

    assert run("report", str(tmp_path), "--metric", "mrr")[2] == "not shown, without mrr: words\n"
    assert "not shown" not in run("report", str(tmp_path))[2]


def test_csv_and_json_hold_every_record(runs: Path) -> None:
    _, table, _ = run("report", str(runs), "--format", "csv")
    _, content, _ = run("report", str(runs), "--format", "json")

    assert len(list(csv.DictReader(io.StringIO(table)))) == 4
    assert len(json.loads(content)["records"]) == 4


def test_latex_with_intervals_is_written_to_a_file(runs: Path, tmp_path: Path) -> None:
    target = tmp_path / "out" / "tables.tex"

    code, output, stderr = run("report", str(runs), "--ci", "--format", "latex", "-o", str(target))

    assert (code, output, stderr) == (0, "", f"wrote {target}\n")
    assert target.read_text(encoding="utf-8").count(r"\begin{tabular}{lr}") == 2


def test_csv_and_json_have_the_intervals_asked_for(runs: Path) -> None:
    _, plain, _ = run("report", str(runs), "--format", "csv")
    _, table, _ = run("report", str(runs), "--ci", "--format", "csv")
    _, content, _ = run("report", str(runs), "--ci", "--format", "json")

    rows = list(csv.DictReader(io.StringIO(table)))
    intervals = json.loads(content)["intervals"]
    assert "low" not in plain.splitlines()[0]
    assert len(rows) == len(intervals) == 4
    for row, interval in zip(rows, intervals, strict=True):
        assert float(row["low"]) <= float(row["score"]) <= float(row["high"])
        assert (float(row["low"]), float(row["high"])) == (interval["low"], interval["high"])
        assert (row["encoder"], row["data"]) == (interval["encoder"], interval["data"])


def test_sample_is_a_name_where_nothing_was_measured_on_it(
    tmp_path: Path, make_record: MakeRecord, write_records: WriteRecords
) -> None:
    write_records(tmp_path, [make_record()])

    code, _, stderr = run("report", str(tmp_path), "--data", "sample")

    assert (code, stderr) == (
        1,
        "Error: no records on data 'sample', only of models tiny on data /data\n",
    )


def test_only_results_on_the_named_data_are_shown(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")

    _, by_path, _ = run("report", str(runs), "--data", "data", "--format", "csv")
    _, by_name, _ = run("report", str(runs), "--data", "sample", "--format", "csv")

    assert {row["data"] for row in csv.DictReader(io.StringIO(by_path))} == {"/data"}
    assert {row["data"] for row in csv.DictReader(io.StringIO(by_name))} == {"sample"}


def test_where_the_page_went_is_reported_where_output_is_not_a_terminal(runs: Path) -> None:
    _, output, stderr = run("report", str(runs), "--format", "html")
    _, page, nothing = run("report", str(runs), "--format", "html", "--output", "-")

    assert output == ""
    assert stderr == f"wrote {runs / 'report.html'} (-o - writes to standard output)\n"
    assert page.startswith("<!doctype html>")
    assert nothing == ""


def test_html_lands_beside_the_records(runs: Path) -> None:
    code, _, _ = run("report", str(runs), "--format", "html", "--published", "--title", "Mine")

    page = (runs / "report.html").read_text(encoding="utf-8")
    assert code == 0
    assert "<title>Mine</title>" in page
    assert "ConSERT-large" in page


def test_only_the_named_papers_are_shown(runs: Path) -> None:
    _, output, _ = run("report", str(runs), "--format", "markdown", "--published", "sg-bert")

    assert "Kim, Yoo and Lee (2021)" in output
    assert "Yan, Li" not in output


def test_a_report_of_nothing_says_so(runs: Path, tmp_path: Path) -> None:
    code, _, stderr = run("report", str(tmp_path / "absent"))

    assert (code, stderr) == (
        1,
        f"Error: no folder '{tmp_path / 'absent'}': harness eval writes records to one\n",
    )
    with pytest.raises(RecordError, match="no records of model 'bert', only of models tiny on"):
        read_report(runs, model="bert")
    with pytest.raises(RecordError, match=r"no records of tasks sts12 in .*, only of stsb-test"):
        read_report(runs, tasks=["sts12"])
    with pytest.raises(RecordError, match="has the metric f1"):
        read_report(runs, metrics=["f1"])
    with pytest.raises(RecordError, match="published scores must be of consert, sg-bert"):
        read_report(runs, published=["nobody"])


def test_tables_go_to_the_file_that_is_named(runs: Path) -> None:
    code, output, _ = run("report", str(runs), "--format", "table", "-o", str(runs / "tables.txt"))

    assert (code, output) == (0, "")
    assert "94.29" in (runs / "tables.txt").read_text("utf-8")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes")
def test_the_page_never_waits_for_the_reader_of_a_pipe(runs: Path) -> None:
    os.mkfifo(runs / "report.html")

    code, _, errors = run("report", str(runs), "--format", "html")

    assert code == 1
    assert errors.endswith("report.html: Not a plain file\n")


def test_a_protocol_is_refused_for_records_without_splits(
    tmp_path: Path, make_record: MakeRecord, write_records: WriteRecords
) -> None:
    record = make_record(task="mr", title="MR", family="transfer")
    write_records(tmp_path, [record.model_copy(update={"scores": {"accuracy": 0.8}})])

    code, output, error = run("report", str(tmp_path), "--protocol", "wmean")

    assert (code, output) == (1, "")
    assert "has the protocol wmean: none of their tasks has splits" in error


def test_a_comparison_by_protocol_is_refused_for_tasks_without_splits(
    tmp_path: Path, make_record: MakeRecord, write_records: WriteRecords
) -> None:
    right = {"test": {"system": [1.0, 0.0, 1.0, 1.0], "gold": [1.0] * 4}}
    fields = {"task": "mr", "family": "transfer", "scores": {"accuracy": 0.75}, "items": right}
    write_records(tmp_path, [make_record(name, **fields) for name in ("mean", "cls")])

    code, output, error = run(
        *("compare", "--tasks", "mr", "--metric", "accuracy"),
        *("--protocol", "mean", "--out", str(tmp_path)),
    )

    assert (code, output) == (1, "")
    assert "protocol must be left out for these tasks, which have no splits" in error


def test_sentences_are_refused_where_no_item_is_shown(runs: Path) -> None:
    code, _, error = run("report", str(runs), "--with-text", "--format", "csv")

    assert code == 2
    assert "--with-text needs --format html, got --format csv" in error


@pytest.mark.filterwarnings("ignore::harness.results.notices.Notice")
def test_a_folder_format_without_any_file_fails_and_says_why(runs: Path) -> None:
    code, output, stderr = run("report", str(runs), "--data", "sample", "--format", "mteb")

    assert (code, output) == (1, "")
    assert "Error: no file of mteb was written: no record holds a score" in stderr
    assert not (runs / "mteb").exists()
