import dataclasses
from collections.abc import Callable

import pytest

from harness.results.comparisons.record_comparison import compare_records
from harness.results.families import AVERAGED
from harness.results.records.record import FileRecord, Record
from harness.results.records.training import TrainingRecord
from harness.results.statistics.resampling import Resampling
from harness.results.tables.intervals import with_intervals
from harness.results.tables.score_intervals import score_intervals
from harness.results.tables.score_rows import score_rows
from harness.results.tables.scoreboard import arrange_scores, arrange_tracks
from harness.results.tables.scoreboard_table import scoreboard_table
from harness.results.tables.scoreboards import scoreboards

SEVEN = AVERAGED["sts"]
MakeRecord = Callable[..., Record]


def test_seeds_share_a_cell_and_the_average_follows_its_tasks(make_record: MakeRecord) -> None:
    records = [
        make_record("a", task, seed=seed, random_state=seed)
        for task in (*SEVEN, "extra")
        for seed in (0, 1)
    ]

    board = arrange_scores(records, metric="spearman", protocol="all")

    assert board.columns[-2:] == ("Avg.", "extra")
    assert len(board.cell("a", "Avg.").values) == 2
    assert len(board.cell("a", "Avg.").records) == 14
    assert board.cell("a", "nothing").mean is None


def test_runs_that_differ_in_number_format_are_two_rows(make_record: MakeRecord) -> None:
    half = make_record("a", runtime={"dtype": "fp16", "max_length": 64})

    board = arrange_scores([make_record("a"), half], metric="spearman", protocol="all")

    assert board.rows == ("a (fp32)", "a (fp16)")


def test_one_encoder_trained_on_two_texts_has_two_rows(make_record: MakeRecord) -> None:
    whole = TrainingRecord(corpus="sts", corpus_sha256="a" * 64, sentences=9)
    drawn = [
        TrainingRecord(corpus="sts[5]", corpus_sha256=sign * 64, sentences=5) for sign in "bc"
    ]
    records = [
        make_record("sg", seed=0, training=whole),
        *(make_record("sg", seed=seed, training=text) for seed, text in enumerate(drawn)),
        make_record("simcse", seed=0, training=drawn[0]),
    ]

    board = arrange_scores(records, metric="spearman", protocol="all")

    assert board.rows == ("sg (sts)", "sg (sts[5])", "simcse")
    assert len(board.cell("sg (sts[5])", "STS-B").values) == 2


@pytest.mark.parametrize(
    ("change", "label"),
    [
        ({"data": "/other", "data_files": (), "data_checksum": "2"}, "data /other"),
        ({"data": "sample"}, "SAMPLE DATA"),
        ({"task_settings": {"similarity": "dot"}}, "similarity dot"),
    ],
)
def test_unlike_results_never_share_a_table(
    make_record: MakeRecord, change: dict[str, object], label: str
) -> None:
    records = [make_record("a"), make_record("b", **change)]

    boards = scoreboards(records)

    assert [board.rows for board in boards] == [("a",), ("b",)]
    assert label in scoreboard_table(boards[1]).title


def test_two_names_of_one_data_folder_share_a_table(make_record: MakeRecord) -> None:
    records = [make_record("a"), make_record("a", "sts12", data="/link"), make_record("b")]
    records.append(make_record("b", "sts12", data="/elsewhere/link"))

    boards = scoreboards([*records, make_record("c", data="/link")])

    assert [board.rows for board in boards] == [("a", "b", "c")]


def test_results_on_changed_files_of_one_folder_have_tables_of_their_own(
    make_record: MakeRecord,
) -> None:
    changed = {
        "data_files": (FileRecord(name="x", sha256="f" * 64, rows=1),),
        "data_checksum": "abcdef" * 10,
    }
    records = [make_record(name, task) for name in ("a", "b") for task in SEVEN]
    records.append(make_record("a", noise=9, **changed))

    new, old = scoreboards(records, protocols=["all"])

    assert (new.label, old.label) == ("STS-B data abcdefabcdef", "STS-B data stsb-test111")
    assert new.cell("a", "STS-B").records == (records[-1],)
    assert new.cell("b", "STS-B").records == ()
    assert {row for row in new.rows if new.cell(row, "Avg.").values} == {"a"}
    assert {row for row in old.rows if old.cell(row, "Avg.").values} == {"a", "b"}
    assert "data abcdefabcdef" in scoreboard_table(new).title


def test_a_folder_that_once_held_the_files_of_another_counts_as_the_same(
    make_record: MakeRecord,
) -> None:
    cut = {
        "data": "/copy",
        "data_files": (FileRecord(name="x", sha256="f" * 64, rows=1),),
        "data_checksum": "abcdef" * 10,
    }
    records = [make_record("a"), make_record("b", data="/copy"), make_record("b", **cut)]

    boards = scoreboards(records)

    assert [board.rows for board in boards] == [("b",), ("a", "b")]


def test_settings_of_different_tasks_may_differ_in_one_table(make_record: MakeRecord) -> None:
    records = [make_record("a", "sts12"), make_record("a", task_settings={"other": 1})]

    (board,) = scoreboards(records)

    assert board.columns == ("STS12", "STS-B")


