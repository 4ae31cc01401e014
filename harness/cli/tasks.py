"""``harness tasks``: what encoders can be scored on."""

import click
from rich.text import Text

from harness.cli.options.commands import Group
from harness.cli.options.shared import PluginName, data_option, plugin_option, split_commas
from harness.cli.terminal.console import ShownConsole
from harness.cli.terminal.lists import print_broken, print_list, print_settings
from harness.cli.terminal.output import print_exactly
from harness.data import open_data
from harness.errors import HarnessError
from harness.planning.asked_tasks import expand_suites
from harness.planning.planned_tasks import plan_tasks
from harness.planning.task_names import registered_name
from harness.plugins import registry
from harness.task import task_hooks


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
@click.argument("name", type=PluginName("task"))
@plugin_option()
def show_task(name: str) -> None:
    """Show what a task is, whom to cite, and its settings; of a suite, its tasks."""
    console = ShownConsole()
    tasks, meant = expand_suites([name]), registered_name(name)
    if meant in registry.suites.names():
        console.print(Text(f"{meant}: {', '.join(tasks)}"), soft_wrap=True)
        return
    (name,) = tasks
    plugin = registry.tasks.load(name)
    console.print(Text(f"{plugin.name}: {plugin.factory.title}", style="bold"))
    console.print(Text(plugin.summary))
    for line in task_hooks(plugin.factory).description.splitlines():
        console.print(Text(line), soft_wrap=True)
    if plugin.citation:
        console.print(Text(f"Cite: {plugin.citation}"), soft_wrap=True)
    console.print(Text(f"From: {plugin.place}"), soft_wrap=True)
    print_settings(console, plugin)


@tasks_group.command("sentences")
@click.argument("tasks", nargs=-1, required=True, type=PluginName("task"), callback=split_commas)
@plugin_option()
@data_option
def print_sentences(tasks: list[str], data: str | None) -> None:
    """Print the distinct sentences of TASKS or suites, one per line.

    To be encoded elsewhere and scored with the encoder precomputed.
    """
    planned = plan_tasks(tasks, open_data(data), {})
    sentences = dict.fromkeys(s for one in planned for s in one.task.sentences)
    print_exactly("".join(f"{sentence}\n" for sentence in sentences))
