"""Options that name tasks, and files to be scored on like tasks."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, TypeAlias

import click
from click.core import ParameterSource
from click.shell_completion import CompletionItem
from typing_extensions import override

from harness.cli.options.groups import SCORE, HelpGroup, option
from harness.cli.options.shared import F, PluginName, add_options, split_commas
from harness.planning.asked_tasks import file_spec
from harness.settings import Spec

Decorator: TypeAlias = Callable[[Callable[..., None]], Callable[..., None]]
"""Declares a parameter of a command."""

_NOT_GIVEN = (ParameterSource.DEFAULT, ParameterSource.DEFAULT_MAP)


class OwnFile(click.ParamType[Spec]):
    """A file to be scored on, with settings: ``FILE,NAME=VALUE,...``.

    Args:
        task: The registered task that reads it.
    """

    name = "file"

    def __init__(self, task: str) -> None:
        self._task = task

    @override
    def convert(
        self, value: str | Spec, param: click.Parameter | None, ctx: click.Context | None
    ) -> Spec:
        """Read the task's spec."""
        return value if isinstance(value, Spec) else file_spec(self._task, value)

    @override
    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer files."""
        return [CompletionItem(incomplete, type="file")]


def split_tasks(
    ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> list[str | Spec]:
    """Flatten task names and lists ``a,b``; a value with ``=`` is one spec, whatever its commas.

    Raises:
        click.BadParameter: If a value names nothing, as that of an empty variable of a shell.
    """
    lists = [[value] if "=" in value else split_commas(ctx, param, (value,)) for value in values]
    return [task for tasks in lists for task in tasks]


def tasks_option(
    *default: str,
    description: str = "Tasks or suites, such as sts or mr:classifier=sklearn; see"
    " 'harness tasks list'.",
    group: HelpGroup = SCORE,
) -> Callable[[F], F]:
    """Return the option that names tasks and suites, in a list or repeated."""
    return option(
        group,
        "-t",
        "--tasks",
        multiple=True,
        default=default,
        show_default=bool(default),
        type=PluginName("task"),
        callback=split_tasks,
        metavar="TASK,...",
        help=description,
    )


def tasks_or_files(tasks: Decorator) -> Decorator:
    """Return the option or argument that names tasks, and those that name files beside it.

    The command receives them all as ``tasks``; where files are named, no task is by default.

    Args:
        tasks: Declares the parameter ``tasks``.
    """

    def add(command: Callable[..., None]) -> Callable[..., None]:
        return add_options(_joining(command), tasks, *_FILES)

    return add


def _joining(command: Callable[..., None]) -> Callable[..., None]:
    @wraps(command)
    def joined(
        *,
        tasks: Sequence[str | Spec],
        pairs: Sequence[Spec],
        labels: Sequence[Spec],
        **arguments: Any,
    ) -> None:
        source = click.get_current_context().get_parameter_source("tasks")
        files = [*pairs, *labels]
        named = [] if files and source in _NOT_GIVEN else tasks
        command(tasks=[*named, *files], **arguments)

    return joined


def _file_option(task: str, what: str) -> Decorator:
    return option(
        SCORE,
        f"--{task}",
        multiple=True,
        type=OwnFile(task),
        metavar="FILE[,NAME=VALUE...]",
        help=f"Your own {what}, in a file or hf:OWNER/NAME; repeatable. 'harness tasks show"
        f" {task}' lists the settings.",
    )


_FILES = (
    _file_option("pairs", "pairs of sentences with a score"),
    _file_option("labels", "sentences, or pairs, with a label"),
)
