"""The jobs that a recipe comes to, every name in them checked before anything is measured."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.common_settings import COMMON_NAMES
from harness.errors import HarnessError, RecipeError, UnknownNameError
from harness.planning.asked_tasks import read_tasks, setting_names
from harness.planning.planned_encoders import plan_encoders
from harness.plugins import registry
from harness.recipes.recipe import Recipe, Section
from harness.results.published.papers import publications
from harness.results.records.record import Record
from harness.results.records.space_record import SpaceRecord
from harness.results.tables.sweep_scores import SweepScores
from harness.results.tables.table import Table
from harness.studies.sweep_points import plan_points

SIZES = "-"
"""What stands for the model of a section that needs none."""


@dataclass(frozen=True)
class Job:
    """One section with one model; of a grid, and of what is optional, one encoder.

    Attributes:
        section: What it belongs to.
        model: The transformer.
        encoders: Specs.
        seeds: How often an encoder that learns is trained.
        optional: Whether it may fail.
    """

    section: Section
    model: str
    encoders: tuple[str, ...]
    seeds: int
    optional: bool = False

    @property
    def label(self) -> str:
        """Name it in one line."""
        parts = [] if self.model == SIZES else [", ".join(self.encoders), self.model]
        return ", ".join([self.section.name, *parts])


@dataclass(frozen=True)
class JobResult:
    """What a job found.

    Attributes:
        job: The job.
        scores: Records, by what varies; one point where nothing does.
        spaces: Analyses.
        tables: Tables that rest on no records: times, sizes.
    """

    job: Job
    scores: SweepScores = field(default_factory=SweepScores)
    spaces: tuple[SpaceRecord, ...] = ()
    tables: tuple[Table, ...] = ()

    @property
    def records(self) -> list[Record]:
        """The records of all points."""
        return self.scores.records


def plan_jobs(recipe: Recipe) -> list[Job]:
    """Return a recipe's jobs in order, every name in them checked.

    Raises:
        RecipeError: If an encoder, task or setting does not exist; names the section.
    """
    jobs: list[Job] = []
    for section in recipe.sections:
        try:
            _check_names(section)
        except HarnessError as error:
            msg = f"recipe {recipe.name!r}: section {section.name!r}: {error}"
            raise RecipeError(msg) from error
        models = (SIZES,) if section.measure == "sizes" else section.models or recipe.models
        seeds = section.seeds or recipe.seeds
        single = [(encoder,) for encoder in section.encoders]
        for model in models:
            groups = single if section.grid else [section.encoders]
            jobs += [Job(section, model, group, seeds) for group in groups]
            jobs += [Job(section, model, (one,), seeds, optional=True) for one in section.optional]
    _check_whole(recipe)
    return jobs


def encoder_settings(section: Section, encoders: Sequence[str]) -> dict[str, str]:
    """Return those of a section's settings that an encoder has: a recipe's are for many."""
    known = _encoder_fields(encoders)
    return {name: value for name, value in section.settings.items() if name in known}


def task_settings(section: Section) -> dict[str, str]:
    """Return those of a section's task settings that one of its tasks has."""
    known = _task_fields(section)
    return {name: value for name, value in section.task_settings.items() if name in known}


def _check_names(section: Section) -> None:
    """Refuse encoders, settings and tasks that do not exist, before anything is measured."""
    for task in read_tasks(section.tasks):
        known = setting_names(task.name)
        shared = {name: value for name, value in section.task_settings.items() if name in known}
        registry.tasks.load(task.name).settings({**shared, **task.settings})
    printed = {
        f"{paper}/{table.name}"
        for paper, publication in publications().items()
        for table in publication.tables
    }
    for place in section.published:
        if place not in printed:
            raise UnknownNameError("published table", place, printed)
    for spec in (*section.encoders, *section.optional):
        shared = encoder_settings(section, [spec])
        plan_encoders([spec], shared)
        plan_points(section.grid, spec, one_off=section.one_off, settings={})


def _check_whole(recipe: Recipe) -> None:
    """Refuse an unknown paper, and a setting that no encoder, or no task, of any section has.

    One that only some have is for those: settings may be given for many sections.
    """
    for paper in recipe.published:
        if paper not in publications():
            error = UnknownNameError("paper", paper, publications())
            raise RecipeError(f"recipe {recipe.name!r}: {error}")
    from_encoders: set[str] = set()
    from_tasks: set[str] = set()
    for section in recipe.sections:
        from_encoders |= _encoder_fields((*section.encoders, *section.optional))
        from_tasks |= _task_fields(section)
    for section in recipe.sections:
        for kind, given, known in (
            ("setting", section.settings, from_encoders),
            ("task setting", section.task_settings, from_tasks),
        ):
            for name in given:
                if name not in known:
                    error = UnknownNameError(kind, name, known)
                    raise RecipeError(f"recipe {recipe.name!r}: {error}")


def _encoder_fields(encoders: Sequence[str]) -> set[str]:
    planned = plan_encoders(encoders, {}) if encoders else []
    return {name for one in planned for name in _fields(one.settings) | COMMON_NAMES}


def _task_fields(section: Section) -> set[str]:
    return {name for spec in read_tasks(section.tasks) for name in setting_names(spec.name)}


def _fields(settings: Any) -> set[str]:  # noqa: ANN401 - any plug-in's dataclass
    return {one.name for one in dataclasses.fields(settings)}
