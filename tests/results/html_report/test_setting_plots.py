from collections.abc import Callable

from harness.results.html_report.setting_plots import setting_plots, setting_sweeps
from harness.results.records.record import Record
from harness.results.tables.scoreboard import Scoreboard
from harness.results.tables.scoreboards import scoreboards

MakeRecord = Callable[..., Record]


def board_of(make_record: MakeRecord, *settings: dict[str, str]) -> Scoreboard:
    records = [
        make_record(
            "mean:" + ",".join(f"{name}={value}" for name, value in own.items()),
            noise=1 + place,
            settings=own,
        )
        for place, own in enumerate(settings)
    ]
    (board,) = scoreboards(records, protocols=["all"])
    return board


def test_values_of_a_setting_stand_in_order_numbers_before_words(make_record: MakeRecord) -> None:
    board = board_of(make_record, *({"layers": value} for value in ("10", "last", "9")))

    (sweep,) = setting_sweeps(board)

    assert sweep.title == "mean over layers"
    assert [value for value, _ in sweep.values] == ["9", "10", "last"]


def test_a_crossed_grid_has_a_sweep_for_each_other_setting(make_record: MakeRecord) -> None:
    grid = [{"layers": str(k), "prompt": p} for k in range(3) for p in ("a", "b")]

    titles = [sweep.title for sweep in setting_sweeps(board_of(make_record, *grid))]

    assert titles == [f"mean with prompt={p} over layers" for p in ("a", "b")]


def test_two_values_are_left_to_the_table(make_record: MakeRecord) -> None:
    board = board_of(make_record, {"layers": "0"}, {"layers": "1"})

    assert setting_plots(board) == []


def test_a_plot_joins_numbers_alone_and_says_every_score(make_record: MakeRecord) -> None:
    board = board_of(make_record, *({"layers": value} for value in ("0", "1", "last")))

    (plot,) = setting_plots(board)

    assert plot["title"] == "STS-B: mean over layers"
    assert len(plot["dots"]) == 3
    assert plot["curve"] == " ".join(f"{dot['x']},{dot['y']}" for dot in plot["dots"][:2])
    assert f"last: {board.cell('mean:layers=last', 'STS-B').mean:.2f}" in plot["description"]
