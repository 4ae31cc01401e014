"""``harness data``: find and check data sets."""

import click
from rich.console import Console
from rich.text import Text

from harness import registry
from harness.cli.back_translation import back_translate_command
from harness.cli.listing import plain_table
from harness.cli.options import data_option
from harness.data import open_data, user_data_folder
from harness.errors import HarnessError, MissingDataError
from harness.planning import plan_tasks


@click.group("data")
def data_group() -> None:
    """Find and check data sets."""


data_group.add_command(back_translate_command)


@data_group.command("where")
@data_option
def where(data: str | None) -> None:
    """Print the data folder that other commands would read."""
    try:
        click.echo(str(open_data(data).root))
    except MissingDataError as error:
        click.echo(f"{user_data_folder()} (does not exist)")
        raise click.exceptions.Exit(1) from error


@data_group.command("list")
@data_option
def list_data(data: str | None) -> None:
    """List which tasks' files are there."""
    folder = open_data(data)
    table = plain_table("task", "files", "rows")
    for name in registry.tasks.names():
        try:
            (planned,) = plan_tasks([name], folder, {})
        except MissingDataError:
            table.add_row(name, Text("absent", style="dim"), "")
        except HarnessError as error:
            table.add_row(name, Text(str(error), style="red"), "")
        else:
            files = planned.task.files
            table.add_row(name, str(len(files)), str(sum(file.rows for file in files)))
    Console().print(table)


@data_group.command("verify")
@data_option
def verify(data: str | None) -> None:
    """Read every file that is there and name what is damaged; exit 1 if anything is."""
    folder = open_data(data)
    damaged = 0
    for name in registry.tasks.names():
        try:
            (planned,) = plan_tasks([name], folder, {})
        except MissingDataError:
            click.echo(f"{name}: absent")
        except HarnessError as error:
            damaged += 1
            click.echo(f"{name}: DAMAGED {error}")
        else:
            click.echo(f"{name}: ok, checksum {planned.data_checksum[:16]}")
    if damaged:
        raise click.exceptions.Exit(1)
