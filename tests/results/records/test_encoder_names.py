from collections.abc import Callable

import pytest

from harness.results.records.encoder_names import rename
from harness.results.records.matching import UnlikeRecordsError, match_records
from harness.results.records.record import Record
from harness.results.records.selection import find_named
from harness.results.tables.scoreboard import arrange_scores

MakeRecord = Callable[..., Record]


def rows(records: list[Record]) -> tuple[str, ...]:
    return arrange_scores(records, metric="spearman", protocol="all").rows


def test_a_name_is_what_tables_and_comparisons_show(make_record: MakeRecord) -> None:
    records = [make_record("mean:layers=last2", name="base"), make_record("cls")]

    assert rows(records) == ("base", "cls")
    assert list(match_records(records, [], [])) == ["base", "cls"]


@pytest.mark.parametrize(
    "name", ["base", "mean:layers=last2", "base@tiny", "mean:layers=last2@tiny"]
)
def test_a_record_is_found_by_name_and_by_spec(make_record: MakeRecord, name: str) -> None:
    records = [make_record("mean:layers=last2", name="base"), make_record("cls")]

    assert find_named(records, name) == records[:1]


def test_two_specs_of_one_name_are_told_apart(make_record: MakeRecord) -> None:
    records = [make_record("mean", name="base"), make_record("cls", name="base")]

    assert rows(records) == ("base (mean)", "base (cls)")
    assert list(match_records(records, [], [])) == ["base (mean)", "base (cls)"]
    assert find_named(records, "base (cls)") == records[1:]
    with pytest.raises(UnlikeRecordsError, match="differ in encoder: mean and cls: name one of"):
        match_records(records, ["base"], [])


def test_records_made_before_are_renamed(make_record: MakeRecord) -> None:
    records = [make_record("mean"), make_record("mean", model="big"), make_record("cls")]

    renamed = rename(records, {"mean@big": "large", "cls": "first"})

    assert [record.label for record in renamed] == ["mean", "large", "first"]
    assert [record.encoder for record in renamed] == ["mean", "mean", "cls"]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"wk": "new"}, "no record of encoder 'wk' to rename. There are: mean, cls"),
        ({"mean": "a", "cls": "a"}, "name 'a' must be that of one encoder, got 'mean' and 'cls'"),
        ({"mean": "cls"}, "name 'cls' must be that of one encoder, got 'mean' and 'cls'"),
    ],
)
def test_names_that_would_merge_encoders_are_refused(
    make_record: MakeRecord, names: dict[str, str], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        rename([make_record("mean"), make_record("cls")], names)
