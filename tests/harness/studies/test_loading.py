"""A folder of records in Python."""

from collections.abc import Callable
from pathlib import Path

import pytest

import harness
from harness.errors import HarnessError
from harness.results.records.record import Record

MakeRecord = Callable[..., Record]


@pytest.fixture
def report(
    tmp_path: Path, make_record: MakeRecord, write_records: Callable[[Path, list[Record]], None]
) -> harness.Report:
    records = [
        make_record(name, task, title=task.upper(), noise=noise)
        for name, noise in (("a", 0.1), ("b", 1.0))
        for task in ("sts12", "sts13")
    ]
    write_records(tmp_path, records)
    return harness.load(tmp_path, tasks=["sts12", "sts13"])


def test_a_folder_is_loaded_as_a_report(report: harness.Report) -> None:
    assert {(r.encoder, r.task) for r in report.records} == {
        (name, task) for name in "ab" for task in ("sts12", "sts13")
    }


def test_a_wide_frame_has_a_row_per_encoder_and_a_column_per_task(report: harness.Report) -> None:
    frame = report.to_dataframe(wide=True)

    of_all = frame[frame["protocol"] == "all"].set_index("encoder")
    score = next(r for r in report.records if (r.encoder, r.task) == ("a", "sts12"))
    assert list(of_all.index) == ["a", "b"]
    assert of_all.loc["a", "STS12"] == pytest.approx(score.find_score("spearman", "all"))


def test_a_report_draws_a_panel_per_task(report: harness.Report) -> None:
    figure = report.plot(protocols=["all"])

    titles = {axes.get_title(loc) for axes in figure.axes for loc in ("left", "center")}
    assert any("STS12" in title for title in titles)
    assert any("STS13" in title for title in titles)


def test_a_report_of_one_encoder_says_what_a_plot_needs(make_record: MakeRecord) -> None:
    with pytest.raises(HarnessError, match="two encoders with scores of the same items"):
        harness.Report([make_record("a")]).plot()
