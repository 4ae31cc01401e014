import base64
from collections.abc import Callable

import numpy as np
import pytest

from harness.results.html_report.details import details
from harness.results.html_report.scored_items import ItemTexts
from harness.results.records.record import Record
from harness.results.tables.intervals import with_intervals
from harness.results.tables.scoreboards import scoreboards

MakeRecord = Callable[..., Record]
DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def unpacked(result: dict[str, object]) -> list[float]:
    """Read an encoder's values as the page's script does."""
    digits, low, high = (
        str(result["points"]),
        float(str(result["low"])),
        float(str(result["high"])),
    )
    pairs = zip(digits[::2], digits[1::2], strict=True)
    levels = [DIGITS.index(a) * 64 + DIGITS.index(b) for a, b in pairs]
    return [low + level / 4095 * (high - low) for level in levels]


def labelled(encoder: str, system: list[float]) -> Record:
    """A record of a task with labels."""
    gold = [0.0, 1.0, 1.0, 0.0]
    right = sum(a == b for a, b in zip(system, gold, strict=True)) / len(gold)
    return Record(
        encoder=encoder,
        model=None,
        seed=None,
        task="mr",
        title="MR",
        family="transfer",
        data="/data",
        scores={"accuracy": right},
        items={"test": {"system": system, "gold": gold}},
        dim=4,
    )


def test_a_clicked_score_keeps_its_interval_and_its_distance_to_the_best(
    make_record: MakeRecord,
) -> None:
    records = [make_record("a", noise=0.2), make_record("b", noise=3.0)]
    (board,) = (with_intervals(board, draws=50) for board in scoreboards(records))

    (found,) = details([board], records)["boards"]

    ((best,), (other,)) = found["cells"]
    low, high = best["interval"]
    assert low <= best["score"] <= high
    assert (best["of"], other["of"]) == ("b", "a")
    assert best["ahead"] == other["behind"]
    assert best["ahead"][0] == pytest.approx(best["score"] - other["score"], abs=0.011)
    assert other["tied"] == 0


def test_a_score_without_intervals_has_neither_interval_nor_distance(
    make_record: MakeRecord,
) -> None:
    record = make_record("a")

    (board,) = details(scoreboards([record]), [record])["boards"]

    ((cell,),) = board["cells"]
    assert set(cell) == {"score"}


def test_packed_similarities_are_those_of_the_record_to_a_4096th(make_record: MakeRecord) -> None:
    record = make_record("a")

    (result,) = details(scoreboards([record]), [record])["results"]

    system = record.items["test"]["system"]
    step = (max(system) - min(system)) / 4095
    assert np.abs(np.subtract(unpacked(result), system)).max() <= step / 2 + 1e-12


def test_gold_scores_of_one_task_are_kept_once_and_those_of_other_data_apart(
    make_record: MakeRecord,
) -> None:
    records = [
        make_record("a"),
        make_record("b", noise=2),
        make_record("c", data_checksum="0" * 64),
    ]

    found = details(scoreboards(records), records)

    assert [result["task"] for result in found["results"]] == [0, 0, 1]
    assert [task["gold"] for task in found["tasks"]] == [records[0].items["test"]["gold"]] * 2


def test_parts_that_records_have_alike_are_kept_once(make_record: MakeRecord) -> None:
    records = [make_record("a"), make_record("b")]

    found = details(scoreboards(records), records)

    first, second = (result["record"]["data_files"] for result in found["results"])
    assert first == second
    assert found["parts"][first] == records[0].summary()["data_files"]


def test_a_labelled_result_says_which_items_are_right() -> None:
    records = [labelled("a", [0.0, 1.0, 0.0, 0.0]), labelled("b", [1.0, 1.0, 1.0, 1.0])]

    found = details(scoreboards(records), records)

    bits = [base64.b64decode(result["right"])[0] for result in found["results"]]
    assert [task["kind"] for task in found["tasks"]] == ["labels"]
    assert bits == [0b11010000, 0b01100000]


def test_texts_stand_beside_the_gold_of_their_items() -> None:
    record = labelled("a", [0.0, 1.0, 0.0, 0.0])
    texts = ItemTexts({"test": [("one",), ("two",), ("three",), ("four",)]})

    (task,) = details(scoreboards([record]), [record], {("mr", ""): texts})["tasks"]

    assert task["texts"] == [["one"], ["two"], ["three"], ["four"]]


def test_a_split_names_its_file_where_the_rows_are_the_items(make_record: MakeRecord) -> None:
    records = [
        make_record("a", "own", data_files=[{"name": "x/test.tsv", "sha256": "0", "rows": rows}])
        for rows in (40, 41)
    ]

    found = [details(scoreboards([each]), [each])["tasks"][0]["splits"] for each in records]

    assert found == [[["test", 40, "test.tsv"]], [["test", 40, ""]]]


def test_a_result_with_values_that_cannot_be_drawn_has_no_points(make_record: MakeRecord) -> None:
    system, gold = [0.1, float("inf"), 0.3], [1.0, 2.0, 3.0]
    record = make_record("a").model_copy(
        update={"items": {"test": {"system": system, "gold": gold}}}
    )

    found = details(scoreboards([record]), [record])

    assert found["tasks"] == []
    assert "points" not in found["results"][0]
