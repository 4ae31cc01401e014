"""Run a recipe: every section with every model, going on where an earlier run stopped."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from harness.data import DataFolder
from harness.encoder import Context
from harness.errors import HarnessError
from harness.on_demand import DEFAULT_OUT, OnStep, TrainingOptions, checkpoint_folder
from harness.planning import plan_tasks
from harness.recipe import Recipe
from harness.recipe_jobs import Job, JobResult, plan_jobs
from harness.recipe_measuring import Equipment, measure
from harness.recipe_notes import JobNotes
from harness.recipe_report import write_recipe_report, write_section
from harness.report import Failure
from harness.task import OnProgress, no_progress

OnJob = Callable[[int, int, str], None]
"""Told how many jobs are done, how many there are, and which comes now."""


@dataclass
class RecipeRun:
    """What came of a recipe.

    Attributes:
        folder: Of everything that is written.
        results: What was measured, or found measured already.
        reused: How many of the results were found.
        skipped: Optional encoders that were left out, and why.
        failures: What could not be measured, and why.
        written: Files of the sections and of the report.
    """

    folder: Path
    results: list[JobResult] = field(default_factory=list)
    reused: int = 0
    skipped: list[Failure] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    written: list[Path] = field(default_factory=list)


def run_recipe(
    recipe: Recipe,
    *,
    data: DataFolder,
    context: Context | None = None,
    out: Path = DEFAULT_OUT,
    cache: bool = True,
    on_job: OnJob = lambda done, total, what: None,
    on_step: OnStep = lambda label, step, total, values: None,
    on_progress: OnProgress = no_progress,
) -> RecipeRun:
    """Measure every section, each written as soon as it is measured, and a report in the end.

    A job that is done is not done again; of one that was stopped, what is trained and encoded is
    found again. One that fails does not stop the others.

    Args:
        recipe: What to measure; `Recipe.small` for a smoke run.
        data: Where the data sets lie.
        context: Device and limits; each of the recipe's models takes the place of its model.
        out: Everything goes to a folder of the recipe's name in it.
        cache: Whether to keep vectors between runs.
        on_job: Told what is measured.
        on_step: Told how far training is.
        on_progress: Told how far encoding and scoring are.

    Raises:
        RecipeError: If a name in the recipe is unknown.
    """
    jobs = plan_jobs(recipe)
    run = RecipeRun(out / recipe.name)
    equipment = Equipment(
        data,
        context or Context(),
        run.folder,
        TrainingOptions(checkpoint_folder(run.folder), on_step=on_step),
        cache,
        on_progress,
    )
    for place, job in enumerate(jobs):
        on_job(place, len(jobs), job.label)
        _do(job, equipment, run)
        if place + 1 == len(jobs) or jobs[place + 1].section is not job.section:
            own = [result for result in run.results if result.job.section is job.section]
            run.written += write_section(own, recipe, run.folder)
    on_job(len(jobs), len(jobs), "report")
    run.written += write_recipe_report(recipe, run.results, run.folder)
    return run


def _do(job: Job, equipment: Equipment, run: RecipeRun) -> None:
    """Do a job unless it is done; keep a note of it if all of it succeeded."""
    failures = run.skipped if job.optional else run.failures
    try:
        notes = JobNotes(
            run.folder / job.section.name, equipment.context, _checksums(job, equipment.data)
        )
        result = notes.find(job)
        if result is not None:
            run.reused += 1
        else:
            result, failed = measure(job, equipment)
            failures += failed
            if not failed:
                notes.keep(result)
    except HarnessError as error:
        failures.append(Failure(", ".join(job.encoders), job.section.name, str(error)))
        return
    run.results.append(result)


def _checksums(job: Job, data: DataFolder) -> dict[str, str]:
    planned = plan_tasks(job.section.tasks, data, {})
    return {"folder": data.label, **{task.name: task.data_checksum for task in planned}}
