"""``harness tasks``: what encoders can be scored on."""

import click
from rich.text import Text

from harness.cli.options.commands import Group
from harness.cli.options.shared import PluginName, data_option, plugin_option
from harness.cli.options.tasks import split_tasks, tasks_or_files
from harness.cli.terminal.console import ShownConsole
from harness.cli.terminal.lists import print_broken, print_list, print_settings
from harness.cli.terminal.output import print_exactly
from harness.data import open_data
from harness.errors import HarnessError
from harness.planning.asked_tasks import read_tasks
from harness.planning.planned_tasks import plan_tasks
from harness.planning.task_names import registered_name
from harness.plugins import registry
from harness.settings import Spec, recorded_names
from harness.task import TaskDefinition, task_hooks


@click.group("tasks", cls=Group)
def tasks_group() -> None:
    """List tasks, show one's data and protocols."""


@tasks_group.command("list")
@plugin_option(warn=False)
def list_tasks() -> None:
    """List every registered task and suite."""
    console = ShownConsole()
    rows: list[tuple[str, ...]] = []
    broken: list[HarnessError] = []
    for name in registry.tasks.names():
        try:
            plugin = registry.tasks.load(name)
        except HarnessError as error:
            broken.append(error)
            continue
        rows.append((name, plugin.summary, plugin.factory.title, plugin.place))
    print_list(console, ("task", "what it is", "title", "from"), rows)
    suites = [
        (name, ", ".join(registry.suites.load(name).factory)) for name in registry.suites.names()
    ]
    print_list(console, ("suite", "tasks"), suites)
    print_broken(console, broken)


@tasks_group.command("show", short_help="Show one, with its data and settings.")
@click.argument("task", metavar="TASK", type=PluginName("task"))
@plugin_option()
def show_task(task: str) -> None:
    """Show what a task is, whom to cite, and its settings; of a suite, its tasks.

    Of a spec such as mr:classifier=sklearn, the settings are those asked for; the file of one such
    as pairs:file=FILE is read.
    """
    console = ShownConsole()
    tasks = read_tasks([task])
    if len(tasks) > 1:
        names = ", ".join(map(str, tasks))
        console.print(Text(f"{registered_name(task) or task}: {names}"), soft_wrap=True)
        return
    (spec,) = tasks
    plugin = registry.tasks.load(spec.name)
    plugin.settings(spec.settings)
    console.print(Text(f"{plugin.name}: {plugin.factory.title}", style="bold"))
    console.print(Text(plugin.summary))
    for line in _understood(spec, plugin):
        console.print(Text(line), soft_wrap=True)
    for line in task_hooks(plugin.factory).description.splitlines():
        console.print(Text(line), soft_wrap=True)
    if plugin.citation:
        console.print(Text(f"Cite: {plugin.citation}"), soft_wrap=True)
    console.print(Text(f"From: {plugin.place}"), soft_wrap=True)
    print_settings(console, plugin, spec.settings)


def _understood(spec: Spec, plugin: registry.Plugin[TaskDefinition]) -> list[str]:
    """Return what is read of the user's own files that a spec names."""
    if recorded_names(plugin.settings_type).issuperset(spec.settings):
        return []
    return [one.understood for one in plan_tasks([spec], open_data(), {}) if one.understood]


@tasks_group.command("sentences")
@tasks_or_files(click.argument("tasks", nargs=-1, type=PluginName("task"), callback=split_tasks))
@plugin_option()
@data_option
def print_sentences(tasks: list[str | Spec], data: str | None) -> None:
    """Print the distinct sentences of TASKS or suites, one per line.

    To be encoded elsewhere and scored with the encoder precomputed.
    """
    if not tasks:
        raise click.UsageError("name at least one task, or a file with --pairs or --labels")
    planned = plan_tasks(tasks, open_data(data), {})
    console = ShownConsole(stderr=True)
    for one in planned:
        if one.understood:
            console.print(Text(one.understood), soft_wrap=True)
    sentences = dict.fromkeys(s for one in planned for s in one.task.sentences)
    print_exactly("".join(f"{sentence}\n" for sentence in sentences))
