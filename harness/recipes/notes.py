"""Notes of the jobs that are done, so that a stopped run resumes after them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from harness.checkpoints.store import CheckpointStore
from harness.encoder import Context
from harness.keys.jobs import job_key
from harness.keys.vectors import learned_weights
from harness.machine.provenance import git_revision
from harness.recipes.jobs import Job, JobResult
from harness.results.files import write_atomically
from harness.results.records.sealed import UnreadableRecordError
from harness.results.records.space_record import read_space, space_folder
from harness.results.records.store import ResultStore, read_record
from harness.results.tables.sweep_scores import SweepPoint, SweepScores
from harness.results.tables.table import Table


class _Point(BaseModel):
    model_config = ConfigDict(extra="forbid")

    settings: dict[str, str]
    records: tuple[str, ...]


class _Note(BaseModel):
    """What a job found, records by their file names."""

    model_config = ConfigDict(extra="forbid")

    job: str
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
        """Return what the job found; None if it is not done, or its code is unknown."""
        if self.inputs is None or (git_revision() or "").endswith("+changes"):
            return None
        path = self._path(job, self.inputs)
        if not path.is_file():
            return None
        try:
            note = _Note.model_validate_json(path.read_bytes())
            if note.checkpoints != {**note.checkpoints, **self._weights(note.checkpoints)}:
                return None
            points = tuple(self._read(point) for point in note.points)
            scores = SweepScores(job.section.axes, points)
            analyses = space_folder(self.folder)
            spaces = tuple(read_space(analyses / name) for name in note.spaces)
        except (OSError, ValidationError, UnreadableRecordError):
            return None
        return JobResult(job, scores, spaces, note.tables)

    def keep(self, result: JobResult) -> None:
        """Note that a job is done, its records being written."""
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
        spaces = tuple(space.file_name for space in result.spaces)
        trained = {record.training.checkpoint for record in result.records if record.training}
        note = _Note(
            job=result.job.label,
            points=points,
            spaces=spaces,
            tables=result.tables,
            checkpoints=self._weights(trained),
        )
        path = self._path(result.job, self.inputs)
        write_atomically(path, note.model_dump_json(indent=1).encode())

    def _read(self, point: _Point) -> SweepPoint:
        records = (read_record(self.folder / name) for name in point.records)
        return SweepPoint(point.settings, tuple(records))

    def _weights(self, digests: Iterable[str]) -> dict[str, str]:
        """Return the checksum of each checkpoint's weights, of those that are there."""
        found = ((digest, self.checkpoints.manifest(digest)) for digest in digests)
        return {digest: learned_weights(each["files"]) for digest, each in found if each}

    def _path(self, job: Job, inputs: Mapping[str, object]) -> Path:
        return self.folder / "done" / f"{job_key(job, self.context, inputs)}.json"
