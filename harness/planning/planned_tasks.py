"""Tasks and suites, resolved and read; and the metrics that they measure."""

import dataclasses
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any, TypeVar

from harness.data import DataFile, DataFolder
from harness.errors import HarnessError, PluginError, SettingError, UnknownNameError
from harness.machine.boundary import Boundary
from harness.planning.encoder_arguments import WRONG_REQUEST, OnFailure
from harness.planning.task_names import registered_name
from harness.plugins import registry
from harness.task import Task, TaskDefinition

T = TypeVar("T")


@dataclass(frozen=True)
class PlannedTask:
    """A task that a run will use, its files read and checked.

    Attributes:
        name: Registered name.
        definition: What is registered.
        settings: All settings.
        task: The task.
        data_label: How records name the data folder.
        sentences: Every sentence that it looks up; repeats are there.
        files: What it was read from.
        boundary: What calls of its code pass.
    """

    name: str
    definition: TaskDefinition
    settings: Any
    task: Task
    data_label: str
    sentences: tuple[str, ...]
    files: tuple[DataFile, ...]
    boundary: Boundary = field(default_factory=Boundary, compare=False, repr=False)

    @property
    def data_checksum(self) -> str:
        """One checksum over all files of the task, in hexadecimal."""
        files = "\n".join(f"{file.name} {file.sha256}" for file in self.files)
        return hashlib.sha256(files.encode()).hexdigest()


def plan_tasks(
    names: Sequence[str],
    data: DataFolder,
    shared: Mapping[str, Any],
    *,
    defaults: Mapping[str, Any] = MappingProxyType({}),
    on_failure: OnFailure | None = None,
) -> list[PlannedTask]:
    """Resolve task and suite names, and read every task's files.

    Args:
        names: Tasks or suites; repeats are dropped.
        data: Where the files lie.
        shared: Settings for every task that has them; one at least must.
        defaults: Settings for every task that has them, if any.
        on_failure: Called for a plug-in that cannot be imported or made, which is left out;
            None raises.

    Raises:
        UnknownNameError: If a task or setting does not exist.
        SettingError: If there is no task, or a value is not what the setting takes.
        MissingDataError: If a file is absent.
        BadDataError: If a file is damaged.
        PluginError: If a task cannot be imported or made, or its sentences or files are wrong.
    """
    if not names:
        raise SettingError("tasks must be at least one, got none")
    asked = [_trying(on_failure, name, partial(expand_suites, [name])) for name in names]
    found = [
        _trying(on_failure, name, partial(registry.tasks.load, name))
        for name in dict.fromkeys(task for tasks in asked for task in tasks or ())
    ]
    plugins = [plugin for plugin in found if plugin is not None]
    fields = {
        plugin.name: {field.name for field in dataclasses.fields(plugin.settings_type)}
        for plugin in plugins
    }
    known = set().union(*fields.values())
    unused = set(shared) - known
    if unused and None not in (*asked, *found):  # nobody knows what settings a broken one has
        raise UnknownNameError("setting", min(unused), known, "these tasks")
    values = {**defaults, **shared}
    planned = []
    for plugin in plugins:
        own = {key: value for key, value in values.items() if key in fields[plugin.name]}
        planned.append(_trying(on_failure, plugin.name, partial(_plan_task, plugin, own, data)))
    return [task for task in planned if task is not None]


def _plan_task(
    plugin: registry.Plugin[TaskDefinition], values: Mapping[str, Any], data: DataFolder
) -> PlannedTask:
    settings, name, boundary = plugin.settings(values), plugin.name, plugin.boundary
    culprit = f"task {name!r} cannot be made"
    task = boundary.call(culprit, lambda: plugin.factory(data, settings))
    sentences = _values_from(task, name, "sentences", str, boundary)
    files = _values_from(task, name, "files", DataFile, boundary)
    return PlannedTask(
        name, plugin.factory, settings, task, data.label, sentences, files, boundary
    )


def _values_from(
    task: Task, name: str, what: str, kind: type[T], boundary: Boundary
) -> tuple[T, ...]:
    """Read an attribute of a task and check the type of its items, before anything rests on it."""
    culprit = f"task {name!r} failed in {what}"
    values: tuple[T, ...] = boundary.call(culprit, lambda: tuple(getattr(task, what)))
    for one in values:
        if not isinstance(one, kind):
            wanted, got = kind.__name__, type(one).__name__
            raise PluginError(f"each of the {what} of task {name!r} must be {wanted}, got {got}")
    return values


def expand_suites(names: Sequence[str]) -> list[str]:
    """Replace each suite by its tasks, each task once, and every name by the registered one.

    Raises:
        UnknownNameError: If a name is neither a task nor a suite.
    """
    tasks, suites = registry.tasks.names(), registry.suites.names()
    expanded: list[str] = []
    for typed in names:
        name = registered_name(typed)
        if name is None:
            raise registry.unknown_plugin("task", typed, [*tasks, *suites])
        expanded.extend(registry.suites.load(name).factory if name in suites else [name])
    return list(dict.fromkeys(expanded))


def _trying(on_failure: OnFailure | None, name: str, work: Callable[[], T]) -> T | None:
    """Do what a plug-in may fail in; None if it did, after a report."""
    try:
        return work()
    except HarnessError as error:
        if on_failure is None or isinstance(error, WRONG_REQUEST):
            raise
        on_failure(name, error)
        return None
