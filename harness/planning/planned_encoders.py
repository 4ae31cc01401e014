"""Turn what a user asked for into encoders and tasks, before anything heavy starts."""

import dataclasses
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any, TypeAlias, TypeVar

from harness.data import DataFile, DataFolder
from harness.encoder import Context, Encoder
from harness.errors import PluginError, SettingError, UnknownNameError, blaming
from harness.planning.encoder_arguments import GivenEncoders, name_encoders
from harness.plugins import registry
from harness.settings import format_spec
from harness.task import Task, TaskDefinition

T = TypeVar("T")

OnFailure: TypeAlias = Callable[[str, PluginError], None]
"""Told the name of a plug-in that failed, and why."""


@dataclass(frozen=True)
class PlannedEncoder:
    """An encoder that a run will use.

    Attributes:
        spec: Name and the settings that differ from the defaults, as tables and records show it.
        factory: What is registered under the name.
        settings: All settings.
        origin: Distribution and version of the plug-in, or name and checksum of its file.
        is_ready: Whether it was handed over ready for use: not to be trained, whatever the seed.
        code: Checksum of the modules of its package.
    """

    spec: str
    factory: Any
    settings: Any
    origin: str
    is_ready: bool = False
    code: str = ""

    @property
    def identity(self) -> str:
        """Where the encoder's code comes from; part of the key of its kept vectors."""
        return f"{self.origin} {self.code}".strip()

    def make(self, context: Context) -> Encoder:
        """Call the factory.

        Raises:
            PluginError: If it fails with anything but a HarnessError.
        """
        with blaming(f"encoder {self.spec!r} cannot be made"):
            encoder = self.factory(context, self.settings)
        if not isinstance(encoder, Encoder):
            got = type(encoder).__name__
            raise PluginError(f"encoder {self.spec!r} must have a method encode, {got} has none")
        return encoder


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
    """

    name: str
    definition: TaskDefinition
    settings: Any
    task: Task
    data_label: str
    sentences: tuple[str, ...]
    files: tuple[DataFile, ...]

    @property
    def slow(self) -> bool:
        """Whether scoring takes so long that a result is kept and used again."""
        return bool(getattr(self.definition, "slow", False))

    @property
    def data_checksum(self) -> str:
        """One checksum over all files of the task, in hexadecimal."""
        files = "\n".join(f"{file.name} {file.sha256}" for file in self.files)
        return hashlib.sha256(files.encode()).hexdigest()


def plan_encoders(
    encoders: GivenEncoders,
    shared: Mapping[str, Any],
    on_failure: OnFailure | None = None,
) -> list[PlannedEncoder]:
    """Resolve encoders, given as specs such as ``mean:layers=last2`` or as objects.

    Args:
        encoders: Repeats of a spec are dropped.
        shared: Settings for every encoder that has them; a spec's own come first.
        on_failure: Told the spec of a plug-in that cannot be imported, which is left out; None
            raises.

    Raises:
        UnknownNameError: If an encoder or setting does not exist, or no encoder has a shared one.
        SettingError: If there is no encoder, two have one name, or a value is not what the
            setting takes.
        PluginError: If a plug-in cannot be imported.
    """
    named = name_encoders(encoders)
    planned: dict[str, PlannedEncoder] = {}
    unused = set(shared)
    known: set[str] = set()
    for given in named:
        try:
            plugin = given.plugin()
            fields = {field.name for field in dataclasses.fields(plugin.settings_type)}
            known |= fields
            unused -= fields
            applicable = {key: value for key, value in shared.items() if key in fields}
            settings = plugin.settings({**applicable, **given.settings})
        except PluginError as error:
            if on_failure is None:
                raise
            on_failure(given.spec, error)
            unused = set()  # nobody knows what settings it has
            continue
        full = format_spec(given.name, settings)
        planned[full] = PlannedEncoder(
            full, plugin.factory, settings, plugin.origin, given.is_ready, plugin.code
        )
    for name in sorted(unused):
        raise UnknownNameError("setting", name, known, ", ".join(planned))
    return list(planned.values())


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
        on_failure: Told the name of a plug-in that cannot be imported or made, which is left out;
            None raises.

    Raises:
        UnknownNameError: If a task or setting does not exist.
        SettingError: If there is no task, or a value is not what the setting takes.
        MissingDataError: If a file is absent.
        BadDataError: If a file is damaged.
        PluginError: If a task cannot be imported or made, or its sentences or files not be told.
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
    settings = plugin.settings(values)
    with blaming(f"task {plugin.name!r} cannot be made"):
        task = plugin.factory(data, settings)
    sentences = _told_by(task, plugin.name, "sentences", str)
    files = _told_by(task, plugin.name, "files", DataFile)
    return PlannedTask(plugin.name, plugin.factory, settings, task, data.label, sentences, files)


def _told_by(task: Task, name: str, what: str, kind: type[T]) -> tuple[T, ...]:
    """Read what a task tells of itself, all of one type, before anything rests on it."""
    with blaming(f"task {name!r} failed in {what}"):
        told = tuple(getattr(task, what))
    for one in told:
        if not isinstance(one, kind):
            wanted, got = kind.__name__, type(one).__name__
            raise PluginError(f"each of the {what} of task {name!r} must be {wanted}, got {got}")
    return told


def _trying(on_failure: OnFailure | None, name: str, work: Callable[[], T]) -> T | None:
    """Do what a plug-in may fail in; None if it did, and somebody was told."""
    try:
        return work()
    except PluginError as error:
        if on_failure is None:
            raise
        on_failure(name, error)
        return None


def expand_suites(names: Sequence[str]) -> list[str]:
    """Replace each suite by its tasks, each task once.

    Raises:
        UnknownNameError: If a name is neither a task nor a suite.
    """
    tasks, suites = registry.tasks.names(), registry.suites.names()
    expanded: list[str] = []
    for name in names:
        if name in suites:
            expanded.extend(registry.suites.load(name).factory)
        elif name in tasks:
            expanded.append(name)
        else:
            raise registry.unknown_plugin("task", name, [*tasks, *suites])
    return list(dict.fromkeys(expanded))
