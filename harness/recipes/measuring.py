"""Measure one job of a recipe: scores, layers, a grid, times, spaces or sizes."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.data import DataFolder
from harness.encoder import Context
from harness.evaluation.evaluation import evaluate
from harness.evaluation.report import Failure
from harness.recipes.jobs import Job, JobResult, encoder_settings, task_settings
from harness.recipes.sts_sizes import sts_sizes
from harness.results.records.record import Record
from harness.results.tables.setting_table import SettingScores
from harness.studies.layer_sweep import sweep
from harness.studies.settings_sweep import sweep_settings
from harness.studies.spaces import analyse
from harness.studies.timing import benchmark
from harness.task import OnProgress
from harness.training.on_demand import TrainingOptions


@dataclass(frozen=True)
class Equipment:
    """What every job is measured with.

    Attributes:
        data: Where the data sets lie.
        context: Device and limits; the job's model takes the place of its model.
        folder: Of the recipe's run; each section's records go to a folder in it.
        training: Where checkpoints lie.
        cache: Whether to keep vectors between runs.
        on_progress: Told how far encoding and scoring are.
    """

    data: DataFolder
    context: Context
    folder: Path
    training: TrainingOptions
    cache: bool
    on_progress: OnProgress


Measured = tuple[JobResult, list[Failure]]


def measure(job: Job, equipment: Equipment) -> Measured:
    """Return what a job found, and what of it failed.

    Raises:
        HarnessError: If nothing of it can be measured, such as for lack of data.
    """
    section = job.section
    by_kind: dict[str, Callable[[Job, Equipment], Measured]] = {
        "time": _time,
        "space": _analyse,
        "sizes": _count,
    }
    if section.measure != "scores":
        return by_kind[section.measure](job, equipment)
    if section.layers:
        return _sweep_layers(job, equipment)
    return _sweep_grid(job, equipment) if section.grid else _score(job, equipment)


def _score(job: Job, equipment: Equipment) -> Measured:
    report = evaluate(job.encoders, job.section.tasks, **_trained(job, equipment))
    return _result(job, report.records), report.failures


def _sweep_layers(job: Job, equipment: Equipment) -> Measured:
    swept = sweep(job.section.layers, job.encoders, job.section.tasks, **_shared(job, equipment))
    return _result(job, swept.report.records), swept.failures


def _sweep_grid(job: Job, equipment: Equipment) -> Measured:
    (encoder,) = job.encoders
    swept = sweep_settings(
        encoder,
        job.section.grid,
        job.section.tasks,
        one_off=job.section.one_off,
        on_point=lambda done, total: equipment.on_progress(job.label, done, total),
        **_trained(job, equipment),
    )
    return JobResult(job, tuple(swept.points)), swept.failures


def _analyse(job: Job, equipment: Equipment) -> Measured:
    options = _trained(job, equipment)
    options.pop("task_settings")
    found = analyse(job.encoders, job.section.tasks, **options)
    result = dataclasses.replace(_result(job, found.records), spaces=tuple(found.spaces))
    return result, found.failures


def _time(job: Job, equipment: Equipment) -> Measured:
    timed = benchmark(
        job.encoders,
        job.section.tasks,
        data=equipment.data,
        context=_context(job, equipment),
        settings=encoder_settings(job.section, job.encoders),
        memory=False,
        on_progress=equipment.on_progress,
    )
    return JobResult(job, tables=(timed.table(),)), timed.failures


def _count(job: Job, equipment: Equipment) -> Measured:
    return JobResult(job, tables=(sts_sizes(job.section.tasks, equipment.data),)), []


def _result(job: Job, records: list[Record]) -> JobResult:
    return JobResult(job, (SettingScores({}, tuple(records)),))


def _context(job: Job, equipment: Equipment) -> Context:
    return dataclasses.replace(equipment.context, model=job.model)


def _trained(job: Job, equipment: Equipment) -> dict[str, Any]:
    """Return what every measure takes that trains what it needs."""
    return {
        "settings": encoder_settings(job.section, job.encoders),
        "seeds": tuple(range(job.seeds)),
        "training": equipment.training,
        **_shared(job, equipment),
    }


def _shared(job: Job, equipment: Equipment) -> dict[str, Any]:
    return {
        "data": equipment.data,
        "context": _context(job, equipment),
        "task_settings": task_settings(job.section),
        "out": equipment.folder / job.section.name,
        "cache": equipment.cache,
        "on_progress": equipment.on_progress,
    }
