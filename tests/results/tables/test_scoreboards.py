"""Boards of scores: none without a score."""

from collections.abc import Callable

from harness.results.records.record import FileRecord, Record
from harness.results.tables.scoreboards import scoreboards


def test_a_protocol_under_which_nothing_has_a_score_has_no_board(
    make_record: Callable[..., Record],
) -> None:
    record = make_record(scores={"spearman": {"all": 0.5, "mean": None, "wmean": None}})

    assert [board.protocol for board in scoreboards([record])] == ["all"]


def test_a_board_names_only_changed_data_that_is_on_it(make_record: Callable[..., Record]) -> None:
    def own(task: str, split: str, sha256: str) -> Record:
        files = (FileRecord(name=f"{task}.csv", sha256=sha256 * 64, rows=1),)
        settings = {"split": split}
        return make_record(
            "a", task, data_files=files, data_checksum=sha256 * 64, task_settings=settings
        )

    records = [own("old", "", "1"), own("old", "", "2"), own("old", "topic", "2")]

    labels = [board.label for board in scoreboards([*records, own("new", "genre", "3")])]

    assert "split genre" in labels
    assert {f"old data {'2' * 12}, no split", f"old data {'2' * 12}, split topic"} < set(labels)
