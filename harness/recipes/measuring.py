"""Measure one job of a recipe: scores, layers, a grid, times, spaces or sizes."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence

from harness.evaluation.evaluation import run_evaluation
from harness.evaluation.report import Failure
from harness.evaluation.run_options import RunOptions
from harness.recipes.jobs import Job, JobResult, encoder_settings, task_settings
from harness.recipes.sts_sizes import sts_sizes
from harness.results.records.record import Record
from harness.results.tables.sweep_scores import SweepPoint, SweepScores
from harness.studies.spaces import analyse
from harness.studies.sweep_axes import layer_axes
from harness.studies.sweeps import run_sweep
from harness.studies.timing import benchmark

Measured = tuple[JobResult, list[Failure]]


def measure(job: Job, options: RunOptions) -> Measured:
    """Return what a job found, and what of it failed.

    Args:
        job: The job.
        options: How to run it: with its model, and the folder of its section's records.

    Raises:
        HarnessError: If nothing of it can be measured, such as for missing data.
    """
    section = job.section
    by_kind: dict[str, Callable[[Job, RunOptions], Measured]] = {
        "time": _time,
        "space": _analyse,
        "sizes": _count,
    }
    if section.measure != "scores":
        return by_kind[section.measure](job, options)
    return _sweep(job, options) if section.axes else _score(job, options)


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


def _sweep(job: Job, options: RunOptions) -> Measured:
    section = job.section
    axes: Mapping[str, Sequence[str]] = section.grid
    if section.layers:
        axes = layer_axes(section.layers, job.encoders, options.context)
    swept = run_sweep(
        axes,
        section.tasks,
        options,
        encoder=job.encoders[0],
        one_off=section.one_off and not section.layers,
        settings=encoder_settings(section, job.encoders),
        task_settings=task_settings(section),
        seeds=range(job.seeds),
        label=job.label,
    )
    failures = swept.failures_on(None) if section.layers else swept.failures
    return JobResult(job, swept.scores), failures


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
    return JobResult(job, SweepScores(points=(SweepPoint({}, tuple(records), job.seeds),)))
