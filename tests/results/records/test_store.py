import json
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from harness.results.files import write_atomically, writing_atomically
from harness.results.records.record import SCHEMA_VERSION, Record
from harness.results.records.sealed import UnreadableRecordError, seal
from harness.results.records.store import ResultStore, read_record
from harness.results.records.training import TrainingRecord

MakeRecord = Callable[..., Record]


def trained_on(text: str, base: TrainingRecord | None = None) -> TrainingRecord:
    return TrainingRecord(corpus="text", corpus_sha256=text, sentences=9, base=base)


def write(store: ResultStore, record: Record) -> Path:
    path = store.path(record)
    write_atomically(path, seal(record.model_dump_json()))
    return path


def test_a_written_record_is_read_back(make_record: MakeRecord, tmp_path: Path) -> None:
    path = write(ResultStore(tmp_path / "runs"), make_record())

    assert read_record(path) == make_record()
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_file_that_cannot_be_written_is_named_not_its_temporary_one(tmp_path: Path) -> None:
    path = tmp_path / ("long" * 100)

    with pytest.raises(OSError, match="name too long") as caught:
        write_atomically(path, b"")

    assert caught.value.filename == str(path)


def test_opening_a_store_drops_leftover_records_and_nothing_that_others_are_writing(
    make_record: MakeRecord, tmp_path: Path
) -> None:
    store = ResultStore(tmp_path)
    left = tmp_path / f".{store.path(make_record()).name}.{'0' * 12}"
    left.touch()
    names = ("report.html", "scores.csv", "scores.json", "stsb-test.png")
    with ExitStack() as writers:
        for name in names:
            writers.enter_context(writing_atomically(tmp_path / name)).write(b"whole")
        store.open()
        store.add(make_record("cls"))

    assert not left.exists()
    assert [(tmp_path / name).read_bytes() for name in names] == [b"whole"] * len(names)


def test_records_come_oldest_first(make_record: MakeRecord, tmp_path: Path) -> None:
    store = ResultStore(tmp_path)
    later, earlier = make_record(created="2026-02-02"), make_record("cls", created="2026-01-01")
    for record in (later, earlier):
        write(store, record)

    assert store.read() == [earlier, later]


def test_an_empty_or_absent_folder_has_no_records(tmp_path: Path) -> None:
    assert ResultStore(tmp_path / "none").read() == []


@pytest.mark.parametrize(
    "change",
    [
        {"encoder": "mean:layers=last2"},
        {"model": "bert"},
        {"seed": 1},
        {"task": "sts13"},
        {"task_settings": {"similarity": "dot"}},
        {"data_checksum": "1"},
        {"fingerprint": "other"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_another_result_has_another_file(
    make_record: MakeRecord, tmp_path: Path, change: dict[str, object]
) -> None:
    store = ResultStore(tmp_path)

    assert store.path(make_record(**change)) != store.path(make_record())


def test_the_same_result_measured_again_has_the_same_file(
    make_record: MakeRecord, tmp_path: Path
) -> None:
    store = ResultStore(tmp_path)

    assert store.path(make_record(created="2027")) == store.path(make_record())


@pytest.mark.parametrize(
    "training", [trained_on("a"), trained_on("b", base=trained_on("c"))], ids=["text", "base"]
)
def test_an_encoder_that_says_no_fingerprint_has_a_file_for_each_training_text(
    make_record: MakeRecord, tmp_path: Path, training: TrainingRecord
) -> None:
    store = ResultStore(tmp_path)
    other = make_record(training=trained_on("b"), seed=0)
    again = training.model_copy(update={"seconds": 9.0, "checkpoint": "of an edited plug-in"})

    assert store.path(make_record(training=training, seed=0)) != store.path(other)
    assert store.path(make_record(training=training, seed=0)) == store.path(
        make_record(training=again, seed=0)
    )


def test_an_untrained_encoder_s_result_takes_the_place_of_one_of_an_earlier_release(
    make_record: MakeRecord, tmp_path: Path
) -> None:
    path = ResultStore(tmp_path).path(make_record(fingerprint="f"))

    assert path.name == "mean-tiny-stsb-test-bfe57e795276.json"


@pytest.mark.parametrize("text", ["../../etc/x", "/etc/passwd", "..", "a\x00b", "ü/§", ""])
def test_no_name_can_leave_the_folder(make_record: MakeRecord, tmp_path: Path, text: str) -> None:
    path = ResultStore(tmp_path).path(make_record(encoder=text, model=text, task=text))

    assert path.parent == tmp_path
    assert path.suffix == ".json"


def test_a_record_of_a_later_version_is_refused(make_record: MakeRecord, tmp_path: Path) -> None:
    path = tmp_path / "later.json"
    content = {**make_record().model_dump(mode="json"), "schema_version": SCHEMA_VERSION + 1}
    path.write_text(json.dumps(content))

    with pytest.raises(UnreadableRecordError) as caught:
        read_record(path)

    assert str(caught.value) == (
        f"{path} was written by a later version (schema {SCHEMA_VERSION + 1}): upgrade to read it"
    )


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "Expecting value"),
        ("[]", "Input should be"),
        ("{}", "encoder: Field required"),
        ('{"schema_version": 1, "encoder": 5}', "encoder: Input should be a valid string"),
        ("\udcff", "can't decode byte"),
    ],
)
def test_what_is_no_record_is_refused_with_its_path(
    tmp_path: Path, content: str, problem: str
) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))

    with pytest.raises(UnreadableRecordError) as caught:
        read_record(path)

    assert str(caught.value).startswith(f"{path} is no record: ")
    assert problem in str(caught.value)
