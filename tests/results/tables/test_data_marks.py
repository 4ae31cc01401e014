import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from markupsafe import escape

from harness.results.comparisons.record_comparison import compare_records
from harness.results.families import AVERAGED
from harness.results.formats.data import to_csv
from harness.results.formats.latex import to_latex
from harness.results.formats.markdown import to_markdown
from harness.results.html_report.page import html_report
from harness.results.records.matching import UnlikeRecordsError
from harness.results.records.record import FileRecord, Record
from harness.results.records.task_items import task_splits
from harness.results.statistics.resampling import Resampling
from harness.results.tables.marks import ALTERED_NOTE, RAW_NOTE
from harness.results.tables.scoreboard_table import score_table
from harness.results.tables.scoreboards import scoreboards
from harness.results.tables.setting_table import setting_table
from harness.results.tables.sweep_scores import SweepPoint, SweepScores

MakeRecord = Callable[..., Record]
RAW = {"details": {"text": "raw"}, "data_files": (FileRecord(name="x", sha256="r", rows=1),)}
ALTERED = {"altered_files": ("x",), "data_files": RAW["data_files"]}
MARKED = pytest.mark.parametrize(
    ("fields", "sign", "latex", "note"),
    [(RAW, "◊", r"$\diamond$", RAW_NOTE), (ALTERED, "△", r"$\triangle$", ALTERED_NOTE)],
    ids=["raw", "altered"],
)


@MARKED
def test_scores_on_other_data_and_averages_over_them_are_marked(
    make_record: MakeRecord, fields: dict[str, Any], sign: str, latex: str, note: str
) -> None:
    tasks = AVERAGED["sts"]
    records = [make_record("mean", task) for task in tasks[:-1]]

    table = score_table(
        [*records, make_record("mean", tasks[-1], **fields)], metric="spearman", protocol="all"
    )

    assert [sign in cell for cell in table.rows[0][1:]] == [False] * 6 + [True] * 2
    assert f"{sign} {note}" in table.notes


@pytest.mark.parametrize("text", [{}, {"text": "tokenised"}])
def test_tokenised_text_and_old_records_have_no_mark(
    make_record: MakeRecord, text: dict[str, str]
) -> None:
    table = score_table([make_record(details=text)], metric="spearman", protocol="all")

    assert "◊" not in to_markdown(table)


@MARKED
def test_the_mark_stands_in_every_format(
    make_record: MakeRecord, fields: dict[str, Any], sign: str, latex: str, note: str
) -> None:
    record = make_record(**fields)
    swept = SweepScores(("k",), (SweepPoint({"k": "1"}, (record,)),))

    table = setting_table(swept, metric="spearman", protocol="all")

    assert table.rows[0][-1].endswith(sign)
    assert f"{sign} {note}" in table.notes
    assert latex in to_latex(table)
    name = {"◊": "raw", "△": "altered"}[sign]
    assert all(row["marks"] == name for row in csv.DictReader(io.StringIO(to_csv([record]))))
    assert f"{sign} {escape(note)}" in html_report(scoreboards([record]), title="")


@MARKED
def test_a_comparison_on_other_data_says_so(
    make_record: MakeRecord, fields: dict[str, Any], sign: str, latex: str, note: str
) -> None:
    matched = {"a": [make_record("a", **fields)], "b": [make_record("b", **fields)]}

    (table, *_) = compare_records(matched, Resampling(draws=100)).tables()

    assert f"{sign} STS-B: {note}" in table.notes
    assert all(sign in row[1] for row in table.rows)


def test_raw_and_tokenised_text_are_not_compared(make_record: MakeRecord) -> None:
    matched = {"a": [make_record("a")], "b": [make_record("b", **RAW)]}

    with pytest.raises(UnlikeRecordsError, match=r"compared, they differ in data: .*: score all"):
        task_splits(matched)
