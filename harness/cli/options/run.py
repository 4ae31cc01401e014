"""What a command line says of a run, as one value: options parsed once, for every command."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import Any

import click

from harness.cli.options.context import take_context
from harness.cli.options.training import take_seeds
from harness.cli.terminal.progress import ProgressBars, progress_bars
from harness.data import DataFolder, open_data
from harness.encoder import Context
from harness.evaluation.run_options import RunOptions
from harness.training.options import TrainingOptions, checkpoint_folder


@dataclass(frozen=True)
class RunArguments:
    """What the shared options of a command say; a run starts with it.

    Attributes:
        context: Transformer, device and limits.
        data: Data folder, or ``sample``; None for the user's own.
        out: Folder of the records.
        seeds: Seeds of training; None if none is asked for.
        training: How to train, by field of `TrainingOptions`.
        others: How to run besides, by field of `RunOptions`.
    """

    context: Context
    data: str | DataFolder | None
    out: Path
    seeds: tuple[int, ...] | None
    training: Mapping[str, Any]
    others: Mapping[str, Any]

    def training_options(self, bars: ProgressBars) -> TrainingOptions:
        """Return how to train, with checkpoints beside the records and progress on the bars."""
        return TrainingOptions(
            checkpoint_folder(self.out),
            on_step=bars.on_step,
            on_progress=bars,
            on_read=bars.print_once,
            **self.training,
        )

    @contextmanager
    def started(self) -> Iterator[RunOptions]:
        """Yield the options of the run, whose progress the terminal shows meanwhile."""
        with progress_bars() as bars:
            yield RunOptions(
                open_data(self.data),
                self.context,
                self.out,
                training=self.training_options(bars),
                on_progress=bars,
                on_read=bars.print_once,
                **self.others,
            )


def run_arguments(command: Callable[..., None]) -> Callable[..., None]:
    """Hand a command its `RunArguments` as ``run``, in place of the options that make them.

    An option that is named as a field of `RunOptions` or `TrainingOptions` becomes that field.
    """

    @wraps(command)
    def parsed(**arguments: Any) -> None:
        run = RunArguments(
            take_context(arguments),
            arguments.pop("data"),
            arguments.pop("out"),
            take_seeds(arguments),
            _take_fields(TrainingOptions, arguments),
            _take_fields(RunOptions, arguments),
        )
        if run.training.get("text") is not None and run.training.get("corpus") is not None:
            raise click.UsageError("--text FILE and --corpus NAME exclude each other")
        command(run=run, **arguments)

    return parsed


def _take_fields(options: type[Any], arguments: dict[str, Any]) -> dict[str, Any]:
    """Move those arguments out of a command's that are named as a dataclass's fields."""
    names = [field.name for field in fields(options) if field.name in arguments]
    return {name: arguments.pop(name) for name in names}
