import dataclasses
from collections.abc import Callable

import pytest

from results.families import AVERAGED
from results.intervals import with_intervals
from results.records import Record
from results.report_grids import report_grids
from results.score_grid import score_grid, track_grid
from results.tables import grid_table

SEVEN = AVERAGED["sts"]
MakeRecord = Callable[..., Record]


def test_seeds_share_a_cell_and_the_average_follows_its_tasks(make_record: MakeRecord) -> None:
    records = [
        make_record("a", task, seed=seed, random_state=seed)
        for task in (*SEVEN, "extra")
        for seed in (0, 1)
    ]

    grid = score_grid(records, metric="spearman", protocol="all")

    assert grid.columns[-2:] == ("Avg.", "extra")
    assert len(grid.cell("a", "Avg.").values) == 2
    assert len(grid.cell("a", "Avg.").records) == 14
    assert grid.cell("a", "nothing").mean is None


def test_runs_that_differ_in_number_format_are_two_rows(make_record: MakeRecord) -> None:
    half = make_record("a", runtime={"dtype": "fp16", "max_length": 64})

    grid = score_grid([make_record("a"), half], metric="spearman", protocol="all")

    assert grid.rows == ("a (fp32)", "a (fp16)")


@pytest.mark.parametrize(
    ("change", "label"),
    [
        ({"data": "/other"}, "data /other"),
        ({"task_settings": {"similarity": "dot"}}, "similarity dot"),
    ],
)
def test_unlike_results_never_share_a_table(
    make_record: MakeRecord, change: dict[str, object], label: str
) -> None:
    records = [make_record("a"), make_record("b", **change)]

    grids = report_grids(records)

    assert [grid.rows for grid in grids] == [("a",), ("b",)]
    assert label in grid_table(grids[1]).title


def test_settings_of_different_tasks_may_differ_in_one_table(make_record: MakeRecord) -> None:
    records = [make_record("a", "sts12"), make_record("a", task_settings={"other": 1})]

    (grid,) = report_grids(records)

    assert grid.columns == ("STS12", "STS-B")


def test_intervals_hold_the_score_and_mark_ties(make_record: MakeRecord) -> None:
    records = [
        make_record("good", noise=0.1),
        make_record("twin", noise=0.1),
        make_record("bad", noise=9, random_state=3),
    ]

    grid = with_intervals(score_grid(records, metric="spearman", protocol="all"), draws=300)

    tied = {row: grid.intervals[row, "STS-B"].tied for row in grid.rows}
    interval = grid.intervals["bad", "STS-B"]
    assert tied == {"good": True, "twin": True, "bad": False}
    assert interval.low < (grid.cell("bad", "STS-B").mean or 0) < interval.high
    assert grid_table(grid).rows[0][1].endswith("] ≈")


def test_the_average_of_incomplete_encoders_has_no_interval(make_record: MakeRecord) -> None:
    records = [make_record("a", task) for task in SEVEN]
    records += [make_record("b", task, noise=2) for task in SEVEN[:-1]]

    grid = with_intervals(score_grid(records, metric="spearman", protocol="all"), draws=30)

    assert ("a", "Avg.") in grid.intervals
    assert ("b", "Avg.") not in grid.intervals
    assert ("b", "STS12") in grid.intervals


def test_scores_without_items_are_told_to_have_no_interval(make_record: MakeRecord) -> None:
    bare = make_record("a", items={})

    grid = with_intervals(score_grid([bare], metric="spearman", protocol="all"), draws=30)

    assert not grid.intervals
    assert "no intervals for STS-B: a on stsb-test has no scores" in grid.interval_notes[-1]


def test_a_metric_that_cannot_be_resampled_is_told(make_record: MakeRecord) -> None:
    grid = score_grid([make_record("a")], metric="spearman", protocol="all")

    told = with_intervals(dataclasses.replace(grid, metric="f1"))

    assert told.interval_notes[0].startswith("no intervals: f1 cannot be resampled")


def test_many_encoders_can_be_told_from_the_best_by_few_draws(make_record: MakeRecord) -> None:
    records = [make_record(f"bad{i}", noise=30, random_state=i) for i in range(20)]
    records.append(make_record("good", noise=0.01))

    grid = with_intervals(score_grid(records, metric="spearman", protocol="all"), draws=500)

    assert not any(interval.tied for interval in grid.intervals.values())


def test_each_track_is_a_column_with_its_own_interval(make_record: MakeRecord) -> None:
    tracks = {"es-es": {"spearman": 0.5}, "en-en": {"spearman": 0.75}}
    records = [
        make_record(name, "sts17", split_names=tuple(tracks), splits=tracks, noise=1 + i)
        for i, name in enumerate("ab")
    ]

    grid = with_intervals(track_grid(records, metric="spearman"), draws=200)

    lows = {column: grid.intervals["a", column].low for column in grid.columns}
    assert grid.columns == ("es-es", "en-en", "mean")
    assert grid.cell("a", "en-en").values == (75.0,)
    assert len(set(lows.values())) == 3
