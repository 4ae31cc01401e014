"""``harness encoders``: what can be evaluated."""

import inspect

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness import registry
from harness.cli.listing import plain_table
from harness.cli.options import PluginName
from harness.errors import HarnessError
from harness.settings import setting_fields


@click.group("encoders")
def encoders_group() -> None:
    """List encoders, show one's settings."""


@encoders_group.command("list")
def list_encoders() -> None:
    """List every registered encoder."""
    table = plain_table("encoder", "what it is", "from")
    for name in registry.encoders.names():
        try:
            plugin = registry.encoders.load(name)
        except HarnessError as error:
            table.add_row(name, Text(str(error), style="red"), "")
            continue
        table.add_row(name, Text(plugin.summary), plugin.origin)
    Console().print(table)


@encoders_group.command("show")
@click.argument("name", type=PluginName("encoder"))
def show_encoder(name: str) -> None:
    """Show what an encoder is, and its settings with default and source."""
    plugin = registry.encoders.load(name)
    console = Console()
    console.print(Text(f"{plugin.name}, from {plugin.origin}", style="bold"))
    console.print(Text(inspect.getdoc(plugin.factory) or ""), soft_wrap=True)
    print_settings(console, plugin)


def print_settings(console: Console, plugin: "registry.Plugin[object]") -> None:
    """Print a plug-in's settings, or that it has none."""
    fields = setting_fields(plugin.settings_type)
    if not fields:
        console.print("\nNo settings.")
        return
    table: Table = plain_table("setting", "type", "default", "meaning", "source")
    for field in fields:
        cells = (field.name, field.type, str(field.default), field.help, field.source)
        table.add_row(*(Text(cell) for cell in cells))
    console.print()
    console.print(table)
