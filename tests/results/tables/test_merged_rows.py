from collections.abc import Callable

from harness.results.records.record import Record
from harness.results.tables.merged_rows import merge_identical
from harness.results.tables.scoreboard import Scoreboard
from harness.results.tables.scoreboards import scoreboards

MakeRecord = Callable[..., Record]


def only_board(*records: Record) -> Scoreboard:
    (board,) = scoreboards(records, protocols=["all"])
    return board


def test_settings_with_equal_numbers_for_every_item_share_a_row(make_record: MakeRecord) -> None:
    board = only_board(make_record("mean:layers=6"), make_record("mean"), make_record("cls"))

    merged = merge_identical(board)

    assert merged.rows == ("mean = mean:layers=6", "cls")
    assert merged.cell(merged.rows[0], "STS-B") == board.cell("mean", "STS-B")


def test_equal_scores_of_other_items_stay_apart(make_record: MakeRecord) -> None:
    ordered = make_record("mean", columns={"test": ([1, 2, 3], [1, 2, 3])})
    stretched = make_record("mean:layers=2", columns={"test": ([1, 2, 9], [1, 2, 3])})
    board = only_board(ordered, stretched)

    assert board.cell("mean", "STS-B").scores == board.cell("mean:layers=2", "STS-B").scores
    assert merge_identical(board) is board


def test_equal_scores_without_items_stay_apart(make_record: MakeRecord) -> None:
    board = only_board(make_record("mean", items={}), make_record("mean:layers=6", items={}))

    assert merge_identical(board).rows == ("mean", "mean:layers=6")


def test_another_task_that_differs_keeps_rows_apart(make_record: MakeRecord) -> None:
    records = [make_record(encoder) for encoder in ("mean", "mean:layers=6")]
    others = [make_record("mean", "sts12"), make_record("mean:layers=6", "sts12", noise=2)]

    assert len(merge_identical(only_board(*records, *others)).rows) == 2
