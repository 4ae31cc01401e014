"""``harness export``: an encoder as a model that other packages load."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from harness.checkpoints.manifest import is_finished
from harness.cli.options.commands import Command
from harness.cli.options.context import context_options, take_context
from harness.cli.options.groups import MODEL, OUTPUT, option
from harness.cli.options.shared import (
    PluginName,
    lock_timeout_option,
    out_option,
    plugin_option,
    settings_option,
)
from harness.cli.terminal.progress import progress_bars
from harness.errors import SettingError

_OF_THE_CHECKPOINT = ("model", "dtype", "max_length", "seed")


@click.command("export", cls=Command)
@click.argument("encoder", type=PluginName("encoder"))
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@plugin_option()
@option(
    OUTPUT,
    "--to",
    type=click.Choice(["sentence-transformers"]),
    default="sentence-transformers",
    show_default=True,
    help="Which package is to load it.",
)
@context_options
@option(MODEL, "--seed", type=int, default=0, show_default=True, help="Seed of its training.")
@settings_option("Setting of the encoder; repeatable.", MODEL)
@option(
    MODEL,
    "--checkpoint",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Weights of an encoder that must be trained.  [default: those below --records]",
)
@out_option(description="Folder of the records, whose scores go into the model card.")
@option(OUTPUT, "--push", metavar="OWNER/NAME", help="Upload it to the Hugging Face Hub.")
@option(OUTPUT, "--private", is_flag=True, help="Make a repository that is not there yet private.")
@lock_timeout_option
def export_command(
    encoder: str,
    folder: Path,
    *,
    to: str,
    seed: int,
    settings: dict[str, str],
    checkpoint: Path | None,
    out: Path,
    push: str | None,
    private: bool,
    **options: Any,
) -> None:
    """Write an encoder into FOLDER as sentence-transformers loads it, with a model card.

    ENCODER is a name, a spec with settings, or the folder of a checkpoint. FOLDER must be new,
    empty, or an earlier export, which is replaced. The card has the scores of the records in
    --records that are of just this encoder.

    \b
    harness export sg-opt my-encoder --model minilm
    harness export mean:layers=last2 my-encoder --model minilm --push me/my-encoder
    """  # noqa: D301 - click wants the very character
    if is_finished(Path(encoder)):
        _refuse_other_choices()
    from harness.exporting.exporting import export  # deferred: torch, 2 s

    with progress_bars():
        done = export(
            encoder,
            folder,
            to=to,
            context=replace(take_context(options), seed=seed),
            settings=settings,
            checkpoint=checkpoint,
            out=out,
            push=push,
            private=private,
        )
    checked = (
        "" if done.difference is None else f"; vectors differ by {done.difference:.1g} at most"
    )
    scored = f"{done.results} result{'' if done.results == 1 else 's'} in its card"
    click.echo(f"{done.folder}: {done.spec} for {to}, {scored}{checked}")
    if done.url:
        click.echo(done.url)


def _refuse_other_choices() -> None:
    """Refuse options beside a checkpoint that it decides itself."""
    ctx = click.get_current_context()
    for name in _OF_THE_CHECKPOINT:
        if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            option = f"--{name.replace('_', '-')}"
            raise SettingError(f"{option} is what the checkpoint says: leave it out")
