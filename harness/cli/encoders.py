"""``harness encoders``: what can be evaluated."""

from pathlib import Path
from typing import Any

import click
from rich.text import Text

from harness.checkpoints.store import CheckpointStore
from harness.cli.options.commands import Group
from harness.cli.options.context import context_options
from harness.cli.options.groups import ADVANCED, MODEL, OUTPUT, SHOW, option
from harness.cli.options.shared import PluginName, out_option, plugin_option, settings_option
from harness.cli.terminal.console import ShownConsole
from harness.cli.terminal.lists import (
    plain_table,
    print_broken,
    print_common_settings,
    print_list,
    print_settings,
)
from harness.cli.terminal.output import print_text, print_wide
from harness.cli.terminal.progress import progress_bars
from harness.encoder import Context, encoder_hooks
from harness.errors import HarnessError
from harness.plugins import registry
from harness.plugins.scaffolding import write_encoder_package
from harness.settings import Spec
from harness.testing import TOLERANCE, check_encoder
from harness.training.options import checkpoint_folder
from harness.training.training import is_trainable

_STATES = {True: ("passed", "green"), False: ("FAILED", "red"), None: ("–", "")}


@click.group("encoders", cls=Group)
def encoders_group() -> None:
    """List, show, check and write encoders."""


@encoders_group.command("list")
@plugin_option(warn=False)
@option(SHOW, "-m", "--model", metavar="MODEL", help="Show what is trained for this model alone.")
@out_option(description="Folder whose checkpoints count.")
def list_encoders(model: str | None, out: Path) -> None:
    """List every registered encoder, and which are trained."""
    trained = _trained(out, model)
    broken: list[HarnessError] = []
    rows: list[tuple[str, ...]] = []
    for name in registry.encoders.names():
        try:
            plugin = registry.encoders.load(name)
        except HarnessError as error:
            broken.append(error)
            continue
        known = "\n".join(trained.get(name, ())) or _need(plugin.factory)
        rows.append((name, plugin.summary, known, plugin.place))
    console = ShownConsole()
    print_list(console, ("encoder", "what it is", "trained", "from"), rows)
    print_broken(broken)


@encoders_group.command("show", short_help="Show one, with its source and settings.")
@click.argument("name", type=PluginName("encoder"))
@plugin_option()
def show_encoder(name: str) -> None:
    """Show what an encoder is, whom to cite, and its settings with default and source."""
    plugin = registry.encoders.load(name)
    console = ShownConsole()
    print_text(Text(f"{plugin.name}, from {plugin.place}", style="bold"))
    print_text(plugin.description)
    if plugin.citation and plugin.citation not in plugin.description:
        print_text(f"Cite: {plugin.citation}")
    print_settings(console, plugin)
    print_common_settings(console, plugin)


@encoders_group.command("new", short_help="Write a plug-in package to start from.")
@click.argument("name")
@option(
    OUTPUT,
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Folder to put the package's folder into.  [default: this one]",
)
def new_encoder(name: str, out: Path) -> None:
    """Write a plug-in package with an encoder NAME and its tests, to start from."""
    folder = write_encoder_package(name, out)
    click.echo(f"Written to {folder}. Now:")
    click.echo(f"  cd {folder} && pip install -e . && harness encoders check {name}")
    click.echo("Its tests, which pass:")
    click.echo("  pip install pytest && pytest")


@encoders_group.command("check")
@click.argument("name", type=PluginName("encoder"), metavar="ENCODER")
@plugin_option()
@context_options
@settings_option("Setting of the encoder; repeatable.", MODEL)
@option(
    ADVANCED,
    "--tolerance",
    type=click.FloatRange(min=0),
    default=TOLERANCE,
    show_default=True,
    help="How far apart vectors may be that ought to be the same, as a part of their length.",
)
def check_command(
    name: str, *, settings: dict[str, str], tolerance: float, **context: Any
) -> None:
    """Check that an encoder keeps the contract; exit 1 if it does not.

    ENCODER is a name, or a spec with settings. One that learns is trained on the sample first.

    \b
    harness encoders check letters --plugin letters.py
    harness encoders check sg-opt --model minilm --set max_steps=4
    """  # noqa: D301 - click wants the very character
    with progress_bars():
        results = check_encoder(
            name, context=Context(**context), settings=settings, tolerance=tolerance
        )
    table = plain_table("check", "result", "what is wrong")
    table.columns[0].no_wrap = True
    for result in results:
        state, colour = _STATES[result.passed]
        table.add_row(result.name, Text(state, style=colour), Text(result.explanation))
    print_wide(ShownConsole(), table)
    if any(result.passed is False for result in results):
        raise click.exceptions.Exit(1)


def _need(factory: object) -> str:
    """Say whether an encoder that is not trained has to be."""
    if is_trainable(factory):
        return "not yet"
    setting = encoder_hooks(factory).learns_with
    return "needs none" if setting is None else f"needs none, or with {setting} not yet"


def _trained(out: Path, model: str | None) -> dict[str, list[str]]:
    """Return each encoder's checkpoints: model, seeds, settings that differ from the defaults."""
    seeds: dict[tuple[str, str], list[int]] = {}
    for manifest in CheckpointStore(checkpoint_folder(out)).manifests():
        if model is None or manifest["model"] == model:
            seeds.setdefault((manifest["spec"], manifest["model"]), []).append(manifest["seed"])
    lines: dict[str, list[str]] = {}
    for (spec, base), found in seeds.items():
        numbers = ", ".join(map(str, sorted(found)))
        line = f"{base}, seed{'s' if len(found) > 1 else ''} {numbers}"
        name, changed = Spec.split(spec)
        lines.setdefault(name, []).append(f"{line} ({changed})" if changed else line)
    return lines
