"""``harness bench``: what encoders cost on this machine."""

from typing import Any

import click

from harness.cli.options.commands import Command
from harness.cli.options.context import context_options
from harness.cli.options.groups import SCORE, option
from harness.cli.options.shared import (
    PluginName,
    data_option,
    format_option,
    plugin_option,
    settings_option,
)
from harness.cli.options.tasks import tasks_option, tasks_or_files
from harness.cli.terminal.output import end_with, show_tables
from harness.cli.terminal.progress import progress_bars
from harness.data import DataFolder
from harness.encoder import Context
from harness.settings import Spec
from harness.studies.timing import benchmark


@click.command("bench", cls=Command)
@click.argument("encoders", nargs=-1, required=True, type=PluginName("encoder"))
@plugin_option()
@tasks_or_files(
    tasks_option("stsb-test", description="Tasks or suites whose distinct sentences are encoded.")
)
@context_options
@data_option
@settings_option()
@option(
    SCORE,
    "--rounds",
    type=click.IntRange(min=1),
    default=3,
    show_default=True,
    help="How often each encoder encodes all sentences.",
)
@option(
    SCORE,
    "--memory/--no-memory",
    default=True,
    show_default=True,
    help="Measure memory too, in a process of its own for each encoder.",
)
@format_option(description="How to print the times.")
def bench_command(
    encoders: tuple[str, ...],
    *,
    tasks: list[str | Spec],
    data: str | DataFolder | None,
    settings: dict[str, str],
    rounds: int,
    memory: bool,
    output_format: str,
    **context: Any,
) -> None:
    """Train ENCODERS, and time them beside mean pooling.

    Trainable encoders are trained again, on their own text; nothing of it is kept. Encoders take
    turns, and the median round counts.

    \b
    harness bench wk flow whitening --model minilm --set k=256 --data sample
    harness bench sg-opt --model bert-base-uncased --tasks stsb-test --rounds 5
    """  # noqa: D301 - click wants the very character
    with progress_bars() as bars:
        bench = benchmark(
            encoders,
            tasks,
            data=data,
            context=Context(**context),
            settings=settings,
            rounds=rounds,
            memory=memory,
            on_progress=bars,
            on_read=bars.print_once,
        )
    show_tables([bench.table()], output_format)
    end_with(bench.failures)
