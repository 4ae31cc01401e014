"""Notes of the jobs that are done, so that a stopped run resumes after them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from harness.checkpoints.store import CheckpointStore
from harness.encoder import Context
from harness.keys.jobs import job_key
from harness.keys.vectors import learned_weights
from harness.machine.provenance import git_revision
from harness.recipes.jobs import Job, JobResult
from harness.results.notices import notify
from harness.results.records.sealed import (
    AbsentRecordError,
    OccupiedError,
    UnreadableRecordError,
    read_json,
    unseal,
    write_sealed,
)
from harness.results.records.space_record import SpaceRecord, read_space, space_folder
from harness.results.records.store import ResultStore, read_record
from harness.results.tables.sweep_scores import SweepPoint, SweepScores
from harness.results.tables.table import Table


class _Point(BaseModel):
    model_config = ConfigDict(extra="forbid")

    settings: dict[str, str]
    records: tuple[str, ...]


class _Note(BaseModel):
    """What a job found, records by their file names; its key names the note's file."""

    model_config = ConfigDict(extra="forbid")

    job: str
    key: str
    points: tuple[_Point, ...]
    spaces: tuple[str, ...]
    tables: tuple[Table, ...]
    checkpoints: dict[str, str]


@dataclass(frozen=True)
class JobNotes:
    """The notes of one section, in the folder ``done`` beside its records.

    A note counts for the same job on the same data and weights alone, done by this very version,
    and only while the checkpoints that there were have the weights that they had.

    Attributes:
        folder: Of the section's records.
        context: Device and limits.
        inputs: As `job_inputs` returns them; None if they are not known, and no note counts.
        checkpoints: Where encoders are trained.
    """

    folder: Path
    context: Context
    inputs: Mapping[str, object] | None
    checkpoints: CheckpointStore

    def find(self, job: Job) -> JobResult | None:
        """Return what the job found; None if it is not done, or its code is unknown.

        A notice names a note that cannot be used, or rests on a record that cannot.
        """
        if self.inputs is None or (git_revision() or "").endswith("+changes"):
            return None
        try:
            note = _read_note(self._path(job, self.inputs))
            if note.checkpoints != {**note.checkpoints, **self._weights(note.checkpoints)}:
                return None
            points = tuple(self._read(point, job) for point in note.points)
            scores = SweepScores(job.section.axes, points)
            spaces = tuple(self._read_space(name) for name in note.spaces)
        except AbsentRecordError:
            return None
        except UnreadableRecordError as error:
            notify(f"{job.label} is measured again: {error}")
            return None
        return JobResult(job, scores, spaces, note.tables)

    def keep(self, result: JobResult) -> None:
        """Note that a job is done, its records being written; a notice says if it cannot be."""
        if self.inputs is None:
            return
        store = ResultStore(self.folder)
        points = tuple(
            _Point(
                settings=dict(point.settings),
                records=tuple(store.path(record).name for record in point.records),
            )
            for point in result.scores.points
        )
        path = self._path(result.job, self.inputs)
        trained = {record.training.checkpoint for record in result.records if record.training}
        note = _Note(
            job=result.job.label,
            key=path.stem,
            points=points,
            spaces=tuple(space.file_name for space in result.spaces),
            tables=result.tables,
            checkpoints=self._weights(trained),
        )
        try:
            write_sealed(path, note.model_dump_json())
        except OccupiedError as error:
            notify(f"{result.job.label} will be measured again: {error}")

    def _read(self, point: _Point, job: Job) -> SweepPoint:
        store = ResultStore(self.folder)
        records = tuple(read_record(self.folder / name) for name in point.records)
        _check_places(point.records, [store.path(record).name for record in records])
        return SweepPoint(point.settings, records, job.seeds)

    def _read_space(self, name: str) -> SpaceRecord:
        space = read_space(space_folder(self.folder) / name)
        _check_places([name], [space.file_name])
        return space

    def _weights(self, digests: Iterable[str]) -> dict[str, str]:
        """Return the checksum of each checkpoint's weights, of those that are there."""
        found = ((digest, self.checkpoints.manifest(digest)) for digest in digests)
        return {digest: learned_weights(each["files"]) for digest, each in found if each}

    def _path(self, job: Job, inputs: Mapping[str, object]) -> Path:
        return self.folder / "done" / f"{job_key(job, self.context, inputs)}.json"


def _read_note(path: Path) -> _Note:
    """Read a note.

    Raises:
        UnreadableRecordError: If the file is none, altered, or another job's.
    """
    content, is_sealed = unseal(path, read_json(path))
    try:
        note = _Note.model_validate(content)
    except ValidationError as error:
        raise UnreadableRecordError(f"{path} is no note of a job") from error
    if not is_sealed or note.key != path.stem:
        raise UnreadableRecordError(f"{path} is no note of this job")
    return note


def _check_places(names: Sequence[str], own: Sequence[str]) -> None:
    """Make sure that each file holds what belongs in it.

    Raises:
        UnreadableRecordError: If one does not.
    """
    for name, expected in zip(names, own, strict=True):
        if name != expected:
            raise UnreadableRecordError(f"{name} holds what belongs in {expected}")
