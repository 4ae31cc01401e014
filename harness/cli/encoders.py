"""``harness encoders``: what can be evaluated."""

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness import registry
from harness.checkpoints import CheckpointStore
from harness.cli.listing import plain_table
from harness.cli.options import PluginName, out_option
from harness.errors import HarnessError
from harness.on_demand import checkpoint_folder
from harness.settings import setting_fields
from harness.training import is_trainable


@click.group("encoders")
def encoders_group() -> None:
    """List encoders, show one's settings."""


@encoders_group.command("list")
@click.option("-m", "--model", metavar="MODEL", help="Show what is trained for this model alone.")
@out_option(told="Folder whose checkpoints count.")
def list_encoders(model: str | None, out: Path) -> None:
    """List every registered encoder, and which are trained."""
    trained = _trained(out, model)
    table = plain_table("encoder", "what it is", "trained", "from")
    table.columns[0].no_wrap = table.columns[-1].no_wrap = True
    for name in registry.encoders.names():
        try:
            plugin = registry.encoders.load(name)
        except HarnessError as error:
            table.add_row(name, Text(str(error), style="red"), "", "")
            continue
        known = "\n".join(trained.get(name, ()))
        known = known or ("not yet" if is_trainable(plugin.factory) else "needs none")
        table.add_row(name, Text(plugin.summary), Text(known), plugin.origin)
    Console().print(table)


@encoders_group.command("show")
@click.argument("name", type=PluginName("encoder"))
def show_encoder(name: str) -> None:
    """Show what an encoder is, and its settings with default and source."""
    plugin = registry.encoders.load(name)
    console = Console()
    console.print(Text(f"{plugin.name}, from {plugin.origin}", style="bold"))
    console.print(Text(plugin.description), soft_wrap=True)
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


def _trained(out: Path, model: str | None) -> dict[str, list[str]]:
    """Tell each encoder's checkpoints: model, seeds, settings that differ from the defaults."""
    seeds: dict[tuple[str, str], list[int]] = {}
    for manifest in CheckpointStore(checkpoint_folder(out)).manifests():
        if model is None or manifest["model"] == model:
            seeds.setdefault((manifest["spec"], manifest["model"]), []).append(manifest["seed"])
    told: dict[str, list[str]] = {}
    for (spec, base), found in seeds.items():
        numbers = ", ".join(map(str, sorted(found)))
        line = f"{base}, seed{'s' if len(found) > 1 else ''} {numbers}"
        name, _, changed = spec.partition(":")
        told.setdefault(name, []).append(f"{line} ({changed})" if changed else line)
    return told
