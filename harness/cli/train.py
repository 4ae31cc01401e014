"""``harness train``: train an encoder; its hyperparameters are options."""

from dataclasses import replace
from typing import Any

import click
from rich.text import Text
from typing_extensions import override

from harness.cli.options.commands import Command, join_settings
from harness.cli.options.context import context_options
from harness.cli.options.groups import MODEL, TRAINING, option
from harness.cli.options.run import RunArguments, run_arguments
from harness.cli.options.settings import setting_options
from harness.cli.options.shared import (
    data_option_in,
    lock_timeout_option,
    out_option,
    plugin_option,
)
from harness.cli.options.training import training_options
from harness.cli.terminal.console import ShownConsole
from harness.cli.terminal.endings import Stopwatch, counted, print_ending
from harness.cli.terminal.lists import plain_table
from harness.cli.terminal.progress import progress_bars
from harness.data import open_data
from harness.errors import HarnessError
from harness.machine.distributed import is_first_process
from harness.planning.encoder_arguments import name_encoders
from harness.planning.encoder_specs import EncoderSpec
from harness.planning.planned_encoders import plan_encoders
from harness.plugins import registry
from harness.plugins.files import load_if_possible
from harness.plugins.registry import Plugin
from harness.results.records.training import DevRecord, TrainingRecord
from harness.trainable import NO_MODEL, Training
from harness.training.advice import evaluation_command
from harness.training.on_demand import Checkpoint
from harness.training.training import is_trainable, refuse_untrainable, train


class TrainGroup(click.Group):
    """One command for each encoder that learns, made from its settings when it is asked for."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the encoders that can be trained."""
        return [name for name in registry.encoders.names() if _is_trainable(name)]

    @override
    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Run the plug-in files named behind the encoder: it may be of one of them."""
        for place, word in enumerate(args[1:], 1):
            name, equals, value = word.partition("=")
            if name == "--plugin":
                load_if_possible([value] if equals else args[place + 1 : place + 2])
        return super().resolve_command(ctx, args)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        """Make the command of one encoder, named or given as a spec with settings."""
        (asked,) = name_encoders(cmd_name)
        plugin = asked.plugin()
        refuse_untrainable(plugin)
        return _command(cmd_name, plugin)


@click.command("train", cls=TrainGroup, subcommand_metavar="ENCODER [OPTIONS]")
def train_group() -> None:
    """Train an encoder, one checkpoint per seed.

    ENCODER is a name, or a spec with settings such as sg-opt:temperature=0.1; its hyperparameters
    are listed by 'harness train ENCODER --help'. A killed training resumes with the same command.

    \b
    harness train sg-opt --model minilm --seeds 8
    torchrun --nproc-per-node 4 -m harness train sg-opt --model bert-large-uncased --bf16
    """  # noqa: D301 - click wants the very character


def _command(spec: str, plugin: Plugin[Any]) -> click.Command:
    @plugin_option()
    @training_options
    @context_options
    @option(MODEL, "--bf16", is_flag=True, help="Short for --dtype bf16.")
    @data_option_in(TRAINING)
    @out_option(description="Checkpoints go to its folder checkpoints.")
    @option(
        TRAINING,
        "--save-seconds",
        type=click.FloatRange(min=0),
        default=Training.save_seconds,
        show_default=True,
        metavar="SECONDS",
        help="A killed training loses at most what it did in this time.",
    )
    @lock_timeout_option
    def run(**options: Any) -> None:
        given = {option.name: options.pop(option.name) for option in own}
        settings = {name: value for name, value in given.items() if value is not None}
        join_settings(EncoderSpec.parse(spec).settings, settings)
        _train(spec=spec, settings=settings, **options)

    command = click.command(spec, cls=Command, help=plugin.description, short_help=plugin.summary)(
        run
    )
    taken = [param.name for param in command.params if param.name]
    own = setting_options(plugin.settings_type, taken)
    command.params = [*own, *command.params]
    return command


@run_arguments
def _train(*, spec: str, settings: dict[str, Any], bf16: bool, run: RunArguments) -> None:
    watch = Stopwatch()
    with progress_bars() as bars:
        options = run.training_options(bars)
        context = replace(run.context, dtype="bf16") if bf16 else run.context
        trained = train(
            spec,
            data=run.data,
            context=context,
            settings=settings,
            seeds=run.seeds or (0,),
            options=options,
        )
    if is_first_process():
        _show(trained)
        (planned,) = plan_encoders([spec], settings)
        following = evaluation_command(
            planned,
            context,
            data=open_data(run.data),
            training=options,
            seeds=run.seeds or (0,),
        )
        new = sum(each.is_new for each in trained)
        print_ending(f"trained {counted(new, 'seed')} in {watch}", following)


def _show(trained: list[Checkpoint]) -> None:
    """Print what is trained now, and where it lies."""
    first = trained[0]
    start = "" if first.manifest["base"] == NO_MODEL else f" from {first.manifest['model']}"
    title = f"{first.manifest['spec']}{start}, on {first.record.corpus}"
    sentences = f"({first.record.sentences} sentences{_picked_by(first.record)})"
    table = plain_table("seed", "steps", "best step", "dev × 100", "time")
    for each in trained:
        history = each.manifest["history"]
        dev = history.get("dev")
        cells = [
            each.manifest["seed"],
            history.get("steps", "–"),
            history.get("best_step", "–"),
            "–" if dev is None else f"{100 * dev:.2f}",
            f"{each.record.seconds:.0f} s" if each.is_new else "trained before",
        ]
        table.add_row(*map(str, cells))
    console = ShownConsole()
    console.print(Text(f"{title} {sentences}"), soft_wrap=True)
    console.print(table)
    for each in trained:
        click.echo(f"seed {each.manifest['seed']}: {each.folder}")


def _picked_by(record: TrainingRecord) -> str:
    """Say which weights were kept, where there is a choice."""
    dev = record.picked_by
    if isinstance(dev, DevRecord):
        return f"; weights picked by {dev.metric} on {dev.task}"
    return "" if dev is None else f"; {dev} kept"


def _is_trainable(name: str) -> bool:
    try:
        return is_trainable(registry.encoders.load(name).factory)
    except HarnessError:
        return False
