"""What the list and show commands print of plug-ins."""

from collections.abc import Sequence

import rich.box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness import registry
from harness.errors import HarnessError
from harness.plugin_files import broken_files
from harness.settings import setting_fields

_WIDEST = 1000  # characters


def plain_table(*columns: str) -> Table:
    """Return an empty table with these heads."""
    table = Table(box=rich.box.SIMPLE_HEAD)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def print_wide(console: Console, table: Table) -> None:
    """Print a table as wide as the terminal; a file or pipe is as wide as the table."""
    if not console.is_terminal:
        narrowest, console.width = console.width, _WIDEST
        console.width = max(narrowest, console.measure(table).maximum)
    console.print(table)


def print_broken(console: Console, errors: Sequence[HarnessError]) -> None:
    """Print a line for each plug-in, and each plug-in file, that cannot be used."""
    for error in [*errors, *broken_files().values()]:
        console.print(Text(f"Broken: {error}", style="red"), soft_wrap=True)


def print_settings(console: Console, plugin: "registry.Plugin[object]") -> None:
    """Print a plug-in's settings, or that it has none."""
    fields = setting_fields(plugin.settings_type)
    if not fields:
        console.print("\nNo settings.")
        return
    table = plain_table("setting", "type", "default", "meaning", "source")
    for field in fields:
        cells = (field.name, field.type, str(field.default), field.help, field.source)
        table.add_row(*(Text(cell) for cell in cells))
    console.print()
    console.print(table)
