"""Records that are altered, misplaced, unreadable or no files: never a number, never lost."""

import errno
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from harness.results.notices import Notice
from harness.results.records.record import SCHEMA_VERSION, Record
from harness.results.records.sealed import OccupiedError, seal
from harness.results.records.store import ResultStore, read_record
from harness.results.tables.scoreboard_table import score_table

MakeRecord = Callable[..., Record]


@pytest.fixture
def measured(make_record: MakeRecord) -> Record:
    return make_record(fingerprint="mark", items={"test": {"system": [0.125, 0.5]}})


def put(store: ResultStore, record: Record) -> Path:
    store.add(record)
    return store.path(record)


@contextmanager
def _named_if(misplaced: bool) -> Iterator[None]:
    """Expect a notice of a misplaced record, or none."""
    with pytest.warns(Notice, match="holds what belongs in") if misplaced else nullcontext():
        yield


def without_digest(path: Path, version: int) -> None:
    content = json.loads(path.read_bytes())
    del content["digest"]
    path.write_text(json.dumps({**content, "schema_version": version}))


def test_a_record_that_is_read_is_the_one_that_was_written(
    measured: Record, tmp_path: Path
) -> None:
    store = ResultStore(tmp_path)

    put(store, measured)

    assert store.read() == [measured]
    assert store.find(measured) == measured


@pytest.mark.parametrize(
    ("before", "after"),
    [("0.125", "0.126"), ('"mean"', '"meam"'), ('"digest": "', '"digest": "0')],
)
def test_an_altered_record_is_named_and_neither_shown_nor_found(
    measured: Record, tmp_path: Path, before: str, after: str
) -> None:
    store = ResultStore(tmp_path)
    path = put(store, measured)
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), "utf-8")

    with pytest.warns(Notice, match=r"left out: .*was altered: its content does not fit"):
        found = store.read()

    with pytest.warns(Notice, match=r"measured again: .*was altered"):
        again = store.find(measured)

    assert (found, again) == ([], None)


def test_a_record_nested_however_deep_is_named_and_left_out(tmp_path: Path) -> None:
    path = tmp_path / "deep.json"

    for depth in range(sys.getrecursionlimit() - 200, sys.getrecursionlimit()):
        path.write_text('{"digest": "", "a": ' + "[" * depth + "]" * depth + "}")
        with pytest.warns(Notice, match=r"left out: .*deep\.json"):
            assert ResultStore(tmp_path).read() == []


def test_another_layout_of_the_same_content_is_no_alteration(
    measured: Record, tmp_path: Path
) -> None:
    path = put(ResultStore(tmp_path), measured)
    path.write_text(json.dumps(json.loads(path.read_bytes()), sort_keys=True))

    assert read_record(path) == measured


@pytest.mark.parametrize(
    "change",
    [
        {"task": "subj"},
        {"encoder": "cls"},
        {"seed": 1},
        {"model": "other"},
        {"data_checksum": "other"},
        {"fingerprint": "other"},
        {"settings": {"layers": 3}},
        {"task_settings": {"folds": 3}},
        {"origin": "other 1.0"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_record_of_something_else_is_not_found_in_the_place_of_one(
    measured: Record, tmp_path: Path, change: dict[str, object]
) -> None:
    store = ResultStore(tmp_path)
    other = measured.model_copy(update=change)
    store.path(measured).write_bytes(seal(other.model_dump_json()))

    with _named_if(store.path(other) != store.path(measured)):
        assert store.find(measured) is None


def test_a_record_of_this_version_whose_digest_was_removed_is_named_and_left_out(
    measured: Record, tmp_path: Path
) -> None:
    store = ResultStore(tmp_path)
    without_digest(put(store, measured), version=SCHEMA_VERSION)

    with pytest.warns(Notice, match="left out: .* was altered: its digest is missing"):
        found = store.read()

    assert found == []


def test_a_record_without_digest_is_shown_with_a_mark_and_not_used_again(
    measured: Record, tmp_path: Path
) -> None:
    store = ResultStore(tmp_path)
    without_digest(put(store, measured), version=1)

    (found,) = store.read()
    summary = found.summary()
    table = score_table([found], metric="spearman", protocol="all")

    assert store.find(measured) is None
    assert summary["is_sealed"] is False
    assert table.rows[0][1].endswith("⋆")
    assert any(note.startswith("⋆ read from a record without a digest") for note in table.notes)


@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_what_is_no_file_is_passed_over_and_left(
    kind: str, measured: Record, make_record: MakeRecord, tmp_path: Path
) -> None:
    store = ResultStore(tmp_path)
    path = store.path(measured)
    path.mkdir() if kind == "folder" else os.mkfifo(path)
    other = make_record("cls")
    store.add(other)

    with pytest.raises(OccupiedError):
        store.add(measured)
    with pytest.warns(Notice, match="left out"):
        found = store.read()

    assert found == [other]
    assert path.is_dir() if kind == "folder" else path.is_fifo()


@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE, errno.EMFILE, errno.EACCES])
def test_a_record_that_cannot_be_read_just_now_is_not_overwritten(
    number: int, measured: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ResultStore(tmp_path)
    path = put(store, measured)
    before, real = path.read_bytes(), os.open

    def fail(file: str | Path, *rest: object, **named: object) -> int:
        if os.fspath(file) == str(path):
            raise OSError(number, os.strerror(number), str(path))
        return real(file, *rest, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", fail)
        with pytest.raises(OccupiedError, match="cannot be read"):
            store.add(measured)

    assert path.read_bytes() == before


@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE, errno.EACCES])
def test_a_record_that_cannot_be_seen_just_now_is_not_overwritten(
    number: int, measured: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ResultStore(tmp_path)
    path = put(store, measured)
    before, real = path.read_bytes(), os.lstat

    def fail(file: str | Path, *rest: object, **named: object) -> os.stat_result:
        if os.fspath(file) == str(path):
            raise OSError(number, os.strerror(number))
        return real(file, *rest, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(os, "lstat", fail)
        patched.setattr(Path, "lstat", fail)
        with pytest.raises(OccupiedError, match="cannot be read"):
            store.find(measured)
        with pytest.raises(OccupiedError, match="cannot be read"):
            store.add(measured.model_copy(update={"created": "later"}))

    assert path.read_bytes() == before


def test_a_file_that_is_no_record_does_not_hide_the_others(
    measured: Record, tmp_path: Path
) -> None:
    store = ResultStore(tmp_path)
    put(store, measured)
    (tmp_path / "package.json").write_text('{"name": "foreign"}')

    with pytest.warns(Notice, match=r"left out: .*package\.json is no record"):
        found = store.read()

    assert found == [measured]


def test_records_that_cannot_be_listed_just_now_are_not_taken_for_none(
    measured: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ResultStore(tmp_path)
    put(store, measured)

    def fail(_: str | Path = ".") -> list[str]:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(os, "listdir", fail)

    with pytest.raises(PermissionError):
        store.read()
