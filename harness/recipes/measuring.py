"""Measure one job of a recipe: scores, layers, a grid, times, spaces or sizes."""

import dataclasses
from collections.abc import Callable
from functools import partial

from harness.evaluation.evaluation import run_evaluation
from harness.evaluation.report import Failure
from harness.evaluation.run_options import RunOptions
from harness.recipes.jobs import Job, JobResult, encoder_settings, task_settings
from harness.recipes.sts_sizes import sts_sizes
from harness.results.records.record import Record
from harness.results.tables.setting_table import SettingScores
from harness.studies.layer_sweep import sweep
from harness.studies.settings_sweep import sweep_settings
from harness.studies.spaces import analyse
from harness.studies.timing import benchmark

Measured = tuple[JobResult, list[Failure]]


def measure(job: Job, options: RunOptions) -> Measured:
    """Return what a job found, and what of it failed.

    Args:
        job: The job.
        options: How to run it: with its model, and the folder of its section's records.

    Raises:
        HarnessError: If nothing of it can be measured, such as for lack of data.
    """
    section = job.section
    by_kind: dict[str, Callable[[Job, RunOptions], Measured]] = {
        "time": _time,
        "space": _analyse,
        "sizes": _count,
    }
    if section.measure != "scores":
        return by_kind[section.measure](job, options)
    if section.layers:
        return _sweep_layers(job, options)
    return _sweep_grid(job, options) if section.grid else _score(job, options)


def _score(job: Job, options: RunOptions) -> Measured:
    report = run_evaluation(
        job.encoders,
        job.section.tasks,
        options,
        settings=encoder_settings(job.section, job.encoders),
        task_settings=task_settings(job.section),
        seeds=range(job.seeds),
    )
    return _result(job, report.records), report.failures


def _sweep_layers(job: Job, options: RunOptions) -> Measured:
    swept = sweep(
        job.section.layers,
        job.encoders,
        job.section.tasks,
        options,
        task_settings=task_settings(job.section),
    )
    return _result(job, swept.report.records), swept.failures


def _sweep_grid(job: Job, options: RunOptions) -> Measured:
    (encoder,) = job.encoders
    swept = sweep_settings(
        encoder,
        job.section.grid,
        job.section.tasks,
        options,
        one_off=job.section.one_off,
        settings=encoder_settings(job.section, job.encoders),
        task_settings=task_settings(job.section),
        seeds=range(job.seeds),
        on_point=partial(options.on_progress, job.label),
    )
    return JobResult(job, tuple(swept.points)), swept.failures


def _analyse(job: Job, options: RunOptions) -> Measured:
    found = analyse(
        job.encoders,
        job.section.tasks,
        options,
        settings=encoder_settings(job.section, job.encoders),
        seeds=range(job.seeds),
    )
    result = dataclasses.replace(_result(job, found.records), spaces=tuple(found.spaces))
    return result, found.failures


def _time(job: Job, options: RunOptions) -> Measured:
    timed = benchmark(
        job.encoders,
        job.section.tasks,
        data=options.data,
        context=options.context,
        settings=encoder_settings(job.section, job.encoders),
        memory=False,
        on_progress=options.on_progress,
    )
    return JobResult(job, tables=(timed.table(),)), timed.failures


def _count(job: Job, options: RunOptions) -> Measured:
    return JobResult(job, tables=(sts_sizes(job.section.tasks, options.data),)), []


def _result(job: Job, records: list[Record]) -> JobResult:
    return JobResult(job, (SettingScores({}, tuple(records)),))
