from collections.abc import Callable
from pathlib import Path

import pytest

from harness.results.records.record import Record
from harness.results.records.stored import StoredRecord
from harness.results.tables.record_list import list_csv, list_records, list_table

MakeRecord = Callable[..., Record]


@pytest.fixture
def stored(make_record: MakeRecord) -> list[StoredRecord]:
    scores = {"mean": 0.5, "cls": 0.75, "bow": None}
    return [
        StoredRecord(
            Path(f"/runs/{encoder}.json"),
            make_record(
                encoder,
                scores={"spearman": {"all": score}},
                created=f"2030-01-0{day}T12:34:56+00:00",
                versions={"sentence-harness": "0.1.0"},
            ),
        )
        for day, (encoder, score) in enumerate(scores.items(), 1)
    ]


@pytest.mark.parametrize(
    ("sort", "reverse", "encoders"),
    [
        ("when", False, ["bow", "cls", "mean"]),
        ("when", True, ["mean", "cls", "bow"]),
        ("score", False, ["cls", "mean", "bow"]),
        ("encoder", False, ["bow", "cls", "mean"]),
        ("file", True, ["mean", "cls", "bow"]),
    ],
)
def test_a_list_is_sorted_as_asked(
    sort: str, reverse: bool, encoders: list[str], stored: list[StoredRecord]
) -> None:
    listed = list_records(stored, sort, reverse=reverse)

    assert [one.encoder for one in listed] == encoders


def test_what_all_records_share_stands_above_the_table(stored: list[StoredRecord]) -> None:
    table = list_table(list_records(stored, "encoder"), "runs")

    assert table.title == (
        "3 records in runs: model tiny, metric Spearman, data /data, schema 2, version 0.1.0"
    )
    assert table.columns == ("encoder", "task", "score", "when", "file")
    assert table.rows[1:] == (
        ("cls", "stsb-test", "75.00", "2030-01-02 12:34", "cls.json"),
        ("mean", "stsb-test", "50.00", "2030-01-01 12:34", "mean.json"),
    )
    assert table.rows[0][2] == ""


def test_what_differs_has_a_column(stored: list[StoredRecord], make_record: MakeRecord) -> None:
    old = make_record(model=None, seed=3, data="sample", schema_version=1)

    table = list_table(list_records([*stored, StoredRecord(Path("old.json"), old)]), "runs")

    assert table.title == "4 records in runs: metric Spearman"
    columns = "encoder model task seed score data when schema version file"
    assert table.columns == tuple(columns.split())


def test_csv_holds_fractions_and_whole_checksums(stored: list[StoredRecord]) -> None:
    head, row, *_ = list_csv(list_records(stored, "score")).splitlines()

    assert head == (
        "encoder,model,task,seed,metric,score,data,data_checksum,created,schema,version,file"
    )
    assert row == (
        f"cls,tiny,stsb-test,,spearman,0.75,/data,{'stsb-test'.ljust(64, '1')},"
        "2030-01-02T12:34:56+00:00,2,0.1.0,cls.json"
    )
