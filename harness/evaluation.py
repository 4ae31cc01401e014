"""Score encoders on tasks: plan, encode once, score, record."""

import dataclasses
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from time import monotonic
from typing import Any

from harness.cache import cache_folder
from harness.data import DataFolder, open_data
from harness.encoder import Context, Encoder, ReadingEncoder
from harness.encoding import EncodingJob, encode_all
from harness.errors import HarnessError, RecordError, blaming
from harness.on_demand import DEFAULT_OUT, TrainingOptions, checkpoint_folder, prepare
from harness.planning import PlannedEncoder, PlannedTask, plan_encoders, plan_tasks
from harness.provenance import git_revision, versions
from harness.record_keeping import held, open_store, writing
from harness.report import Failure, Report
from harness.task import OnProgress, Vectors, no_progress
from harness.trainable import TrainableEncoder
from results.records import FileRecord, Record, TrainingRecord
from results.store import ResultStore


@dataclass(frozen=True)
class _Run:
    """One encoder of the run, made and ready to encode."""

    planned: PlannedEncoder
    encoder: Encoder
    job: EncodingJob
    model: str
    seed: int | None = None
    training: TrainingRecord | None = None


def evaluate(
    encoders: Sequence[str] = ("mean",),
    tasks: Sequence[str] = ("sts",),
    *,
    data: str | Path | DataFolder | None = None,
    context: Context | None = None,
    settings: Mapping[str, Any] | None = None,
    task_settings: Mapping[str, Any] | None = None,
    out: str | Path | None = DEFAULT_OUT,
    cache: bool = True,
    reuse: bool = True,
    seeds: Sequence[int] | Mapping[str, Sequence[int]] = (0,),
    training: TrainingOptions | None = None,
    on_progress: OnProgress = no_progress,
    on_record: Callable[[Record], None] = lambda record: None,
) -> Report:
    """Score encoders on tasks, each distinct sentence encoded once.

    Args:
        encoders: Specs such as ``mean`` or ``mean:layers=last2``.
        tasks: Tasks or suites, such as ``sts`` or ``stsb-dev``.
        data: ``sample``, a data folder, or None for ``HARNESS_DATA`` or the user's folder.
        context: Transformer, device and limits.
        settings: For every encoder that has them.
        task_settings: For every task that has them.
        out: Folder of the records; None writes none.
        cache: Whether to keep vectors between runs.
        reuse: Whether the record of a slow task that is already in `out`, made by this very
            version from the same vectors, data and settings, spares scoring it again.
        seeds: A trainable encoder is trained and scored once for each; where encoders have
            seeds of their own, by spec.
        training: How to train; None trains what has no checkpoint below `out`.
        on_progress: Told how far the encoding and scoring are.
        on_record: Told each record as soon as it is there.

    Returns:
        The records, and what failed; one encoder's failure does not stop the others.

    Raises:
        HarnessError: If the request itself is wrong: a name, a setting, a data file; or if
            vectors or records cannot be written.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise HarnessError("evaluation runs in one process: use torchrun for harness train only")
    context = context or Context()
    folder = data if isinstance(data, DataFolder) else open_data(data)
    report = Report()
    planned_encoders = plan_encoders(
        encoders,
        settings or {},
        on_failure=lambda spec, error: report.failures.append(Failure(spec, None, str(error))),
    )
    planned_tasks = plan_tasks(
        tasks, folder, task_settings or {}, defaults={"device": context.device}
    )
    store = open_store(out)
    options = training or TrainingOptions(checkpoint_folder(Path(out) if out else None))
    runs = [
        run
        for planned in planned_encoders
        for run in _make(
            planned,
            context,
            seeds.get(planned.spec, (0,)) if isinstance(seeds, Mapping) else seeds,
            data=folder,
            options=options,
            report=report,
        )
    ]
    sentences = [s for planned in planned_tasks for s in planned.task.sentences]
    encode_all(
        [run.job for run in runs],
        sentences,
        cache_folder=cache_folder() if cache else None,
        on_progress=on_progress,
    )
    score = _Scoring(store, reuse, report, on_progress)
    for run in runs:
        for record in score.records(run, planned_tasks):
            report.records.append(record)
            on_record(record)
    return report


def _make(
    planned: PlannedEncoder,
    context: Context,
    seeds: Sequence[int],
    *,
    data: DataFolder,
    options: TrainingOptions,
    report: Report,
) -> Iterator[_Run]:
    """Yield the encoder ready to encode, a trainable or seeded one once for each seed."""
    for number, seed in enumerate(seeds):
        label = f"{planned.spec} seed {seed}" if len(seeds) > 1 else planned.spec
        try:
            encoder = planned.make(dataclasses.replace(context, seed=seed))
            if getattr(encoder, "seeded", False):
                job = EncodingJob(label, encoder, identity=planned.identity)
                yield _Run(planned, encoder, job, context.model, seed)
                continue
            if not isinstance(encoder, TrainableEncoder):
                if number == 0:
                    job = EncodingJob(planned.spec, encoder, identity=planned.identity)
                    yield _Run(planned, encoder, job, context.model)
                continue
            trained = prepare(planned, encoder, context.model, seed, data=data, options=options)
        except HarnessError as error:
            report.failures.append(Failure(label, None, str(error)))
            continue
        job = EncodingJob(label, encoder, identity=planned.identity)
        yield _Run(planned, encoder, job, context.model, seed, trained.record)


@dataclass(frozen=True)
class _Scoring:
    """How the vectors of a run become records, on disk where there is a store."""

    store: ResultStore | None
    reuse: bool
    report: Report
    on_progress: OnProgress

    def records(self, run: _Run, tasks: Sequence[PlannedTask]) -> Iterator[Record]:
        """Yield a record for each task that one encoder's vectors can be scored on."""
        if run.job.vectors is None:
            self.report.failures.append(Failure(run.job.label, None, str(run.job.error)))
            return
        for planned in tasks:
            unscored = Record(
                **_describe_encoder(run, run.job.vectors),
                **_describe_task(planned),
                scores={},
                versions=versions(),
                git_revision=git_revision(),
            )
            try:
                yield self._find_or_score(unscored, planned, run.job.vectors)
            except RecordError:  # the next could not be written either
                raise
            except HarnessError as error:
                self.report.failures.append(Failure(run.job.label, planned.name, str(error)))

    def _find_or_score(self, unscored: Record, planned: PlannedTask, vectors: Vectors) -> Record:
        """Use a slow task's record again; runs that want the same one wait for the first."""
        store = self.store if planned.slow else None
        with held(store, unscored):
            found = None
            if store is not None and self.reuse:
                with writing(store.folder):
                    found = store.find(unscored)
            record = found or _score(unscored, planned, vectors, self.on_progress)
            if self.store is not None and found is None:
                with writing(self.store.folder):
                    self.store.add(record)
            return record