def test_intervals_hold_the_score_and_mark_ties(make_record: MakeRecord) -> None:
    records = [
        make_record("good", noise=0.1),
        make_record("twin", noise=0.1),
        make_record("bad", noise=9, random_state=3),
    ]

    board = with_intervals(arrange_scores(records, metric="spearman", protocol="all"), draws=300)

    tied = {row: board.intervals[row, "STS-B"].tied for row in board.rows}
    interval = board.intervals["bad", "STS-B"]
    assert tied == {"good": True, "twin": True, "bad": False}
    assert interval.low < (board.cell("bad", "STS-B").mean or 0) < interval.high
    assert scoreboard_table(board).rows[0][1].endswith("] ≈")


def test_a_score_has_the_same_interval_in_tables_comparisons_and_csv(
    make_record: MakeRecord,
) -> None:
    names, tracks = ("a", "b", "c"), ("one", "two")
    records = [
        make_record(name, "sts12", split_names=tracks, random_state=place)
        for place, name in enumerate(names)
    ]

    board = arrange_scores(records, metric="spearman", protocol="wmean")
    shown = with_intervals(board, draws=70)
    matched = {name: [record] for name, record in zip(names[:2], records, strict=False)}
    compared = compare_records(matched, Resampling(protocol="wmean", draws=70)).columns["STS12"]
    listed = score_intervals(records, draws=70)

    rows = [row[-2] for row in score_rows(records)]
    wmean = [ends for ends, protocol in zip(listed, rows, strict=True) if protocol == "wmean"]
    assert "70 draws" in scoreboard_table(shown).notes[0]
    for score in compared.scores:
        ends = (score.score.low, score.score.high)
        interval = shown.intervals[score.encoder, "STS12"]
        assert (interval.low / 100, interval.high / 100) == pytest.approx(ends)
        assert wmean[names.index(score.encoder)] == pytest.approx(ends)


def test_scores_that_cannot_be_resampled_have_no_interval_in_csv(make_record: MakeRecord) -> None:
    records = [make_record("a", items={}), make_record("b")]
    records[1].scores["kendall"] = {"all": 0.5}

    found = score_intervals(records, draws=20)

    assert [ends is None for ends in found] == [True, False, True]


def test_the_average_of_incomplete_encoders_has_no_interval(make_record: MakeRecord) -> None:
    records = [make_record("a", task) for task in SEVEN]
    records += [make_record("b", task, noise=2) for task in SEVEN[:-1]]

    board = with_intervals(arrange_scores(records, metric="spearman", protocol="all"), draws=30)

    assert ("a", "Avg.") in board.intervals
    assert ("b", "Avg.") not in board.intervals
    assert ("b", "STS12") in board.intervals


def test_scores_without_items_are_reported_to_have_no_interval(make_record: MakeRecord) -> None:
    bare = make_record("a", items={})

    board = with_intervals(arrange_scores([bare], metric="spearman", protocol="all"), draws=30)

    assert not board.intervals
    assert "no intervals for STS-B: a on stsb-test has no scores" in board.interval_notes[-1]


def test_a_metric_that_cannot_be_resampled_is_reported(make_record: MakeRecord) -> None:
    board = arrange_scores([make_record("a")], metric="spearman", protocol="all")

    reported = with_intervals(dataclasses.replace(board, metric="ndcg"))

    note = "no intervals for STS-B: ndcg cannot be resampled, no column ndcg holds it by item"
    assert reported.interval_notes == (note,)


def test_many_encoders_can_be_told_from_the_best_by_few_draws(make_record: MakeRecord) -> None:
    records = [make_record(f"bad{i}", noise=30, random_state=i) for i in range(20)]
    records.append(make_record("good", noise=0.01))

    board = with_intervals(arrange_scores(records, metric="spearman", protocol="all"), draws=500)

    assert not any(interval.tied for interval in board.intervals.values())


def test_each_track_is_a_column_with_its_own_interval(make_record: MakeRecord) -> None:
    tracks = {"es-es": {"spearman": 0.5}, "en-en": {"spearman": 0.75}}
    records = [
        make_record(name, "sts17", split_names=tuple(tracks), splits=tracks, noise=1 + i)
        for i, name in enumerate("ab")
    ]

    board = with_intervals(arrange_tracks(records, metric="spearman"), draws=200)

    lows = {column: board.intervals["a", column].low for column in board.columns}
    assert board.columns == ("es-es", "en-en", "mean")
    assert board.cell("a", "en-en").values == (75.0,)
    assert len(set(lows.values())) == 3


def test_resamples_without_a_correlation_give_no_interval_and_a_reason(
    make_record: MakeRecord,
) -> None:
    splits = {"small": ([0.0, 1.0], [0.0, 1.0]), "large": ([0.0, 1.0, 2.0], [0.0, 2.0, 1.0])}
    board = arrange_scores([make_record(columns=splits)], metric="spearman", protocol="mean")

    shown = with_intervals(board, draws=50)

    assert not shown.intervals
    assert shown.interval_notes == (
        "no intervals for STS-B: some resamples have no correlation, as of a split with few pairs",
    )
