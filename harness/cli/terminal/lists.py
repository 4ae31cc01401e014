"""What the list and show commands print of plug-ins."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from rich.table import Table
from rich.text import Text

from harness.cli.terminal.console import ShownConsole
from harness.cli.terminal.output import is_bounded, print_text, print_wide
from harness.common_settings import CommonSettings
from harness.errors import HarnessError
from harness.plugins import registry
from harness.plugins.files import broken_files
from harness.results.formats.terminal import BOX
from harness.settings import SettingField, setting_fields

_NARROW = 100  # characters; a list of four columns needs as many to be read with ease


def plain_table(*columns: str) -> Table:
    """Return an empty table with these heads."""
    table = Table(box=BOX)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def print_list(
    console: ShownConsole, heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]
) -> None:
    """Print a row for each named thing; on a narrow terminal, what follows the second cell below.

    Args:
        console: Where to.
        heads: The first is that of the names.
        rows: A text for each head.
    """
    narrow = is_bounded(console) and console.width < _NARROW
    table = plain_table(*(heads[:2] if narrow else heads))
    table.columns[0].no_wrap = True
    for name, *cells in rows:
        shown = [Text(cell) for cell in cells]
        if narrow:
            details = "; ".join(cell.replace("\n", "; ") for cell in cells[1:] if cell)
            shown = [Text.assemble(cells[0], (f"\n{details}" if details else "", "dim"))]
        table.add_row(Text(name), *shown)
    print_wide(console, table)


def print_broken(errors: Sequence[HarnessError]) -> None:
    """Print a line for each plug-in, and each plug-in file, that cannot be used."""
    for error in [*errors, *broken_files().values()]:
        print_text(Text(f"Broken: {error}", style="red"))


def print_settings(
    console: ShownConsole,
    plugin: "registry.Plugin[object]",
    asked: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Print a plug-in's settings, those asked for in place of defaults, or that it has none."""
    if plugin.setting_fields:
        _print_fields(console, plugin.setting_fields, asked)
    else:
        console.print("\nNo settings.")


def print_common_settings(console: ShownConsole, plugin: "registry.Plugin[object]") -> None:
    """Print the settings that an encoder has besides its own."""
    own = {field.name for field in plugin.setting_fields}
    console.print("\nSettings of every encoder:")
    _print_fields(
        console, [field for field in setting_fields(CommonSettings) if field.name not in own]
    )


def _print_fields(
    console: ShownConsole,
    fields: Sequence[SettingField],
    asked: Mapping[str, str] = MappingProxyType({}),
) -> None:
    rows = [
        (
            f"{field.name}={asked.get(field.name, field.default)}",
            field.help,
            field.type.replace("|", " | "),
            field.source,
        )
        for field in fields
    ]
    console.print()
    print_list(console, ("setting", "meaning", "type", "source of the default"), rows)
