"""Make records of an encoder's vectors, and keep them where there is a folder for them."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from time import monotonic
from typing import Any, TypeAlias

from pydantic import ValidationError

from harness.acquisition.verification import altered_files
from harness.common_settings import CommonSettings
from harness.encoder import Encoder, ReadingEncoder
from harness.encoding.job import EncodingJob
from harness.encoding.made_with import describe_vectors
from harness.errors import HarnessError, PluginError, RecordError
from harness.evaluation.record_keeping import held, writing
from harness.evaluation.report import Report
from harness.machine.boundary import blaming
from harness.machine.provenance import git_revision, versions
from harness.planning.planned_encoders import PlannedEncoder
from harness.planning.planned_tasks import PlannedTask
from harness.results.notices import notify
from harness.results.progress import Counted, doing, unit_of
from harness.results.records.record import READ_AS, FileRecord, Record
from harness.results.records.store import ResultStore
from harness.results.records.training import TrainingRecord
from harness.task import OnProgress, TaskResult, Vectors, task_hooks

OnVectors: TypeAlias = Callable[[Mapping[str, Any], Vectors], None]
"""Called with what a record says of an encoder, and its vectors."""


@dataclass(frozen=True)
class Run:
    """One encoder of the run, made and ready to encode.

    Those that differ only in what becomes of their vectors share an encoder and a job.
    """

    planned: PlannedEncoder
    label: str
    encoder: Encoder
    job: EncodingJob
    model: str
    seed: int | None = None
    training: TrainingRecord | None = None


@dataclass(frozen=True)
class Scoring:
    """How the vectors of a run become records, on disk where there is a store."""

    store: ResultStore | None
    reuse: bool
    report: Report
    on_progress: OnProgress
    on_vectors: OnVectors | None

    def records(self, run: Run, tasks: Sequence[PlannedTask]) -> Iterator[Record]:
        """Yield a record for each task that one encoder's vectors can be scored on."""
        vectors = run.job.vectors
        if vectors is None:
            self.report.fail(run.label, None, run.job.error or PluginError("no vectors"))
            return
        try:
            with blaming(f"encoder {run.label!r} cannot be recorded"):
                encoder = _describe_encoder(run, vectors)
        except HarnessError as error:
            self.report.fail(run.label, None, error)
            return
        vectors = vectors.followed_by(run.planned.common)
        if self.on_vectors is not None:
            self.on_vectors(encoder, vectors.read_only())
        for planned in tasks:
            try:
                with blaming(f"task {planned.name!r} failed", RecordError):
                    unscored = Record(
                        **encoder,
                        **_describe_task(planned),
                        scores={},
                        versions=versions(),
                        git_revision=git_revision(),
                    )
                    record = self._find_or_score(unscored, planned, vectors, run.planned.common)
            except RecordError:  # the next could not be written either
                raise
            except HarnessError as error:
                self.report.fail(run.label, planned.name, error)
                continue
            yield record

    def _find_or_score(
        self, unscored: Record, planned: PlannedTask, vectors: Vectors, common: CommonSettings
    ) -> Record:
        """Use a slow task's record again; runs that want the same one wait for the first."""
        store = self.store if task_hooks(planned.definition).slow else None
        with held(store, unscored):
            found = None
            if store is not None and self.reuse:
                with writing(store.named):
                    found = store.find(unscored)
            with doing(_scoring(unscored)):
                record = found or planned.boundary.call(
                    f"task {planned.name!r} failed",
                    lambda: _score(
                        unscored, planned, vectors, common, self._progress_of(unscored)
                    ),
                )
            if found is not None and found.name != unscored.name:
                record = found.model_copy(update={"name": unscored.name})
            if self.store is not None and record is not found:
                with writing(self.store.named):
                    self.store.add(record)
            return record

    def _progress_of(self, unscored: Record) -> OnProgress:
        """Return what names the encoder with each piece of work."""
        return lambda label, done, total: self.on_progress(
            Counted(_scoring(unscored), unit_of(label)), done, total
        )


def _scoring(unscored: Record) -> str:
    return f"scoring {unscored.task} with {unscored.label}"


def _score(
    unscored: Record,
    planned: PlannedTask,
    vectors: Vectors,
    common: CommonSettings,
    on_progress: OnProgress,
) -> Record:
    started = monotonic()
    if vectors.has_sides and planned.sides is None:
        notify(
            f"task {planned.name!r} does not say which sentences stand second in a pair:"
            f" {unscored.label!r} embeds all as first ones there"
        )
    looked_up = planned.looked_up(vectors).read_only()
    result = planned.task.score(looked_up, on_progress=on_progress)
    if not isinstance(result, TaskResult):
        got = type(result).__name__
        raise PluginError(f"task {planned.name!r} must return a TaskResult, got {got}")
    times = {**unscored.times, "scoring_seconds": monotonic() - started}
    created = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
    is_raw = result.details.get("text") == "raw"
    altered = altered_files(planned.files, planned.data_label, is_raw_text=is_raw)
    read_as = {READ_AS: planned.understood} if planned.understood else {}
    found = {
        **dataclasses.asdict(result),
        "details": {
            **result.details,
            **read_as,
            **common.describe(len(looked_up.matrix)),
        },
        "dim": looked_up.matrix.shape[1],
        "altered_files": altered,
        "times": times,
        "created": created,
    }
    record = Record.model_validate({**dict(unscored), **found})
    try:  # what a file of it could not hold must not be shown either
        return Record.model_validate_json(record.model_dump_json())
    except ValidationError as error:
        place = ".".join(map(str, error.errors()[0]["loc"]))
        msg = f"task {planned.name!r} must return finite numbers, got others in {place}"
        raise PluginError(msg) from error


def _describe_encoder(run: Run, vectors: Vectors) -> dict[str, Any]:
    """Return what a record says of an encoder.

    Raises:
        PluginError: If the encoder fails to describe itself.
    """
    runtime = describe_vectors(run.job.describe(), run.job.made_with)
    model = run.model if isinstance(run.encoder, ReadingEncoder) else runtime.pop("model", None)
    return {
        "encoder": run.planned.spec,
        "name": run.planned.name,
        "origin": run.planned.origin,
        "model": None if model is None else str(model),
        "seed": run.seed,
        "training": run.training,
        "settings": {
            **dataclasses.asdict(run.planned.settings),
            **run.planned.common.changed(),
        },
        "dim": vectors.matrix.shape[1],
        "fingerprint": run.job.recorded_key(),
        "runtime": runtime,
        "times": {
            "encoding_seconds": run.job.seconds,
            "sentences_encoded": run.job.encoded,
            "sentences_from_cache": len(vectors.matrix) - run.job.encoded,
        },
    }


def _describe_task(planned: PlannedTask) -> dict[str, Any]:
    return {
        "task": planned.name,
        "title": planned.title,
        "family": planned.definition.family,
        "data": planned.data_label,
        "task_settings": planned.recorded_settings,
        "data_files": tuple(
            FileRecord(name=file.name, sha256=file.sha256, rows=file.rows)
            for file in planned.files
        ),
        "data_checksum": planned.data_checksum,
        "lower_is_better": tuple(task_hooks(planned.definition).lower_is_better),
    }
