"""What a board with intervals keeps of the comparisons behind them."""

from collections.abc import Callable

from harness.results.records.record import Record
from harness.results.tables.intervals import with_intervals
from harness.results.tables.scoreboard import arrange_scores

MakeRecord = Callable[..., Record]


def test_a_board_keeps_each_difference_to_the_best_of_a_column(make_record: MakeRecord) -> None:
    records = [
        make_record("good", noise=0, random_state=1),
        make_record("fair", noise=1, random_state=2),
        make_record("bad", noise=9, random_state=3),
    ]

    board = with_intervals(arrange_scores(records, metric="spearman", protocol="all"), draws=40)

    found = board.comparisons["STS-B"]
    assert {score.encoder for score in found.scores} == {"good", "fair", "bad"}
    assert [(d.first, d.second) for d in found.differences] == [("good", "fair"), ("good", "bad")]
    assert all(d.difference.low <= d.difference.high for d in found.differences)


def test_a_column_without_intervals_has_no_comparison(make_record: MakeRecord) -> None:
    bare = make_record("a", items={})

    board = with_intervals(arrange_scores([bare], metric="spearman", protocol="all"), draws=20)

    assert not board.comparisons
