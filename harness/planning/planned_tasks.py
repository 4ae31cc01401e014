"""Tasks and suites, resolved and read."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any, TypeVar

from harness.argument_types import take_texts
from harness.data import DataFile, DataFolder
from harness.errors import HarnessError, PluginError, SettingError, UnknownNameError
from harness.machine.boundary import Boundary
from harness.planning.asked_tasks import TaskArgument, read_tasks, setting_names
from harness.planning.encoder_arguments import WRONG_REQUEST, OnFailure
from harness.plugins import registry
from harness.plugins.typed_names import find_name
from harness.results.display.shown_text import shown_line
from harness.results.families import FAMILY_METRICS, TASKS_BY_TITLE
from harness.results.records.record import OWN_FILES
from harness.settings import recorded_settings
from harness.task import (
    Sides,
    Task,
    TaskDefinition,
    TaskIdentity,
    Vectors,
    task_hooks,
    task_identity,
)

T = TypeVar("T")


@dataclass(frozen=True)
class PlannedTask:
    """A task that a run will use, its files read and checked.

    Attributes:
        name: What records call it.
        title: Name in tables.
        registered: What it is registered as.
        definition: What is registered.
        settings: All settings.
        task: The task.
        data_label: How records name where the files lie: the data folder, or `OWN_FILES`.
        sentences: Every sentence that it looks up; repeats are there.
        files: What it was read from.
        understood: One line about what was read; empty for a data set that is known.
        metrics: What it can measure; empty if that is not known.
        sides: Its sentences by where they stand in a pair; None if it does not say.
        boundary: What calls of its code pass.
    """

    name: str
    title: str
    registered: str
    definition: TaskDefinition
    settings: Any
    task: Task
    data_label: str
    sentences: tuple[str, ...]
    files: tuple[DataFile, ...]
    understood: str = ""
    metrics: tuple[str, ...] = ()
    sides: Sides | None = None
    boundary: Boundary = field(default_factory=Boundary, compare=False, repr=False)

    @property
    def data_checksum(self) -> str:
        """One checksum over all files of the task, in hexadecimal."""
        files = "\n".join(f"{file.name} {file.sha256}" for file in self.files)
        return hashlib.sha256(files.encode()).hexdigest()

    @property
    def recorded_settings(self) -> dict[str, Any]:
        """The settings that its scores depend on, by name."""
        return recorded_settings(self.settings)

    def looked_up(self, vectors: Vectors) -> Vectors:
        """Return what it looks up: the vectors of first sentences alone if it has no `sides`."""
        own = vectors if self.sides is not None else vectors.first_side()
        return own.processed(self.sides or Sides(self.sentences, ()))


def plan_tasks(
    tasks: Sequence[TaskArgument],
    data: DataFolder,
    shared: Mapping[str, Any],
    *,
    defaults: Mapping[str, Any] = MappingProxyType({}),
    on_failure: OnFailure | None = None,
) -> list[PlannedTask]:
    """Resolve tasks and suites, and read every task's files.

    Args:
        tasks: Names or specs of tasks or suites; repeats are dropped.
        data: Where the files lie.
        shared: Settings for every task that has them; one at least must. A spec's own come first.
        defaults: Settings for every task that has them, if any.
        on_failure: Called for a plug-in that cannot be imported or made, which is left out;
            None raises.

    Raises:
        UnknownNameError: If a task or setting does not exist.
        SettingError: If there is no task, two of different data have one name, or a value is not
            what the setting takes.
        MissingDataError: If a file is absent.
        BadDataError: If a file is damaged.
        PluginError: If a task cannot be imported or made, or its sentences or files are wrong.
    """
    if not tasks:
        raise SettingError("tasks must be at least one, got none")
    asked = [_trying(on_failure, str(task), partial(read_tasks, [task])) for task in tasks]
    specs = read_tasks(spec for one in asked for spec in one or ())
    names = dict.fromkeys(spec.name for spec in specs)
    found = {name: _trying(on_failure, name, partial(_load, name)) for name in names}
    fields = {name: setting_names(name) for name, plugin in found.items() if plugin is not None}
    known = set().union(*fields.values())
    unused = set(shared) - known
    if unused and None not in (*asked, *found.values()):  # nobody knows those of a broken one
        raise UnknownNameError("setting", min(unused), known, "these tasks")
    values = {**defaults, **shared}
    planned = []
    for spec in specs:
        if (plugin := found[spec.name]) is None:
            continue
        own = {key: value for key, value in values.items() if key in fields[spec.name]}
        plan = partial(_plan_task, plugin, {**own, **spec.settings}, data)
        planned.append(_trying(on_failure, str(spec), plan))
    return _distinct(task for task in planned if task is not None)


def all_sides(tasks: Iterable[PlannedTask]) -> Sides:
    """Return the sentences of tasks by where they stand; of one that does not say all as first."""
    sides = [task.sides or Sides(task.sentences, ()) for task in tasks]
    return Sides(
        [sentence for each in sides for sentence in each.first],
        [sentence for each in sides for sentence in each.second],
    )


def _load(name: str) -> registry.Plugin[TaskDefinition]:
    return registry.tasks.load(name)


def _plan_task(
    plugin: registry.Plugin[TaskDefinition], values: Mapping[str, Any], data: DataFolder
) -> PlannedTask:
    settings, name, boundary = plugin.settings(values), plugin.name, plugin.boundary
    culprit = f"task {name!r} cannot be made"
    task = boundary.call(culprit, lambda: plugin.factory(data, settings))
    files = _values_from(task, name, "files", DataFile, boundary)
    sentences = _values_from(task, name, "sentences", str, boundary)
    found = partial(_found_out, task, name, boundary)
    return PlannedTask(
        name=_free_name(found("name", str) or name, plugin.name),
        title=found("title", str) or plugin.factory.title,
        registered=plugin.name,
        definition=plugin.factory,
        settings=found("settings", type(settings)) or settings,
        task=task,
        data_label=data.label if any(map(data.holds, files)) else OWN_FILES,
        sentences=sentences,
        files=files,
        understood=shown_line(found("understood", str) or ""),
        metrics=_values_from(task_identity(task), name, "metrics", str, boundary)
        or tuple(task_hooks(plugin.factory).metrics)
        or FAMILY_METRICS.get(plugin.factory.family, ()),
        sides=_sides_of(task, name, sentences, boundary),
        boundary=boundary,
    )


def _sides_of(task: Task, name: str, sentences: Sequence[str], boundary: Boundary) -> Sides | None:
    """Return which sentences stand second in a pair, if a task says so."""
    culprit = f"task {name!r} failed in sides"
    found = boundary.call(culprit, lambda: _read_sides(task))
    if found is not None and {*found.first, *found.second} != {*sentences}:
        raise PluginError(f"sides of task {name!r} must have all its sentences, and no others")
    return found


def _read_sides(task: Task) -> Sides | None:
    said = task_identity(task).sides
    return None if said is None else Sides(*(take_texts("sides", side) for side in said))


def _values_from(
    task: Task | TaskIdentity, name: str, what: str, kind: type[T], boundary: Boundary
) -> tuple[T, ...]:
    """Read an attribute of a task and check the type of its items, before anything rests on it."""
    culprit = f"task {name!r} failed in {what}"
    values: tuple[T, ...] = boundary.call(culprit, lambda: tuple(getattr(task, what)))
    for one in values:
        if not isinstance(one, kind):
            wanted, got = kind.__name__, type(one).__name__
            raise PluginError(f"each of the {what} of task {name!r} must be {wanted}, got {got}")
    return values


def _found_out(task: Task, name: str, boundary: Boundary, what: str, kind: type[T]) -> T | None:
    """Read a part of a task's `TaskIdentity`, and check its type."""
    culprit = f"task {name!r} failed in {what}"
    value: T | None = boundary.call(culprit, lambda: getattr(task_identity(task), what))
    if value is not None and not isinstance(value, kind):
        wanted, got = kind.__name__, type(value).__name__
        raise PluginError(f"{what} of task {name!r} must be {wanted}, got {got}")
    return value


