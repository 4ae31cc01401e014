"""``harness data``: find, fetch and check data sets."""

from itertools import groupby

import click
from rich.text import Text

from harness.acquisition.manifest import built_in_manifest
from harness.acquisition.verification import DataSetCheck, check_data_set
from harness.cli.data_back_translate import back_translate_command
from harness.cli.data_fetch import fetch_command, import_command
from harness.cli.options.commands import Group
from harness.cli.options.shared import data_option, plugin_option
from harness.cli.terminal.console import ShownConsole
from harness.cli.terminal.output import print_exactly, print_text
from harness.data import SAMPLE, DataFolder, existing_data, writable_data_folder
from harness.errors import HarnessError, MissingDataError, SettingError
from harness.planning.planned_tasks import plan_tasks
from harness.plugins import registry

_COLOURS = {"complete": "green", "absent": "", "incomplete": "yellow", "differs": "red"}


@click.group("data", cls=Group)
def data_group() -> None:
    """Find, fetch and check data sets."""


data_group.add_command(fetch_command)
data_group.add_command(import_command)
data_group.add_command(back_translate_command)


@data_group.command("where")
@data_option
def where(data: str | DataFolder | None) -> None:
    """Print the data folder that other commands would read."""
    try:
        print_exactly(f"{existing_data(data).root}\n")
    except MissingDataError as error:
        click.echo(f"{writable_data_folder(data)} (does not exist)")
        raise click.exceptions.Exit(1) from error


@data_group.command("list", short_help="List all data sets, and which are there.")
@data_option
def list_data(data: str | DataFolder | None) -> None:
    """List all data sets: whether they are there, where they come from, on what terms."""
    if data == SAMPLE:
        raise MissingDataError("the sample holds a little of every task: see 'harness tasks list'")
    root, console = writable_data_folder(data), ShownConsole()
    print_text(f"Data folder: {root}{'' if root.is_dir() else ' (does not exist)'}")
    for suite, data_sets in groupby(built_in_manifest().data_sets, lambda one: one.suite):
        console.print(Text(f"\n{suite}", style="bold"))
        for data_set in data_sets:
            check = check_data_set(data_set, DataFolder(root, str(root)))
            state = (_state(check), _COLOURS[check.state])
            name = f"{data_set.name}, {data_set.title}: "
            print_text(Text.assemble(name, state), indent=2)
            print_text(f"from: {data_set.origin}", indent=6)
            print_text(f"licence: {data_set.licence}", indent=6)


@data_group.command("verify", short_help="Check every file of a data folder.")
@click.argument("folder", required=False, metavar="[FOLDER]")
@plugin_option()
@data_option
def verify(folder: str | None, data: str | DataFolder | None) -> None:
    """Check every file of a data folder; exit 1 if one differs, is missing or damaged.

    Checksums, sizes and numbers of rows are compared with the manifest; then every task that
    is there is read.
    """
    place = existing_data(folder if folder is not None else data)
    faults = 0
    if not place.is_sample:  # the sample is not in the manifest
        for data_set in built_in_manifest().data_sets:
            check = check_data_set(data_set, place)
            faults += check.state in {"differs", "incomplete"}
            _print_check(check)
    readable = 0
    for name in registry.tasks.names():
        try:
            plan_tasks([name], place, {})
        except (MissingDataError, SettingError):  # one of the user's own files needs their name
            continue
        except HarnessError as error:
            faults += 1
            click.echo(f"task {name}: DAMAGED {error}")
        else:
            readable += 1
    click.echo(f"{readable} tasks can be read from {place.root}")
    if faults:
        raise click.exceptions.Exit(1)


def _print_check(check: DataSetCheck) -> None:
    click.echo(f"{check.data_set.name}: {_state(check)}")
    for file in check.files:
        if file.problem:
            click.echo(f"  {file.path}: {file.problem}")
    if check.state == "incomplete":
        click.echo(f"  missing: {', '.join(file.name for file in check.missing)}")


def _state(check: DataSetCheck) -> str:
    if check.state == "incomplete":
        needed = sum(not file.documentation for file in check.data_set.files)
        return f"incomplete, {needed - len(check.missing)} of {needed} files"
    return "DIFFERS" if check.state == "differs" else check.state
