"""Tasks as callers ask for them: names, suites, and specs with settings of their own."""

import dataclasses
import os
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from harness.argument_types import take_texts
from harness.errors import SettingError, UnknownNameError
from harness.planning.task_names import registered_name
from harness.plugins import registry
from harness.settings import Spec
from harness.written_values import NEXT_SETTING, parse_assignments, split_settings

TaskArgument: TypeAlias = str | Spec
"""A task or suite: its name, a text such as ``mr:classifier=sklearn``, or a `Spec`."""


def take_tasks(given: Iterable[TaskArgument]) -> tuple[TaskArgument, ...]:
    """Return an argument's tasks.

    Raises:
        TypeError: If it is one string, or has anything but strings and specs.
    """
    if isinstance(given, str) or not isinstance(given, Iterable):
        take_texts("tasks", given)
    tasks = tuple(given)
    take_texts("tasks", [str(task) if isinstance(task, Spec) else task for task in tasks])
    return tasks


def read_tasks(tasks: Iterable[TaskArgument]) -> list[Spec]:
    """Return the tasks that names, suites and specs come to, each once.

    A suite's settings are for those of its tasks that have them.

    Raises:
        UnknownNameError: If a name is neither a task nor a suite, or no task of a suite has a
            setting.
        SettingError: If a spec cannot be read, or a setting has no value.
        PluginError: If a task of a suite with settings cannot be imported.
    """
    specs = [spec for task in tasks for spec in _expand(_read(task))]
    return list({(spec.name, repr(dict(spec.settings))): spec for spec in specs}.values())


def expand_suites(names: Sequence[str]) -> list[str]:
    """Replace each suite by its tasks, each task once, and every name by the registered one.

    Raises:
        UnknownNameError: If a name is neither a task nor a suite.
    """
    return list(dict.fromkeys(spec.name for name in names for spec in _expand(Spec(name))))


def file_spec(task: str, text: str) -> Spec:
    """Read ``FILE`` or ``FILE,NAME=VALUE,...`` as the spec of a task that reads files.

    A file's name may have commas and ``=`` itself: the longest name of a file that exists counts.

    Args:
        task: What reads the file, such as ``pairs``.
        text: As the option of that name takes it.

    Raises:
        SettingError: If no file is named, or a setting has no value or two.
    """
    ends = [*(match.start() for match in NEXT_SETTING.finditer(text)), len(text)]
    end = next((end for end in reversed(ends) if os.path.exists(text[:end])), ends[0])  # noqa: PTH110 - Path.exists raises for a name too long
    if not text[:end].strip():
        raise SettingError(f"--{task} must name a file, got {text!r}")
    settings = parse_assignments(split_settings(text[end + 1 :]) if text[end:] else ())
    if "file" in settings:
        raise SettingError(f"--{task} must name one file, got {text!r}: repeat the option")
    return Spec(task, {"file": text[:end], **settings})


def setting_names(task: str) -> set[str]:
    """Return the names of a task's settings."""
    return {field.name for field in dataclasses.fields(registry.tasks.load(task).settings_type)}


def _read(task: TaskArgument) -> Spec:
    spec = task if isinstance(task, Spec) else _parse(task)
    for name, value in spec.settings.items():
        if isinstance(value, str) and not value.strip():
            raise SettingError(
                f"setting {name} of task {spec.name!r} must have a value, got none: leave it out"
                " for its default"
            )
    return spec


def _parse(text: str) -> Spec:
    """Read a spec; the name of a task may have a colon itself, such as ``sts17:en-en``."""
    name, colon, _ = text.partition("=")[0].rpartition(":")
    if "=" not in text or not colon:
        return Spec(text)
    return Spec(name.strip(), Spec.parse(text.removeprefix(name)).settings)


def _expand(asked: Spec) -> list[Spec]:
    name = registered_name(asked.name)
    if name is None:
        known = [*registry.tasks.names(), *registry.suites.names()]
        raise registry.unknown_plugin("task", asked.name, known)
    spec = Spec(name, asked.settings)
    return _members(spec) if name in registry.suites.names() else [spec]


def _members(suite: Spec) -> list[Spec]:
    """Return the tasks of a suite, each with those of the suite's settings that it has."""
    names = registry.suites.load(suite.name).factory
    if not suite.settings:
        return [Spec(name) for name in names]
    fields = {name: setting_names(name) for name in names}
    known = set().union(*fields.values())
    for setting in suite.settings:
        if setting not in known:
            raise UnknownNameError("setting", setting, known, f"suite {suite.name!r}")
    return [
        Spec(name, {key: value for key, value in suite.settings.items() if key in fields[name]})
        for name in names
    ]
