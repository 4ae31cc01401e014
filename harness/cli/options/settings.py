"""Options made from settings: an encoder's hyperparameters, and what tasks can be asked."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

import click

from harness.cli.options.groups import HYPERPARAMETERS, SCORE, GroupedOption, option
from harness.cli.options.shared import F, add_options
from harness.errors import PluginError
from harness.plugins import registry
from harness.results.families import OPTIONAL_METRICS
from harness.settings import SettingField, Settings, setting_fields


class _Declaration(NamedTuple):
    """How click declares the option of a setting."""

    name: str
    flags: list[str]
    attributes: dict[str, Any]


def setting_options(settings: type[Settings], taken: Sequence[str]) -> list[GroupedOption]:
    """Make an option of each setting: its meaning, default and source are the help.

    A setting whose name is that of another option can be given in the encoder's spec alone.

    Args:
        settings: The settings dataclass.
        taken: Names of the command's other options.
    """
    return [
        GroupedOption(each.flags, group=HYPERPARAMETERS, **each.attributes)
        for each in _declarations(settings)
        if each.name not in taken
    ]


def task_setting_options(task: str, *names: str) -> Callable[[F], F]:
    """Add an option for each of these settings of a task; none if the task cannot be loaded.

    Args:
        task: A task that has the settings; the options are for every task that has them.
        names: The settings.
    """
    options: list[Callable[[F], F]] = []
    with suppress(PluginError):  # planning the tasks reports it
        settings = registry.tasks.load(task, named_files=False).settings_type
        options = [
            option(SCORE, *each.flags, **each.attributes)
            for each in _declarations(settings)
            if each.name in names
        ]
    return lambda command: add_options(command, *options)


def settings_measuring(metrics: Sequence[str | None]) -> dict[str, str]:
    """Return the task settings without which some of these metrics are not measured."""
    return {metric: "true" for metric in metrics if metric in OPTIONAL_METRICS}


def _declarations(settings: type[Settings]) -> Iterator[_Declaration]:
    hints = get_type_hints(settings)
    for field in setting_fields(settings):
        yield _declare(field, hints[field.name])


def _declare(field: SettingField, hint: Any) -> _Declaration:  # noqa: ANN401 - a type hint
    flag = f"--{field.name.replace('_', '-')}"
    default = "; ".join(filter(None, (field.default, field.source)))
    shown = f"{field.help[:1].upper()}{field.help[1:]}.  [default: {default}]"
    if hint is bool:
        flags = [f"{flag}/--no-{flag.removeprefix('--')}", field.name]
        return _Declaration(field.name, flags, {"default": None, "help": shown})
    if get_origin(hint) is Literal:
        choice = click.Choice(get_args(hint))
        return _Declaration(field.name, [flag], {"type": choice, "help": shown})
    metavar = field.type.split()[0].upper()
    return _Declaration(field.name, [flag], {"metavar": metavar, "help": shown})
