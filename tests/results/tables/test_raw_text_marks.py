from collections.abc import Callable

import pytest

from harness.results.comparisons.record_comparison import compare_records
from harness.results.families import AVERAGED
from harness.results.formats.latex import to_latex
from harness.results.formats.markdown import to_markdown
from harness.results.records.matching import UnlikeRecordsError, task_splits
from harness.results.records.record import FileRecord, Record
from harness.results.statistics.resampling import Resampling
from harness.results.tables.marks import RAW_NOTE
from harness.results.tables.scoreboard_table import score_table
from harness.results.tables.setting_table import setting_table
from harness.results.tables.sweep_scores import SweepPoint, SweepScores

MakeRecord = Callable[..., Record]
RAW = {"details": {"text": "raw"}, "data_files": (FileRecord(name="x", sha256="r", rows=1),)}


def test_scores_on_raw_text_and_averages_over_them_are_marked(make_record: MakeRecord) -> None:
    tasks = AVERAGED["sts"]
    records = [make_record("mean", task) for task in tasks[:-1]]

    table = score_table(
        [*records, make_record("mean", tasks[-1], **RAW)], metric="spearman", protocol="all"
    )

    assert ["◊" in cell for cell in table.rows[0][1:]] == [False] * 6 + [True] * 2
    assert f"◊ {RAW_NOTE}" in table.notes


@pytest.mark.parametrize("text", [{}, {"text": "tokenised"}])
def test_tokenised_text_and_old_records_have_no_mark(
    make_record: MakeRecord, text: dict[str, str]
) -> None:
    table = score_table([make_record(details=text)], metric="spearman", protocol="all")

    assert "◊" not in to_markdown(table)


def test_the_mark_stands_in_tables_of_settings_and_in_latex(make_record: MakeRecord) -> None:
    swept = SweepScores(("k",), (SweepPoint({"k": "1"}, (make_record(**RAW),)),))

    table = setting_table(swept, metric="spearman", protocol="all")

    assert table.rows[0][-1].endswith("◊")
    assert r"$\diamond$" in to_latex(table)


def test_a_comparison_on_raw_text_says_so(make_record: MakeRecord) -> None:
    matched = {"a": [make_record("a", **RAW)], "b": [make_record("b", **RAW)]}

    (table, *_) = compare_records(matched, Resampling(draws=100)).tables()

    assert f"STS-B: {RAW_NOTE}" in table.notes


def test_raw_and_tokenised_text_are_not_compared(make_record: MakeRecord) -> None:
    matched = {"a": [make_record("a")], "b": [make_record("b", **RAW)]}

    with pytest.raises(UnlikeRecordsError, match="cannot be compared, they differ in data"):
        task_splits(matched)
