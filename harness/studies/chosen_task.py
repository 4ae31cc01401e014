"""The task on which a sweep chooses a point, and the others on which that point is scored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.errors import SettingError, UnknownNameError
from harness.evaluation.run_options import RunOptions
from harness.planning.asked_tasks import TaskArgument, read_tasks, setting_names
from harness.planning.planned_tasks import plan_tasks
from harness.results.families import OPTIONAL_METRICS
from harness.results.notices import notify
from harness.training.dev_task import as_task, picking_metric, plan_one
from harness.training.leakage import TaskTexts


@dataclass(frozen=True)
class ChosenTask:
    """What a sweep scores in its two steps.

    Attributes:
        task: The task that chooses.
        metric: The metric that chooses, higher if better.
        settings: The settings for every task that this one has.
        tests: The tasks on which the chosen point is scored.
        test_settings: Those of the settings that one of them has.
        test_metric: What is said of them, where they have it; None for each one's own.
    """

    task: TaskArgument
    metric: str
    settings: Mapping[str, Any]
    tests: Sequence[TaskArgument]
    test_settings: Mapping[str, Any]
    test_metric: str | None


def plan_choice(
    task: TaskArgument,
    tests: Sequence[TaskArgument],
    options: RunOptions,
    settings: Mapping[str, Any],
    metric: str | None,
) -> ChosenTask:
    """Read the tasks of both steps, so that what is wrong shows before anything is trained.

    Args:
        task: The task that chooses.
        tests: Tasks or suites.
        options: How to evaluate.
        settings: For every task that has them; one at least must.
        metric: The metric to choose by; None for the first of the task's.

    Raises:
        SettingError: If what chooses is not one task, is among the tests, or has no such metric.
        HarnessError: If a name, a setting or a data file is wrong.
    """
    task = as_task(task)
    if metric in OPTIONAL_METRICS:
        settings = {metric: "true", **settings}
    own, others = _settings_of([task]), _settings_of(tests)
    if unknown := sorted(settings.keys() - own - others):
        raise UnknownNameError("setting", unknown[0], own | others, "these tasks")
    own_settings, test_settings = (
        {name: value for name, value in settings.items() if name in known}
        for known in (own, others)
    )
    defaults = {"device": options.context.device}
    task, chosen = plan_one(task, options.data, own_settings, defaults, "a sweep must choose on")
    planned = plan_tasks(tests, options.data, test_settings, defaults=defaults)
    if chosen.name in {each.name for each in planned}:
        cure = "name others with --tasks"
        raise SettingError(
            f"tasks must be others than the one chosen on, got {chosen.name!r}: {cure}"
        )
    texts = TaskTexts((each.name, each.sentences) for each in planned)
    for name in texts.scored_on(chosen.sentences):
        notify(f"task {name!r} is no unseen test: its sentences are in {chosen.name!r}")
    chosen_by = picking_metric(chosen, metric, "choosing")
    return ChosenTask(task, chosen_by, own_settings, tests, test_settings, metric)


def _settings_of(tasks: Sequence[TaskArgument]) -> set[str]:
    """Return the names of the settings that one of some tasks has."""
    return {name for spec in read_tasks(tasks) for name in setting_names(spec.name)}
