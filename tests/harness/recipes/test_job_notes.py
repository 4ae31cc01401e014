"""Notes of jobs that are done: used only as they were written, never for another job."""

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.checkpoints.store import CheckpointStore
from harness.encoder import Context
from harness.recipes.jobs import Job, JobResult
from harness.recipes.notes import JobNotes
from harness.recipes.recipe import Section
from harness.results.notices import Notice
from harness.results.records.record import Record
from harness.results.records.store import ResultStore
from harness.results.tables.sweep_scores import SweepPoint, SweepScores
from harness.results.tables.table import Table

RESULT = JobResult(
    Job(Section(name="timed", title="", encoders=("mean",), tasks=("stsb",)), "m", ("mean",), 1),
    tables=(Table("Seconds", ("encoder", "s"), (("mean", "1.25"),)),),
)


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> JobNotes:
    monkeypatch.setattr("harness.recipes.notes.git_revision", lambda: "abc")
    return JobNotes(tmp_path / "timed", Context(model="m"), {}, CheckpointStore(tmp_path))


def keep(notes: JobNotes, result: JobResult = RESULT) -> Path:
    notes.keep(result)
    (path,) = (notes.folder / "done").iterdir()
    return path


def test_what_a_job_found_is_found_again(notes: JobNotes) -> None:
    keep(notes)

    assert notes.find(RESULT.job) == RESULT


@pytest.mark.parametrize(
    ("before", "after"), [("1.25", "1.24"), ('"digest"', '"diges"'), ("{", "[")]
)
def test_an_altered_note_is_named_and_not_used(notes: JobNotes, before: str, after: str) -> None:
    path = keep(notes)
    path.write_text(path.read_text().replace(before, after, 1))

    with pytest.warns(Notice, match="timed, mean, m is measured again: "):
        found = notes.find(RESULT.job)

    assert found is None


def test_a_note_without_digest_is_not_used(notes: JobNotes) -> None:
    path = keep(notes)
    content = json.loads(path.read_bytes())
    del content["digest"]
    path.write_text(json.dumps(content))

    with pytest.warns(Notice, match="is no note of this job"):
        assert notes.find(RESULT.job) is None


def test_the_note_of_another_job_in_its_place_is_not_used(notes: JobNotes) -> None:
    path = keep(notes)
    other = Job(RESULT.job.section, "other", ("mean",), 1)
    notes.keep(JobResult(other))
    (theirs,) = {*path.parent.iterdir()} - {path}
    theirs.write_bytes(path.read_bytes())

    with pytest.warns(Notice, match="is no note of this job"):
        assert notes.find(other) is None


def test_a_record_in_the_place_of_another_is_not_what_the_job_found(
    notes: JobNotes, make_record: Callable[..., Record]
) -> None:
    store, records = ResultStore(notes.folder), [make_record("mean"), make_record("cls")]
    for record in records:
        store.add(record)
    keep(notes, JobResult(RESULT.job, SweepScores(points=(SweepPoint({}, tuple(records)),))))
    first, second = map(store.path, records)
    second.write_bytes(first.read_bytes())

    with pytest.warns(Notice, match="holds what belongs in"):
        assert notes.find(RESULT.job) is None


def test_what_a_killed_writer_of_any_note_left_is_removed(notes: JobNotes) -> None:
    path = keep(notes)
    left = path.with_name(f".other.json.{'0' * 12}")
    left.touch()

    keep(notes)

    assert not left.exists()


@pytest.mark.parametrize("put", [os.mkfifo, Path.mkdir])
def test_what_is_no_file_in_place_of_a_note_is_named_and_left(
    notes: JobNotes, put: Callable[[Path], None]
) -> None:
    path = keep(notes)
    path.unlink()
    put(path)

    with pytest.warns(Notice, match="is measured again"):
        assert notes.find(RESULT.job) is None
    with pytest.warns(Notice, match="will be measured again"):
        notes.keep(RESULT)

    assert not path.is_file()


@pytest.mark.parametrize("number", [errno.EIO, errno.EMFILE, errno.EACCES])
def test_a_note_that_cannot_be_read_just_now_is_named_and_left(
    number: int, notes: JobNotes, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, real = keep(notes), os.open
    before = path.stat().st_ino

    def fail(file: str | Path, *rest: object, **named: object) -> int:
        if os.fspath(file) == str(path):
            raise OSError(number, os.strerror(number))
        return real(file, *rest, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", fail)
        with pytest.warns(Notice, match=os.strerror(number)):
            assert notes.find(RESULT.job) is None
        with pytest.warns(Notice, match="will be measured again"):
            notes.keep(RESULT)

    assert path.stat().st_ino == before
    assert notes.find(RESULT.job) == RESULT
