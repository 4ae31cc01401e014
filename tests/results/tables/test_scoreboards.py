"""Boards of scores: none without a score."""

from collections.abc import Callable

from harness.results.records.record import Record
from harness.results.tables.scoreboards import scoreboards


def test_a_protocol_under_which_nothing_has_a_score_has_no_board(
    make_record: Callable[..., Record],
) -> None:
    record = make_record(scores={"spearman": {"all": 0.5, "mean": None, "wmean": None}})

    assert [board.protocol for board in scoreboards([record])] == ["all"]
