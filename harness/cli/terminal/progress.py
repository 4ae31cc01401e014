"""Bars of encoding, training and downloads on the terminal's error stream."""

import math
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from time import monotonic

import click
from rich.console import RenderableType
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Column
from rich.text import Text
from typing_extensions import override

from harness.acquisition.downloads import OnBytes
from harness.cli.terminal.console import ShownConsole

_LABEL = 28  # characters, so that a bar is left on 60 columns
_TAIL = 12  # characters of a longer label that are kept of its end: there is the seed
_LINE_SECONDS = 10.0  # between plain lines of a training run
_OTHERS = ("dev", "learning_rate", "sentences_per_second")  # values that are no loss


class _ValuedBars(Progress):
    """Bars, and below them in lines of their own the values of what is trained."""

    @override
    def get_renderables(self) -> Iterable[RenderableType]:
        """Yield the bars, then each line of values; a narrow terminal folds it."""
        yield from super().get_renderables()
        yield from (
            Text(f"  {task.fields['status']}")
            for task in self.tasks
            if task.visible and task.fields["status"]
        )


class ProgressBars:
    """A bar for each labelled piece of work; call it as `harness.task.OnProgress`.

    Args:
        bars: What draws them.
        is_terminal: Whether there is anyone to see them; if not, training prints lines.
    """

    def __init__(self, bars: Progress, *, is_terminal: bool) -> None:
        self._bars, self._is_terminal = bars, is_terminal
        self._shown: dict[str, TaskID] = {}
        self._values: dict[str, dict[str, float]] = {}
        self._began: dict[str, tuple[float, int]] = {}
        self._printed_at = -math.inf
        self._lines: set[str] = set()
        self._unprinted = ""  # the latest line, if it came too soon after the one before

    def __call__(self, label: str, done: int, total: int) -> None:
        """Show how far a piece of work is."""
        self._draw(label, done, total, "")

    def on_step(self, label: str, step: int, total: int, values: Mapping[str, float]) -> None:
        """Show how far a training run is, and its latest values."""
        known = self._values.setdefault(label, {})
        known.update(values)
        status = _values_text(known)
        if self._is_terminal:
            self._draw(f"training {label}", step, total, status)
            return
        if label not in self._began:
            self.print_last()
            self._began[label] = (monotonic(), step)
        began, first = self._began[label]
        now = monotonic()
        speed = (now - began) / max(step - first, 1)
        left = f", {speed * (total - step):.0f} s left" if step > first else ""
        self._unprinted = f"training {label}: step {step}/{total}, {status}{left}"
        if "dev" in values or now - self._printed_at >= _LINE_SECONDS:
            self._printed_at = now
            self.print_last()

    def print_last(self) -> None:
        """Print the latest line of a training run, unless it is printed already."""
        if self._unprinted:
            click.echo(self._unprinted, err=True)
            self._unprinted = ""

    def print_once(self, line: str) -> None:
        """Print a line above the bars, unless it is printed already."""
        if line not in self._lines:
            self._lines.add(line)
            self._bars.console.print(Text(line), soft_wrap=True)

    def _draw(self, label: str, done: int, total: int, status: str) -> None:
        if label not in self._shown:
            self._shown[label] = self._bars.add_task(_shorten(label), total=total, status="")
        self._bars.update(
            self._shown[label],
            completed=done,
            total=total,
            status=status,
            visible=done < total,
        )


@contextmanager
def progress_bars() -> Iterator[ProgressBars]:
    """Yield what shows how far each labelled piece of work is.

    What a plug-in prints meanwhile goes to the error stream: the other one is for results.
    """
    console = ShownConsole(stderr=True)
    whole = Column(no_wrap=True)  # on a narrow terminal the bar alone gives way
    bars = _ValuedBars(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(table_column=whole),
        TimeElapsedColumn(table_column=whole),
        TimeRemainingColumn(table_column=whole),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with redirect_stdout(sys.stderr), bars:
        shown = ProgressBars(bars, is_terminal=console.is_terminal)
        try:
            yield shown
        finally:
            shown.print_last()


def _shorten(label: str) -> str:
    """Leave out the middle of a long label."""
    if len(label) <= _LABEL:
        return label
    return f"{label[: _LABEL - _TAIL - 1]}…{label[-_TAIL:]}"


def _values_text(values: Mapping[str, float]) -> str:
    """Write a training run's values: the loss, its parts, the dev score, the speed."""
    speed = values.get("sentences_per_second", 0.0)
    parts = [f"{name} {value:.3g}" for name, value in values.items() if name not in _OTHERS]
    parts += [f"dev {values['dev']:.4f}"] if "dev" in values else []
    return ", ".join([*parts, f"{speed:.0f} sentences/s"] if speed else parts)


@contextmanager
def transfer_bars() -> Iterator[OnBytes]:
    """Yield a function that shows how far each download is."""
    console = ShownConsole(stderr=True)
    bars = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    shown: dict[str, TaskID] = {}

    def show(name: str, done: int, total: int | None) -> None:
        if name not in shown:
            shown[name] = bars.add_task(name, total=total)
        bars.update(shown[name], completed=done, total=total)

    with bars:
        yield show
