"""Run a recipe: every section with every model, resuming where an earlier run stopped."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.checkpoints.store import CheckpointStore
from harness.errors import HarnessError
from harness.evaluation.report import Failure
from harness.evaluation.run_options import RunOptions
from harness.recipes.inputs import job_inputs
from harness.recipes.jobs import Job, JobResult, plan_jobs
from harness.recipes.measuring import measure
from harness.recipes.notes import JobNotes
from harness.recipes.recipe import Recipe
from harness.recipes.section_report import write_recipe_report, write_section
from harness.results.plots.page import FOR_SCREEN, Drawing
from harness.results.records.store import DEFAULT_FOLDER
from harness.training.corpus_reader import CorpusReader
from harness.training.options import checkpoint_folder

OnJob = Callable[[int, int, str], None]
"""Called with how many jobs are done, how many there are, and which comes now."""


@dataclass
class RecipeRun:
    """What came of a recipe.

    Attributes:
        folder: Of everything that is written.
        results: What was measured, or found measured already.
        reused: How many of the jobs were done before.
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


def recipe_folder(recipe: Recipe, options: RunOptions) -> Path:
    """Return the folder of everything that is written for a recipe."""
    return (options.out or DEFAULT_FOLDER) / recipe.name


def recipe_options(recipe: Recipe, options: RunOptions) -> RunOptions:
    """Return the options with which a recipe's jobs run: checkpoints lie in its folder."""
    checkpoints = checkpoint_folder(recipe_folder(recipe, options))
    training = replace(options.training_options, checkpoints=checkpoints)
    return replace(options, training=training)


def run_recipe(
    recipe: Recipe,
    options: RunOptions,
    *,
    only: Sequence[str] = (),
    drawing: Drawing = FOR_SCREEN,
    on_job: OnJob = lambda done, total, what: None,
) -> RecipeRun:
    """Measure every section, write its file as soon as it is measured, in the end a report.

    A job that is done is not done again; of one that was stopped, what is trained and encoded is
    found again. One that fails does not stop the others.

    Args:
        recipe: What to measure; `Recipe.small` for a smoke run.
        options: How to run; each of the recipe's models takes the place of its model. Everything
            that is written, checkpoints too, goes to a folder of the recipe's name in its `out`.
        only: Names of the sections to measure; none for all. Of the others, what was measured
            before is reported.
        drawing: How to draw; PNG files are drawn in any case, since the report shows them.
        on_job: Called with what is measured.

    Raises:
        RecipeError: If a name in the recipe is unknown.
        UnknownNameError: If there is no section of a name in `only`.
    """
    jobs = plan_jobs(recipe)
    wanted = recipe.only(only).sections
    run = RecipeRun(recipe_folder(recipe, options))
    options = recipe_options(recipe, options)
    sections, reader = [], CorpusReader()
    for section in recipe.sections:
        own = [job for job in jobs if job.section is section]
        found = []
        for job in own:
            if section in wanted:
                on_job(jobs.index(job), len(jobs), job.label)
            found += _do(job, options, run, reader, measured=section in wanted)
        if found:
            sections.append(write_section(found, recipe, run.folder, drawing))
            run.results += found
    on_job(len(jobs), len(jobs), "report")
    for report in sections:
        run.written += [report.path, *(path for path, _ in report.figures)]
    if sections:
        run.written += write_recipe_report(recipe, run.results, sections, run.folder)
    return run


def _do(
    job: Job, options: RunOptions, run: RecipeRun, reader: CorpusReader, *, measured: bool
) -> list[JobResult]:
    """Return what a job found, if it did; measure it only if it is asked for and not noted."""
    failures = run.skipped if job.optional else run.failures
    try:
        folder = run.folder / job.section.name
        store = CheckpointStore(options.training_options.checkpoints)
        notes = JobNotes(folder, options.context, job_inputs(job, options, reader), store)
        if (noted := notes.find(job)) is not None:
            run.reused += measured
            return [noted]
        if not measured:
            return []
        context = replace(options.context, model=job.model)
        result, failed = measure(job, replace(options, context=context, out=folder))
        failures += _once(failed)
        if not failed:
            notes.keep(result)
    except HarnessError as error:
        if measured:
            failures.append(Failure(", ".join(job.encoders), job.section.name, str(error)))
        return []
    return [result]


def _once(failures: Sequence[Failure]) -> list[Failure]:
    """Name what fails with every seed once."""
    named = [replace(one, encoder=one.encoder.partition(" seed ")[0]) for one in failures]
    return list(dict.fromkeys(named))
