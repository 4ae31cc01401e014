"""``harness tasks``: what encoders can be scored on."""

from pathlib import Path

import click
from rich.text import Text

from harness.cli.options.commands import Group
from harness.cli.options.groups import OUTPUT, SCORE, option
from harness.cli.options.shared import PluginName, data_option, plugin_option
from harness.cli.options.tasks import OwnFile, split_tasks, tasks_or_files
from harness.cli.terminal.console import ShownConsole
from harness.cli.terminal.lists import plain_table, print_broken, print_list, print_settings
from harness.cli.terminal.output import print_exactly, print_text, print_wide
from harness.conformance.data_checks import check_data
from harness.data import DataFolder, open_data
from harness.errors import HarnessError
from harness.planning.asked_tasks import read_tasks
from harness.planning.new_task_files import write_task_file
from harness.planning.own_kinds import plan_to_check
from harness.planning.planned_tasks import plan_tasks
from harness.planning.task_names import registered_name
from harness.plugins import registry
from harness.settings import Spec, recorded_names
from harness.task import TaskDefinition, task_hooks


@click.group("tasks", cls=Group)
def tasks_group() -> None:
    """List, show, check and write tasks."""


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
    print_broken(broken)


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
        print_text(f"{registered_name(task) or task}: {names}")
        return
    (spec,) = tasks
    plugin = registry.tasks.load(spec.name)
    plugin.settings(spec.settings)
    heading = ": ".join(dict.fromkeys((plugin.name, plugin.factory.title)))
    console.print(Text(heading, style="bold"))
    console.print(Text(plugin.summary))
    for line in _understood(spec, plugin):
        print_text(line)
    for line in task_hooks(plugin.factory).description.splitlines():
        print_text(line)
    if plugin.citation:
        print_text(f"Cite: {plugin.citation}")
    print_text(f"From: {plugin.place}")
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
def print_sentences(tasks: list[str | Spec], data: str | DataFolder | None) -> None:
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


_KINDS = click.Choice(["pairs", "labels"])


@tasks_group.command("new", short_help="Write a TOML file that describes one.")
@click.argument("name")
@option(
    SCORE,
    "--from",
    "source",
    type=OwnFile("pairs"),
    metavar="FILE[,NAME=VALUE...]",
    help="The file that it describes, or hf:OWNER/NAME; settings as for --pairs and --labels.",
)
@option(SCORE, "--kind", type=_KINDS, help="What is in it.  [default: as its columns say]")
@option(
    OUTPUT,
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Folder to put the file into.  [default: this one]",
)
def new_task(name: str, source: Spec | None, kind: str | None, out: Path) -> None:
    """Write NAME.toml, which describes a task of your own for good.

    With --from, it says how that file was read, its counts and its checksum.

    \b
    harness tasks new reviews --from reviews.tsv,split=genre
    """  # noqa: D301 - click wants the very character
    path = write_task_file(name, out, source, kind or "")
    click.echo(f"Written to {path}. Now:")
    click.echo(f"  harness tasks check {path}")
    click.echo(f"  harness eval mean --tasks {name} --plugin {path}")


@tasks_group.command("check", short_help="Check one's data.")
@click.argument("spec", type=OwnFile("pairs"), metavar="FILE[,NAME=VALUE...]")
@option(SCORE, "--kind", type=_KINDS, help="What is in it.  [default: as its columns say]")
@plugin_option()
@data_option
def check_task(spec: Spec, kind: str | None, data: str | DataFolder | None) -> None:
    """Read FILE and say what is in it; exit 1 if it cannot be scored on.

    FILE is a task file ending in .toml, a file of pairs or labelled rows, or a registered task.

    \b
    harness tasks check reviews.toml
    harness tasks check reviews.tsv,columns=q,a,grade
    """  # noqa: D301 - click wants the very character
    console = ShownConsole()
    for planned in plan_to_check(spec, kind or "", open_data(data)):
        heading = planned.understood or f"{planned.name}: {planned.title}"
        console.print(Text(heading, style="bold"), soft_wrap=True)
        table = plain_table("check", "result", "found")
        table.columns[0].no_wrap = True
        for finding in check_data(planned.task, getattr(planned.task, "classes", ())):
            state = Text("warning", "yellow") if finding.is_warning else Text("fine", "green")
            table.add_row(finding.what, state, Text(finding.found))
        print_wide(console, table)