def _free_name(name: str, registered: str) -> str:
    """Return what records call a task, unless that is another one's name."""
    known = (*registry.tasks.names(), *registry.suites.names())
    if name != registered and find_name(name, known, TASKS_BY_TITLE) is not None:
        raise SettingError(
            f"name of a task must be its own, got {name!r}, which is registered: choose another"
            " with name=NAME"
        )
    return name


def _distinct(tasks: Iterable[PlannedTask]) -> list[PlannedTask]:
    """Drop repeats; refuse one name for different data, of which a table would mix the scores."""
    kept: dict[tuple[str, str], PlannedTask] = {}
    for task in tasks:
        for other in kept.values():
            if task.name == other.name and _data_of(task) != _data_of(other):
                raise SettingError(
                    f"tasks must have names of their own, got two called {task.name!r} of"
                    " different data: set name=NAME for one of them"
                )
        kept.setdefault((task.name, repr(sorted(task.recorded_settings.items()))), task)
    return list(kept.values())


def _data_of(task: PlannedTask) -> tuple[str, str]:
    return task.registered, task.data_checksum


def _trying(on_failure: OnFailure | None, name: str, work: Callable[[], T]) -> T | None:
    """Do what a plug-in may fail in; None if it did, after a report."""
    try:
        return work()
    except HarnessError as error:
        if on_failure is None or isinstance(error, WRONG_REQUEST):
            raise
        on_failure(name, error)
        return None