def _score(
    unscored: Record, planned: PlannedTask, vectors: Vectors, on_progress: OnProgress
) -> Record:
    started = monotonic()
    with blaming(f"task {planned.name!r} failed"):
        result = planned.task.score(vectors, on_progress=on_progress)
    times = {**unscored.times, "scoring_seconds": monotonic() - started}
    created = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
    return unscored.model_copy(
        update={**dataclasses.asdict(result), "times": times, "created": created}
    )


def _describe_encoder(run: _Run, vectors: Vectors) -> dict[str, Any]:
    source = run.encoder.source if isinstance(run.encoder, ReadingEncoder) else None
    return {
        "encoder": run.planned.spec,
        "model": run.model if source else None,
        "seed": run.seed,
        "training": run.training,
        "settings": dataclasses.asdict(run.planned.settings),
        "dim": vectors.matrix.shape[1],
        "fingerprint": run.job.fingerprint(),
        "runtime": run.encoder.source.describe()
        if isinstance(run.encoder, ReadingEncoder)
        else {},
        "times": {
            "encoding_seconds": run.job.seconds,
            "sentences_encoded": run.job.encoded,
            "sentences_from_cache": len(vectors.matrix) - run.job.encoded,
        },
    }


def _describe_task(planned: PlannedTask) -> dict[str, Any]:
    return {
        "task": planned.name,
        "title": planned.definition.title,
        "family": planned.definition.family,
        "data": planned.data_label,
        "task_settings": dataclasses.asdict(planned.settings),
        "data_files": tuple(
            FileRecord(name=file.name, sha256=file.sha256, rows=file.rows)
            for file in planned.task.files
        ),
        "data_checksum": planned.data_checksum,
    }
