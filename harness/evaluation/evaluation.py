"""Score encoders on tasks: plan, encode once, score, record."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from harness.argument_types import check_type, take_texts
from harness.checkpoints.manifest import read_manifest
from harness.data import DataFolder, open_data
from harness.encoder import Context
from harness.encoding.encoding import encode_in_turn
from harness.encoding.vector_cache import cache_folder
from harness.errors import HarnessError
from harness.evaluation.given_checkpoints import load_checkpoint, plan_checkpoints
from harness.evaluation.making import expects_tasks, make_runs, reads, sharing
from harness.evaluation.record_keeping import open_store
from harness.evaluation.report import Report
from harness.evaluation.run_options import RunOptions
from harness.evaluation.scoring import OnVectors, Scoring
from harness.machine.deadline import time_limited
from harness.planning.asked_tasks import TaskArgument, take_tasks
from harness.planning.encoder_arguments import EncoderArguments
from harness.planning.planned_encoders import PlannedEncoder, plan_encoders
from harness.planning.planned_tasks import PlannedTask, all_sides, plan_tasks
from harness.planning.run_models import by_model, without
from harness.plugins.files import broken_files
from harness.results.progress import doing
from harness.results.records.model_names import model_name
from harness.results.records.record import Record
from harness.results.records.store import ResultStore
from harness.task import OnProgress, OnRead, no_progress
from harness.training.corpus_reader import CorpusReader
from harness.training.leakage import TaskTexts
from harness.training.on_demand import Checkpoint, load_or_train
from harness.training.options import TrainingOptions
from harness.training.seeds import checked_seeds

OnRecord: TypeAlias = Callable[[Record], None]
Seeds: TypeAlias = Sequence[int] | Mapping[str, Sequence[int]]
"""Seeds of training for every encoder, or for each spec its own."""


def evaluate(
    encoders: EncoderArguments = ("mean",),
    tasks: TaskArgument | Sequence[TaskArgument] = ("sts",),
    *,
    data: str | Path | DataFolder | None = None,
    context: Context | None = None,
    settings: Mapping[str, Any] | None = None,
    task_settings: Mapping[str, Any] | None = None,
    out: str | Path | None = RunOptions.out,
    cache: bool = RunOptions.cache,
    reuse: bool = RunOptions.reuse,
    seeds: Seeds = (0,),
    models: Sequence[str] = (),
    checkpoints: Sequence[str | Path] = (),
    training: TrainingOptions | None = None,
    timeout_seconds: float | None = RunOptions.timeout_seconds,
    on_progress: OnProgress = no_progress,
    on_record: OnRecord = lambda record: None,
    on_vectors: OnVectors | None = None,
    on_read: OnRead = lambda understood: None,
) -> Report:
    """Score encoders on tasks, each distinct sentence encoded once.

    Args:
        encoders: One or several: specs such as ``mean`` or ``mean:layers=last2``, encoders ready
            for use, which are scored as they are, or factories such as an encoder's class. What
            is no spec is called as its key in a mapping says, or else as its class. The key of a
            spec in a mapping, or a word before it as in ``base=mean``, is what tables call it. A
            transformer of its own stands behind it: ``mean@minilm``.
        tasks: Tasks or suites, such as ``sts`` or ``stsb-dev``; with settings of their own as
            ``mr:classifier=sklearn`` or a `Spec`.
        data: ``sample``, a data folder, or None for ``HARNESS_DATA`` or the user's folder.
        context: Transformer, device and limits.
        settings: For every encoder that has them.
        task_settings: For every task that has them; those in a spec come first.
        out: Folder of the records; None writes none.
        cache: Whether to keep vectors between runs.
        reuse: Whether the record of a slow task that is already in `out`, made by this very
            version from the same vectors, data and settings, spares scoring it again.
        seeds: A trainable encoder is trained and scored once for each; where encoders have
            seeds of their own, by spec, or by ``spec@model`` where there are several models.
        models: Transformers, each read by every encoder that reads one and has none of its own;
            the others are scored once. None for that of `context`.
        checkpoints: Folders of trained weights to score as they are, besides `encoders`, which
            may be none then; ``NAME=FOLDER`` to name one.
        training: How to train; None trains what has no checkpoint below `out`.
        timeout_seconds: Maximum time of each call of an encoder or task, and of all calls that
            encode, for an encoder or those that share a pass; None for any. Imports and training
            do not count.
        on_progress: Called with the progress of the encoding and scoring.
        on_record: Called with each record as soon as it is there.
        on_vectors: Called with what a record says of each encoder, and its vectors,
            before they are scored.
        on_read: Called with one line about each of the user's own files that is read.

    Returns:
        The records, and what failed; one encoder's failure does not stop the others.

    Raises:
        HarnessError: If the request itself is wrong: a name, a setting, a data file; or if
            vectors or records cannot be written.
        TypeError: If an argument has the wrong type.
    """
    return run_evaluation(
        encoders,
        [tasks] if isinstance(tasks, TaskArgument) else tasks,
        RunOptions(
            data=open_data(data),
            context=Context() if context is None else context,
            out=None if out is None else Path(out),
            cache=cache,
            training=training,
            on_progress=on_progress,
            reuse=reuse,
            timeout_seconds=timeout_seconds,
            on_read=on_read,
        ),
        settings=settings,
        task_settings=task_settings,
        seeds=seeds,
        models=take_texts("models", models),
        checkpoints=checkpoints,
        on_record=on_record,
        on_vectors=on_vectors,
    )


def run_evaluation(
    encoders: EncoderArguments,
    tasks: Sequence[TaskArgument],
    options: RunOptions,
    *,
    settings: Mapping[str, Any] | None = None,
    task_settings: Mapping[str, Any] | None = None,
    seeds: Seeds = (0,),
    models: Sequence[str] = (),
    checkpoints: Sequence[str | Path] = (),
    on_record: OnRecord = lambda record: None,
    on_vectors: OnVectors | None = None,
) -> Report:
    """Evaluate with options that are made already; `evaluate` says what each argument is."""
    _refuse_several_processes()
    check_type(Mapping, settings=settings, task_settings=task_settings)
    seeds = _checked_seeds(seeds)
    report = Report()
    settings, task_settings = settings or {}, task_settings or {}
    with time_limited(options.timeout_seconds):
        is_none = bool(checkpoints) and isinstance(encoders, Sequence) and not encoders
        planned_encoders = (
            []
            if is_none
            else plan_encoders(
                encoders, settings, on_failure=lambda spec, error: report.fail(spec, None, error)
            )
        )
        planned_encoders += plan_checkpoints(checkpoints, planned_encoders)
        with doing("reading tasks"):
            planned_tasks = plan_tasks(
                take_tasks(tasks),
                options.data,
                task_settings,
                defaults={"device": options.context.device},
                on_failure=lambda name, error: report.fail("every encoder", name, error),
            )
        for understood in filter(None, (one.understood for one in planned_tasks)):
            options.on_read(understood)
        named = list(map(model_name, models)) or [options.context.model]
        groups = by_model(planned_encoders, named)
        report.asked = {
            one.spec: len(_own_seeds(one, seeds, model))
            for model, group in groups.items()
            for one in group
        }
        _report_broken_files(report)
        score_group = partial(
            _score_group,
            tasks=planned_tasks,
            seeds=seeds,
            report=report,
            store=open_store(options.out),
            on_vectors=on_vectors,
        )
        finished: set[str] = set()  # specs that read no transformer: scored with the first
        for model, group in groups.items():
            own = replace(options, context=replace(options.context, model=model))
            left = without(group, finished)
            for record in score_group(left, own, models=tuple(groups), finished=finished):
                report.records.append(record)
                on_record(record)
    places = {one.spec: place for place, one in reversed([*enumerate(planned_encoders)])}
    report.records.sort(key=lambda record: places[record.encoder])
    return report


def _score_group(
    encoders: Sequence[PlannedEncoder],
    options: RunOptions,
    *,
    tasks: Sequence[PlannedTask],
    seeds: Seeds,
    report: Report,
    store: ResultStore | None,
    on_vectors: OnVectors | None,
    models: Sequence[str],
    finished: set[str],
) -> Iterator[Record]:
    """Yield the records of the encoders that run with one transformer.

    Args:
        encoders: Planned.
        options: How to run, that transformer in its context.
        tasks: What they are scored on.
        seeds: As `evaluate` takes them.
        report: Receives who fails.
        store: Where records are kept; None keeps none.
        on_vectors: As `evaluate` takes it.
        models: The transformers of the whole run.
        finished: Receives the specs that read no transformer, and says which have run.
    """
    reader, model = CorpusReader(), options.context.model
    held: dict[str, Any] = {
        "data": options.data,
        "texts": TaskTexts((one.name, one.sentences) for one in tasks),
        "reader": reader,
    }

    def train(planned: PlannedEncoder, encoder: Any, context: Context) -> Checkpoint:  # noqa: ANN401 - may be any encoder
        if planned.weights is not None:
            return load_checkpoint(planned, encoder, context, **held)
        return load_or_train(planned, encoder, context, options=options.training_options, **held)

    make = partial(make_runs, options=options, train=train, report=report, models=models)
    wanted = [(one, tuple(_own_seeds(one, seeds, model))) for one in encoders]
    made = [run for alike in sharing(wanted) for run in make(*alike)]
    if len(models) > 1:
        modelless = {run.planned.spec for run in made if not reads(run)}
        made = [
            replace(run, label=run.label.replace(f"@{model}", ""))
            if run.planned.spec in modelless
            else run
            for run in made
            if run.planned.spec not in modelless & finished
        ]
        finished |= modelless
    runs = [run for run in made if expects_tasks(run, tasks, report)]
    reader.drop()
    encoded = encode_in_turn(
        list({id(run.job): run.job for run in runs}.values()),
        [sentence for planned in tasks for sentence in planned.sentences],
        all_sides(tasks),
        cache_folder=cache_folder() if options.cache else None,
        spot_checks=True,
        timeout_seconds=options.timeout_seconds,
        on_progress=options.on_progress,
    )
    score = Scoring(store, options.reuse, report, options.on_progress, on_vectors)
    for job in encoded:
        for run in (run for run in runs if run.job is job):
            yield from score.records(run, tasks)
        job.vectors = job.error = None  # or those of all encoders stay until the last is scored


def _refuse_several_processes() -> None:
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise HarnessError("evaluation runs in one process: use torchrun for harness train only")


def _checked_seeds(seeds: Seeds) -> Seeds:
    if isinstance(seeds, Mapping):
        return {spec: checked_seeds(own) for spec, own in seeds.items()}
    return checked_seeds(seeds)


def _own_seeds(planned: PlannedEncoder, seeds: Seeds, model: str) -> Sequence[int]:
    if planned.weights is not None:
        return (read_manifest(planned.weights)["seed"],)
    if isinstance(seeds, Mapping):
        return seeds.get(f"{planned.spec}@{model}") or seeds.get(planned.spec, (0,))
    return seeds


def _report_broken_files(report: Report) -> None:
    """Add a failure for each plug-in file that cannot be used, unless one names it already."""
    reasons = [failure.reason for failure in report.failures]
    for name, error in broken_files().items():
        if not any(str(error) in reason for reason in reasons):
            report.fail(Path(name).name, None, error)
