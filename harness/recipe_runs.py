"""Run a recipe: every step with every model, going on where an earlier run stopped."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness import registry
from harness.benchmarking import benchmark
from harness.cache import write_atomically
from harness.data import DataFolder
from harness.encoder import Context
from harness.errors import HarnessError, MissingDataError
from harness.evaluation import evaluate
from harness.on_demand import TrainingOptions, checkpoint_folder
from harness.planning import plan_encoders, plan_tasks
from harness.recipe import Recipe, Step
from harness.report import Failure
from harness.reporting import read_report
from harness.settings import parse_spec
from harness.settings_sweep import sweep_settings
from harness.sweeping import sweep
from harness.task import OnProgress, no_progress
from results.formats import to_markdown

_SUFFIXES = {"markdown": "md", "latex": "tex", "csv": "csv", "html": "html"}

OnStep = Callable[[int, int, str], None]
"""Told how many steps are done, how many there are, and what is measured now."""


@dataclass
class RecipeRun:
    """What came of a recipe.

    Attributes:
        folder: Of the records and the report.
        records: How many records were made or found.
        skipped: Encoders and tasks that were left out, and why.
        failures: What could not be measured, and why.
        written: Files of the report.
    """

    folder: Path
    records: int = 0
    skipped: list[str] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    written: list[Path] = field(default_factory=list)


@dataclass(frozen=True)
class _Work:
    """What every step is given."""

    data: DataFolder
    context: Context
    folder: Path
    training: TrainingOptions
    on_progress: OnProgress


def run_recipe(
    recipe: Recipe,
    *,
    data: DataFolder,
    context: Context | None = None,
    out: Path = Path("runs"),
    only: Sequence[str] = (),
    on_step: OnStep = lambda done, total, what: None,
    on_progress: OnProgress = no_progress,
) -> RecipeRun:
    """Measure every step with every model, then write the report.

    Trained encoders and vectors are kept, so that a run that was stopped goes on where it was.
    An encoder that is not installed, or a task whose data is not there, is left out and told.

    Args:
        recipe: What to measure; `Recipe.small` for a smoke run.
        data: Where the data sets lie.
        context: Device and limits; each of the recipe's models takes the place of its model.
        out: Records and report go to a folder below it, named by the recipe.
        only: Names of steps; none for all.
        on_step: Told what is measured.
        on_progress: Told how far encoding and scoring are.

    Raises:
        HarnessError: If a setting of the recipe is unknown or has a wrong value.
    """
    folder = out / recipe.name
    run = RecipeRun(folder)
    jobs = [
        (step, model)
        for step in recipe.steps
        for model in step.models or recipe.models
        if not only or step.name in only
    ]
    training = TrainingOptions(checkpoint_folder(folder))
    for done, (step, model) in enumerate(jobs):
        on_step(done, len(jobs), f"{step.name}, {model}")
        work = _Work(
            data,
            dataclasses.replace(context or Context(), model=model),
            folder,
            training,
            on_progress,
        )
        _measure(_installed(step, data, run), work, run)
    on_step(len(jobs), len(jobs), "report")
    if run.records:
        run.written += _write_report(recipe, folder)
    return run


def _installed(step: Step, data: DataFolder, run: RecipeRun) -> Step:
    """Leave out encoders that nobody has registered and tasks whose data is not there."""
    known = registry.encoders.names()
    encoders, tasks = [], []
    for spec in step.encoders:
        if parse_spec(spec)[0] in known:
            encoders.append(spec)
        else:
            run.skipped.append(f"{step.name}: encoder {spec} is not installed")
    for task in step.tasks:
        try:
            plan_tasks([task], data, {})
            tasks.append(task)
        except MissingDataError as error:
            run.skipped.append(f"{step.name}: task {task}: {error}")
    return step.model_copy(update={"encoders": tuple(encoders), "tasks": tuple(tasks)})


def _measure(step: Step, work: _Work, run: RecipeRun) -> None:
    if lacking := [name for name in step.needs if name not in step.settings]:
        run.skipped.append(f"{step.name}: give it --set {lacking[0]}=...")
        return
    if not step.encoders or not step.tasks:
        return
    try:
        if step.bench:
            _bench(step, work, run)
            return
        for records, failures in _scored(step, work):
            run.records += records
            run.failures += failures
    except HarnessError as error:
        run.failures.append(Failure(", ".join(step.encoders), step.name, str(error)))


def _scored(step: Step, work: _Work) -> Iterator[tuple[int, list[Failure]]]:
    """Yield how many records each part of a step made, and its failures."""
    shared: dict[str, Any] = {
        "data": work.data,
        "context": work.context,
        "task_settings": _task_settings(step, work.data),
        "out": work.folder,
        "on_progress": work.on_progress,
    }
    if step.layers:
        swept = sweep(step.layers, step.encoders, step.tasks, **shared)
        yield len(swept.report.records), swept.failures
        return
    shared |= {"seeds": tuple(range(step.seeds)), "training": work.training}
    if not step.grid:
        specs, settings = step.encoders, _encoder_settings(step)
        report = evaluate(specs, step.tasks, settings=settings, **shared)
        yield len(report.records), report.failures
        return
    for encoder in step.encoders:
        settings = _encoder_settings(step.model_copy(update={"encoders": (encoder,)}))
        found = sweep_settings(
            encoder, step.grid, step.tasks, one_off=step.one_off, settings=settings, **shared
        )
        yield len(found.records), found.failures


def _bench(step: Step, work: _Work, run: RecipeRun) -> None:
    bench = benchmark(
        step.encoders,
        step.tasks,
        data=work.data,
        context=work.context,
        settings=_encoder_settings(step),
        rounds=1,
        memory=False,
        on_progress=work.on_progress,
    )
    path = work.folder / f"{step.name}-{Path(work.context.model).name}.md"
    write_atomically(path, to_markdown(bench.table()).encode())
    run.written.append(path)
    run.failures += bench.failures


def _encoder_settings(step: Step) -> dict[str, str]:
    """Return the step's settings that any of its encoders has: a recipe's are for all steps."""
    known: set[str] = set()
    for planned in plan_encoders(step.encoders, {}):
        known |= {field.name for field in dataclasses.fields(planned.settings)}
    return {name: value for name, value in step.settings.items() if name in known}


def _task_settings(step: Step, data: DataFolder) -> Mapping[str, str]:
    known: set[str] = set()
    for planned in plan_tasks(step.tasks, data, {}):
        known |= {field.name for field in dataclasses.fields(planned.settings)}
    return {name: value for name, value in step.task_settings.items() if name in known}


def _write_report(recipe: Recipe, folder: Path) -> Iterator[Path]:
    report = read_report(folder, published=recipe.published or None, title=recipe.title)
    for form in recipe.outputs:
        path = folder / f"report.{_SUFFIXES[form]}"
        write_atomically(path, report.render(form).encode())
        yield path
