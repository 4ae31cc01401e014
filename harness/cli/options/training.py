"""Options of whatever trains: the text and the seeds."""

from typing import Any

import click

from harness.cli.options.completion import complete_corpus
from harness.cli.options.groups import TRAINING, option
from harness.cli.options.shared import F, add_options
from harness.training.trackers import NO_TRACKER

report_to_option = option(
    TRAINING,
    "--report-to",
    metavar="TRACKERS",
    default=NO_TRACKER,
    show_default=True,
    help="Log the progress of training to tensorboard (in a folder of that name beside the"
    " records), trackio or wandb, with commas between them; it changes nothing else.",
)


def training_options(command: F) -> F:
    """Add the options that say on what and how often to train."""
    return add_options(
        command,
        option(
            TRAINING,
            "--text",
            type=click.Path(dir_okay=False),
            metavar="FILE[,NAME=VALUE...]",
            help="Train on this text: sentences, one per line or in a column, or the labelled NLI"
            " pairs, triplets or paraphrases that some encoders learn from. Any form that --pairs"
            " takes; settings columns and part.",
        ),
        option(
            TRAINING,
            "--corpus",
            shell_complete=complete_corpus,
            metavar="NAME",
            help="Train on this registered text.  [default: each encoder's own]",
        ),
        option(
            TRAINING,
            "--limit",
            type=click.IntRange(min=2),
            metavar="N",
            help="Train on N of its sentences or pairs, drawn at random with the seed.",
        ),
        option(
            TRAINING,
            "--dev",
            metavar="TASK|FILE|none",
            help="Keep the weights that score best on this task, given as for --tasks, or on this"
            " file of scored pairs; none keeps the last.  [default: stsb-dev, with --text none]",
        ),
        option(
            TRAINING,
            "--dev-metric",
            metavar="METRIC",
            help="Metric of the --dev task to pick by.  [default: the task's first]",
        ),
        option(
            TRAINING,
            "--seeds",
            type=click.IntRange(min=1),
            metavar="N",
            help="Train N times, with seeds 0 to N-1.",
        ),
        option(
            TRAINING,
            "--seed",
            type=click.IntRange(min=0),
            metavar="K",
            help="Train with seed K alone.  [default: 0]",
        ),
        option(
            TRAINING,
            "--retrain",
            is_flag=True,
            help="Train again, checkpoint or not; the old one stays until the new one is whole."
            " Killed, the same command resumes that seed, and trains finished ones again.",
        ),
        report_to_option,
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
