from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from harness.results.notices import Notice
from harness.results.records.record import Record
from harness.results.records.removal import remove_records
from harness.results.records.stored import RecordFilter, read_stored

MakeRecord = Callable[..., Record]
WriteRecords = Callable[[Path, Iterable[Record]], None]


@pytest.fixture
def records(make_record: MakeRecord) -> list[Record]:
    return [
        make_record("mean", model="org/minilm", created="2030-01-01"),
        make_record("mean:layers=last2", model="/models/minilm", created="2030-01-03"),
        make_record("mean", "sts12", model="/models/other", data="sample", created="2030-01-02"),
        make_record(
            "bow", name="words", model=None, data_checksum="abcdef99", created="2029-01-01"
        ),
    ]


@pytest.mark.parametrize(
    ("wanted", "rows"),
    [
        (RecordFilter(), [0, 1, 2, 3]),
        (RecordFilter(encoders=("mean",)), [0, 2]),
        (RecordFilter(encoders=("mean*",)), [0, 1, 2]),
        (RecordFilter(encoders=("m??n", "bow")), [0, 2, 3]),
        (RecordFilter(encoders=("words",)), [3]),
        (RecordFilter(encoders=("mean@org/minilm",)), [0]),
        (RecordFilter(encoders=("mean:layers=[last2]",)), []),
        (RecordFilter(models=("minilm",)), [0, 1]),
        (RecordFilter(models=("/models/minilm",)), [1]),
        (RecordFilter(tasks=("sts12", "sts13")), [2]),
        (RecordFilter(data=("sample",)), [2]),
        (RecordFilter(data=("abcdef",)), [3]),
        (RecordFilter(encoders=("mean*",), data=("/data",), models=("org/minilm",)), [0]),
    ],
)
def test_a_filter_admits_what_all_its_conditions_hold_for(
    wanted: RecordFilter, rows: list[int], records: list[Record]
) -> None:
    assert [row for row, record in enumerate(records) if wanted.admits(record)] == rows


def test_a_filter_names_what_no_record_has(records: list[Record]) -> None:
    assert RecordFilter(encoders=("mean", "meam")).unmet(records) == ("encoder", "meam")
    assert RecordFilter(data=("abcdef", "there")).unmet(records) == ("data", "there")
    assert RecordFilter(tasks=("sts12", "sts13")).unmet(records) is None
    assert RecordFilter(tasks=("sts13", "sts14")).unmet(records) == ("task", "sts13, sts14")


def test_stored_records_are_named_newest_first_and_a_damaged_one_is_left_out(
    records: list[Record], write_records: WriteRecords, tmp_path: Path
) -> None:
    write_records(tmp_path, records)
    (tmp_path / "damaged.json").write_text("{")

    with pytest.warns(Notice, match="damaged.json is no record"):
        stored = read_stored(tmp_path)

    assert [each.record for each in stored] == [records[row] for row in (1, 2, 0, 3)]
    assert all(each.path.is_file() for each in stored)


def test_only_what_was_shown_is_removed(
    records: list[Record], write_records: WriteRecords, make_record: MakeRecord, tmp_path: Path
) -> None:
    write_records(tmp_path, records)
    (tmp_path / "notes.json").write_text("mine")
    with pytest.warns(Notice):
        newest, other, *kept = read_stored(tmp_path)
    again = newest.record.model_copy(update={"created": "2031-01-01"})
    write_records(tmp_path, [again])

    with pytest.warns(Notice, match="left: .* holds another record by now"):
        removed = remove_records(tmp_path, [newest, other])

    assert removed == [other]
    left = {path.name for path in tmp_path.glob("*.json")}
    assert left == {"notes.json", newest.path.name, *(each.path.name for each in kept)}
