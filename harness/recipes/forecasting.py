"""What a recipe's jobs will come to, and which of them are done, without measuring anything."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.checkpoints.store import CheckpointStore
from harness.errors import HarnessError
from harness.evaluation.run_options import RunOptions
from harness.forecasts.forecast import Forecast, forecast
from harness.forecasts.machine import known_speeds, probe
from harness.forecasts.speeds import Speeds
from harness.forecasts.work import Work, WorkCounter
from harness.planning.planned_encoders import PlannedEncoder
from harness.planning.planned_tasks import PlannedTask, plan_tasks
from harness.recipes.inputs import job_inputs
from harness.recipes.jobs import SIZES, Job, encoder_settings, plan_jobs, task_settings
from harness.recipes.notes import JobNotes
from harness.recipes.recipe import Recipe
from harness.recipes.runs import recipe_folder, recipe_options
from harness.results.files import entries
from harness.results.records.record import Record
from harness.results.records.store import ResultStore
from harness.studies.sweep_points import plan_points
from harness.studies.timing import BASELINE
from harness.training.corpus_reader import CorpusReader

_TIMED_ROUNDS = 4  # of `benchmark`, the one before the clock starts among them


@dataclass(frozen=True)
class JobForecast:
    """What one job will come to.

    Attributes:
        job: The job.
        is_done: Whether it was done before; then it comes to nothing.
        forecast: What it comes to; None if it is done or cannot be counted.
        failures: What cannot be counted, each as one line.
    """

    job: Job
    is_done: bool
    forecast: Forecast | None
    failures: tuple[str, ...] = ()


def forecast_jobs(
    recipe: Recipe, options: RunOptions, *, only: Sequence[str] = (), with_probe: bool = False
) -> Iterator[JobForecast]:
    """Yield what each job of a recipe will come to; nothing is downloaded or written.

    Args:
        recipe: The recipe.
        options: How it would be run, as `run_recipe` takes them.
        only: Names of the sections; none for all.
        with_probe: Whether to time a few sentences with each transformer, instead of relying on
            earlier records or a rule of thumb.

    Raises:
        RecipeError: If a name in the recipe is unknown.
        UnknownNameError: If there is no section of a name in `only`.
    """
    wanted = recipe.only(only).sections
    folder, options = recipe_folder(recipe, options), recipe_options(recipe, options)
    counter, reader = WorkCounter(), CorpusReader()
    speeds = known_speeds(_records(folder), options.context)
    for job in plan_jobs(recipe):
        if job.section not in wanted:
            continue
        try:
            if _is_done(job, options, folder, reader):
                yield JobForecast(job, is_done=True, forecast=None)
                continue
            own = replace(options, context=replace(options.context, model=job.model))
            yield _forecast(job, own, counter, speeds, with_probe=with_probe)
        except HarnessError as error:
            yield JobForecast(job, is_done=False, forecast=None, failures=(str(error),))


def _records(folder: Path) -> list[Record]:
    """Return the records of a recipe's sections."""
    found: list[Record] = []
    for place in entries(folder):
        if place.is_dir():
            found += ResultStore(place).read()
    return found


def _is_done(job: Job, options: RunOptions, folder: Path, reader: CorpusReader) -> bool:
    offline = replace(options, context=replace(options.context, offline=True))
    store = CheckpointStore(options.training_options.checkpoints)
    inputs = job_inputs(job, offline, reader)
    notes = JobNotes(folder / job.section.name, options.context, inputs, store)
    return notes.find(job) is not None


def _forecast(
    job: Job, options: RunOptions, counter: WorkCounter, speeds: Speeds, *, with_probe: bool
) -> JobForecast:
    if job.model == SIZES:
        return JobForecast(job, is_done=False, forecast=forecast(Work(), speeds))
    tasks = plan_tasks(job.section.tasks, options.data, task_settings(job.section))
    work = _count(job, tasks, options, counter)
    if not work.encodings:
        return JobForecast(job, is_done=False, forecast=None, failures=tuple(work.failures))
    if with_probe and any(one.model for one in work.encodings):
        sentences = list(dict.fromkeys(s for task in tasks for s in task.sentences))
        probe(speeds, sentences, options.context)
    return JobForecast(
        job, is_done=False, forecast=forecast(work, speeds), failures=tuple(work.failures)
    )


def _count(
    job: Job, tasks: Sequence[PlannedTask], options: RunOptions, counter: WorkCounter
) -> Work:
    """Count the work of all points of a job."""
    timed = job.section.measure == "time"
    if timed:  # everything is trained and encoded again, in folders that are dropped
        training = replace(options.training_options, retrain=True)
        options = replace(options, training=training, cache=False)
    found = Work()
    for limit, planned in _points(job).items():
        training = replace(options.training_options, limit=limit)
        work = counter.count(planned, tasks, replace(options, training=training), range(job.seeds))
        found.add(work)
    for each in found.encodings:
        each.rounds = _TIMED_ROUNDS if timed else 1
    return found


def _points(job: Job) -> dict[int | None, list[PlannedEncoder]]:
    """Return the encoders of a job's points, by the number of training sentences."""
    section = job.section
    found: dict[int | None, list[PlannedEncoder]] = {}
    baseline = [BASELINE] if section.measure == "time" else []
    for spec in dict.fromkeys([*baseline, *job.encoders]):
        shared = encoder_settings(section, [spec]) if spec in job.encoders else {}
        for point in plan_points(section.grid, spec, one_off=section.one_off, settings=shared):
            found.setdefault(point.limit, []).append(point.encoder)
    return found
