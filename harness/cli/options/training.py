"""Options of whatever trains: the text and the seeds."""

from pathlib import Path
from typing import Any

import click

from harness.cli.options.shared import F, add_options
from harness.cli.terminal.progress import ProgressBars
from harness.training.options import TrainingOptions, checkpoint_folder


def training_options(command: F) -> F:
    """Add the options that say on what and how often to train."""
    return add_options(
        command,
        click.option(
            "--text",
            type=click.Path(dir_okay=False, path_type=Path),
            metavar="FILE",
            help="Train on this file, in the form of the encoder's own corpus: one sentence a"
            " line, labelled NLI pairs (TSV, JSONL, .gz), or a pairs file.",
        ),
        click.option(
            "--corpus",
            metavar="NAME",
            help="Train on this registered text.  [default: each encoder's own]",
        ),
        click.option(
            "--limit",
            type=click.IntRange(min=2),
            metavar="N",
            help="Train on N of its sentences or pairs, drawn at random with the seed.",
        ),
        click.option(
            "--seeds",
            type=click.IntRange(min=1),
            metavar="N",
            help="Train N times, with seeds 0 to N-1.",
        ),
        click.option(
            "--seed",
            type=click.IntRange(min=0),
            metavar="K",
            help="Train with seed K alone.  [default: 0]",
        ),
        click.option(
            "--retrain",
            is_flag=True,
            help="Train anew, checkpoint or not; the old one stays until the new one is whole."
            " Killed, the same command goes on with its seed, and trains finished ones again.",
        ),
    )


def take_seeds(options: dict[str, Any]) -> tuple[int, ...] | None:
    """Move the seeds out of a command's keyword arguments; None if none is asked for.

    Raises:
        click.UsageError: If both ways to name them are used.
    """
    count, single = options.pop("seeds", None), options.pop("seed", None)
    if count is not None and single is not None:
        raise click.UsageError("--seeds N and --seed K exclude each other")
    if single is not None:
        return (single,)
    return tuple(range(count)) if count is not None else None


def take_training(
    options: dict[str, Any],
    bars: ProgressBars,
    **more: Any,
) -> TrainingOptions:
    """Move the text and whether to retrain out of a command's keyword arguments.

    Args:
        options: The arguments; checkpoints go to its folder ``out``, which stays in it.
        bars: Show how far training is, and the work before it.
        more: What this command alone lets a user choose.

    Raises:
        click.UsageError: If both ways to name the text are used.
    """
    taken = {name: options.pop(name) for name in ("text", "corpus", "limit", "retrain")}
    if taken["text"] is not None and taken["corpus"] is not None:
        raise click.UsageError("--text FILE and --corpus NAME exclude each other")
    folder = checkpoint_folder(options["out"])
    return TrainingOptions(folder, **taken, **more, on_step=bars.on_step, on_progress=bars)
