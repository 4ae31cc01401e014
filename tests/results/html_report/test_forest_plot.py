from collections.abc import Callable

import pytest

from harness.results.html_report.forest_plot import SHOWN, forest_panels
from harness.results.html_report.row_order import row_order
from harness.results.records.record import Record
from harness.results.tables.intervals import with_intervals
from harness.results.tables.scoreboard import Scoreboard
from harness.results.tables.scoreboards import scoreboards

MakeRecord = Callable[..., Record]


@pytest.fixture(scope="module")
def board(make_record: MakeRecord) -> Scoreboard:
    """Three encoders on two tasks, the last far behind."""
    noises = {"mean": 0.3, "cls": 0.32, "bow": 4.0}
    records = [
        make_record(encoder, task, noise=noise, random_state=place)
        for place, (encoder, noise) in enumerate(noises.items())
        for task in ("sts12", "stsb-test")
    ]
    (found,) = scoreboards(records, protocols=["all"])
    return with_intervals(found, draws=100)


def test_each_task_has_a_panel_with_the_best_at_zero(board: Scoreboard) -> None:
    panels = forest_panels(board, row_order(board))

    assert [panel["column"] for panel in panels] == ["STS12", "STS-B"]
    for panel in panels:
        first = panel["rows"][0]
        assert (first["kind"], first["at"], first["line"]) == ("top", panel["zero"], ())
        assert first["name"] == panel["best"]


def test_a_dot_lies_on_its_interval_and_is_hollow_where_tied(board: Scoreboard) -> None:
    rows = {row["name"]: row for row in forest_panels(board, row_order(board))[1]["rows"]}

    low, high = map(float, rows["bow"]["line"])
    assert low < float(rows["bow"]["at"]) < high < float(rows["mean"]["at"]) + 10
    assert rows["bow"]["kind"] == ""
    assert {rows["mean"]["kind"], rows["cls"]["kind"]} == {"top", "tied"}


def test_a_row_says_in_words_what_it_draws(board: Scoreboard) -> None:
    rows = {row["name"]: row for row in forest_panels(board, row_order(board))[1]["rows"]}

    difference = board.cell("mean", "STS-B").mean or 0
    difference = max(difference, board.cell("cls", "STS-B").mean or 0)
    difference -= board.cell("bow", "STS-B").mean or 0
    assert rows["bow"]["said"].startswith(f"{difference:.2f} behind [")
    assert ", p 0.0" in rows["bow"]["said"]


def test_panels_of_tasks_share_an_axis(board: Scoreboard) -> None:
    first, second = forest_panels(board, row_order(board))

    assert first["ticks"] == second["ticks"]


def test_without_intervals_dots_alone_are_drawn(make_record: MakeRecord) -> None:
    records = [make_record(name, noise=noise) for name, noise in (("mean", 0.1), ("cls", 2))]
    (found,) = scoreboards(records, protocols=["all"])

    ((_, behind),) = (panel["rows"] for panel in forest_panels(found, row_order(found)))

    assert (behind["line"], behind["kind"]) == ((), "tied")
    assert behind["said"].endswith("not tested")


def test_one_encoder_has_no_plot(make_record: MakeRecord) -> None:
    (found,) = scoreboards([make_record()], protocols=["all"])

    assert forest_panels(found, row_order(found)) == []


def test_of_many_rows_the_best_are_seen_first(make_record: MakeRecord) -> None:
    records = [make_record(f"e{place}", noise=0.1 + place) for place in range(SHOWN + 3)]
    (found,) = scoreboards(records, protocols=["all"])

    (panel,) = forest_panels(found, row_order(found))

    assert panel["more"] == 3
    assert [row["more"] for row in panel["rows"]] == [False] * SHOWN + [True] * 3
