"""Make the encoders of an evaluation ready: once those that differ in their vectors' use alone."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, TypeAlias

from harness.encoder import Context, ReadingEncoder, encoder_hooks
from harness.encoding.job import EncodingJob
from harness.errors import HarnessError
from harness.evaluation.report import Report
from harness.evaluation.run_options import RunOptions
from harness.evaluation.scoring import Run
from harness.keys.vectors import drawn_weights, learned_weights
from harness.machine.boundary import blaming
from harness.machine.deadline import Deadline
from harness.planning.planned_encoders import PlannedEncoder
from harness.planning.planned_tasks import PlannedTask
from harness.planning.run_models import labelled
from harness.results.progress import doing
from harness.settings import Spec
from harness.trainable import TrainableEncoder
from harness.training.on_demand import Checkpoint

Seeds: TypeAlias = tuple[int, ...]
Train: TypeAlias = Callable[[PlannedEncoder, Any, Context], Checkpoint]


def sharing(
    wanted: Iterable[tuple[PlannedEncoder, Seeds]],
) -> list[tuple[list[PlannedEncoder], Seeds]]:
    """Put together the encoders, and their seeds, that have the same vectors before any use."""
    alike: dict[object, tuple[list[PlannedEncoder], Seeds]] = {}
    for planned, seeds in wanted:
        key = _vectors_of(planned), planned.common.prompts, seeds
        alike.setdefault(key, ([], seeds))[0].append(planned)
    return list(alike.values())


def _vectors_of(planned: PlannedEncoder) -> tuple[object, ...]:
    return planned.own_spec, id(planned.factory), planned.weights


def make_runs(
    alike: Sequence[PlannedEncoder],
    seeds: Seeds,
    *,
    options: RunOptions,
    train: Train,
    report: Report,
    models: Sequence[str] = (),
) -> Iterator[Run]:
    """Yield encoders ready to encode, a trainable or seeded one once for each seed.

    Args:
        alike: Encoders that have the same vectors; they share an encoder and a job.
        seeds: For encoders that depend on one.
        options: Context and limits.
        train: Loads or trains the weights of an encoder that learns.
        report: Receives who fails.
        models: The transformers of the whole run; names hold theirs where there are several.
    """
    name = partial(labelled, model=options.context.model, models=models)
    for number, seed in enumerate(seeds):
        ending = f" seed {seed}" if len(seeds) > 1 else ""
        try:
            made = _make(alike[0], seed, f"{name(alike[0])}{ending}", options, train)
        except HarnessError as error:
            for planned in alike:
                report.fail(f"{name(planned)}{ending}", None, error)
            continue
        if made.seed is None and number > 0:
            continue
        for planned in alike:
            label = name(planned) if made.seed is None else f"{name(planned)}{ending}"
            yield dataclasses.replace(made, planned=planned, label=label)


def reads(run: Run) -> bool:
    """Whether a run's encoder reads a transformer, so that it differs from model to model."""
    return isinstance(run.encoder, ReadingEncoder) or run.job.describe().get("model") == run.model


def _make(
    planned: PlannedEncoder, seed: int, label: str, options: RunOptions, train: Train
) -> Run:
    """Make one encoder with one seed, which is that of the run only if the encoder needs any."""
    context = planned.within(dataclasses.replace(options.context, seed=seed))
    prompts = planned.common.prompts
    one = dataclasses.replace(planned.own, boundary=planned.boundary.apart())
    with (
        doing(f"making {label}"),
        Deadline(f"encoder {label!r}", options.timeout_seconds) as deadline,
    ):
        encoder = one.make(context, deadline)
    if planned.weights is None and (
        planned.is_ready
        or not (encoder_hooks(encoder).seeded or isinstance(encoder, TrainableEncoder))
    ):
        job = EncodingJob(label.removesuffix(f" seed {seed}"), encoder, one, prompts=prompts)
        return Run(planned, label, encoder, job, context.model)
    if planned.weights is None and encoder_hooks(encoder).seeded:
        job = EncodingJob(label, encoder, one, drawn_weights(seed), prompts)
        return Run(planned, label, encoder, job, context.model, seed)
    with blaming(f"encoder {label!r} cannot be made ready", HarnessError):
        trained = train(one, encoder, context)
    job = EncodingJob(label, encoder, one, learned_weights(trained.manifest["files"]), prompts)
    return Run(planned, label, encoder, job, context.model, seed, trained.record)


def expects_tasks(run: Run, tasks: Sequence[PlannedTask], report: Report) -> bool:
    """Let an encoder know which tasks it is scored on; report one that fails there."""
    specs = [Spec(task.registered, task.recorded_settings) for task in tasks]
    try:
        run.job.call("expect_tasks", lambda: encoder_hooks(run.encoder).expect_tasks(specs))
    except HarnessError as error:
        report.fail(run.label, None, error)
        return False
    return True
