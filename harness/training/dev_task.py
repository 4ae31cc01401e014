"""Which task's scores pick a trained encoder's best weights: what ``--dev`` says."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

from harness.data import DataFolder
from harness.errors import MissingDataError, SettingError
from harness.planning.asked_tasks import TaskArgument, file_spec, read_tasks
from harness.planning.planned_tasks import PlannedTask, plan_tasks
from harness.planning.task_names import registered_name
from harness.results.families import LOWER_IS_BETTER, OPTIONAL_METRICS
from harness.settings import Spec
from harness.table_files.data_sets import PREFIX
from harness.task import task_hooks
from harness.training.options import DEFAULT_DEV, NO_DEV, DevChoice, TrainingOptions
from harness.written_values import NEXT_SETTING

TASK_DEFAULTS: Final[Mapping[str, object]] = {"nan": "zero"}
"""A setting of dev tasks that is another than in evaluation: an odd vector ends no training."""

_TEST = "test"  # the part that a task of pairs scores if none is named: not one to pick by

DevPlan: TypeAlias = tuple[PlannedTask, str]
"""The task, and the metric."""


def plan_dev(options: TrainingOptions, data: DataFolder, device: str) -> DevPlan | None:
    """Read the task that picks the weights; None if the last ones are to be kept.

    STS-B dev picks where nothing is asked for and a registered corpus is trained on, if that data
    is there; a text of the user's own is trained on to its end.

    Args:
        options: What was asked for.
        data: Where the task's files lie.
        device: Where a task that trains a classifier does.

    Raises:
        MissingDataError: If the data of a task that was asked for is absent.
        BadDataError: If a file is damaged.
        SettingError: If what was asked for is not one task, or has no such metric.
        UnknownNameError: If there is no such task.
    """
    metric = options.dev_metric
    if options.dev is not None:
        if str(options.dev) != NO_DEV:
            return _plan(as_task(options.dev), data, device, metric)
    elif options.text is None:
        try:
            return _plan(DEFAULT_DEV, data, device, metric)
        except MissingDataError:
            if metric is not None:
                raise
    if metric is not None:
        raise SettingError(
            f"dev metric {metric!r} needs dev data: name a task or a file with --dev"
        )
    return None


def as_task(dev: DevChoice) -> TaskArgument:
    """Return the spec of a task; of a pairs file, that of the task ``pairs``.

    Args:
        dev: A task's name or spec, or a file, with ``,NAME=VALUE`` behind it for its settings.
    """
    if isinstance(dev, Spec):
        return dev
    text, is_file = str(dev), isinstance(dev, Path) or _is_file(dev)
    if is_file and isinstance(dev, str):  # a spec may look like a file too: pairs:file=dev.tsv
        name = text.partition("=")[0].rpartition(":")[0]
        is_file = not any(map(registered_name, filter(None, (text, name))))
    return file_spec("pairs", text) if is_file else text


def _is_file(text: str) -> bool:
    """Whether text is what files are called, be there one or not."""
    path = Path(NEXT_SETTING.split(text)[0])
    is_called = text.startswith(PREFIX) or path.suffix or len(path.parts) > 1
    return bool(is_called) or path.exists()


def _plan(task: TaskArgument, data: DataFolder, device: str, metric: str | None) -> DevPlan:
    shared = {metric: "true"} if metric in OPTIONAL_METRICS else {}
    defaults = {**TASK_DEFAULTS, "device": device, **shared}
    _, planned = plan_one(task, data, {}, defaults, "dev must be")
    return planned, picking_metric(planned, metric, "dev")


def plan_one(
    task: TaskArgument,
    data: DataFolder,
    shared: Mapping[str, Any],
    defaults: Mapping[str, Any],
    expected: str,
) -> tuple[TaskArgument, PlannedTask]:
    """Read the task to pick by: the dev part of its file, where no part is asked for.

    Args:
        task: As it was asked for.
        data: Where the files lie.
        shared: Settings as `plan_tasks` takes them.
        defaults: So too.
        expected: How the message for several tasks begins: ``dev must be``.

    Returns:
        The task, its part named if need be, and what it came to.

    Raises:
        SettingError: If it comes to several tasks.
        HarnessError: If it cannot be read.
    """
    planned = plan_tasks([task], data, shared, defaults=defaults)
    if len(planned) != 1:
        names = ", ".join(each.name for each in planned)
        raise SettingError(f"{expected} one task, got {str(task)!r}: choose one of {names}")
    (spec,) = read_tasks([task])
    if getattr(planned[0].settings, "part", "") != _TEST or "part" in spec.settings:
        return task, planned[0]
    of_dev = Spec(spec.name, {**spec.settings, "part": "dev"})
    return of_dev, plan_tasks([of_dev], data, shared, defaults=defaults)[0]


def picking_metric(planned: PlannedTask, asked: str | None, what: str) -> str:
    """Return the metric to pick by, the family's first if none is asked for.

    Args:
        planned: The task.
        asked: The metric; None for the task's first.
        what: What messages call task and metric: ``dev``.

    Raises:
        SettingError: If the task does not measure it, or lower values of it are better.
    """
    measured = planned.metrics
    if asked is None and not measured:
        msg = f"{what} task {planned.name!r} does not say what it measures"
        raise SettingError(f"{msg}: name the {what} metric")
    metric = asked or measured[0]
    if measured and metric not in measured:
        known = ", ".join(measured)
        raise SettingError(f"{what} metric of {planned.name!r} must be {known}, got {metric!r}")
    if metric in {*LOWER_IS_BETTER, *task_hooks(planned.definition).lower_is_better}:
        msg = f"{what} metric must be one that is higher if better"
        raise SettingError(f"{msg}, got {metric!r}")
    return metric
