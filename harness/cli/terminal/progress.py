"""Bars of encoding, training and downloads on the terminal's error stream."""

import math
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout

from rich.console import RenderableType
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Column
from rich.text import Text
from typing_extensions import override

from harness.acquisition.downloads import OnBytes
from harness.cli.terminal.console import ShownConsole
from harness.cli.terminal.progress_lines import ProgressLines
from harness.cli.terminal.progress_text import count_text, shorten, time_text, values_text
from harness.results.progress import Counted, observed, unit_of

_LABEL = 12  # characters that a label has at least
_BARS = ((69, 4), (99, 8), (math.inf, 32))  # columns of a terminal, and of its bars


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

    def label_width(self) -> int:
        """Return the characters that the numbers and the narrowest bar leave to a label."""
        numbers = max((len(_numbers(task)) for task in self.tasks), default=0)
        return max(self.console.width - numbers - _bar_width(self.console.width) - 2, _LABEL)


class _Label(ProgressColumn):
    """What is done, shortened to the room that there is."""

    bars: _ValuedBars

    @override
    def render(self, task: Task) -> Text:
        """Return the label of one bar."""
        return Text(shorten(task.description, self.bars.label_width()))


class _Numbers(ProgressColumn):
    """How much is done, how fast, and the time left; of what has no count, its time so far."""

    @override
    def render(self, task: Task) -> Text:
        """Return the numbers of one bar."""
        return Text(_numbers(task))


def _numbers(task: Task) -> str:
    seconds = task.elapsed or 0.0
    if task.total is None:
        return time_text(seconds)
    first, unit = task.fields["first"], task.fields["unit"]
    return count_text(int(task.completed), int(task.total), unit, seconds, first)


def _bar_width(columns: int) -> int:
    return next(bar for widest, bar in _BARS if columns <= widest)


class ProgressBars:
    """A bar for each piece of work; call it as `harness.task.OnProgress`.

    It is an `harness.results.progress.Observer` too.

    Args:
        bars: What draws them.
        lines: What is printed in their place where there is no terminal; None on one.
    """

    def __init__(self, bars: Progress, lines: ProgressLines | None) -> None:
        self._bars, self._lines = bars, lines
        self._shown: dict[str, TaskID] = {}
        self._counted: set[str] = set()
        self._values: dict[str, dict[str, float]] = {}
        self._printed: set[str] = set()

    def __call__(self, label: str, done: int, total: int) -> None:
        """Show how much of counted work is done."""
        if self._lines is not None:
            self._lines.count(label, done, total)
        else:
            self._draw(label, done, total)

    def begin(self, what: str) -> None:
        """Show what begins, and has no count."""
        if self._lines is not None:
            self._lines.begin(what)
        elif what not in self._shown:
            self._shown[what] = self._bars.add_task(what, total=None, status="")

    def end(self, what: str) -> None:
        """Show it no longer."""
        if self._lines is not None:
            self._lines.end(what)
        elif what in self._shown:
            self._bars.remove_task(self._shown.pop(what))
            self._counted.discard(what)

    def on_step(self, label: str, step: int, total: int, values: Mapping[str, float]) -> None:
        """Show how far a training run is, and its latest values."""
        known = self._values.setdefault(label, {})
        known.update(values)
        if self._lines is not None:
            self._lines.train(label, step, total, known, is_scored="dev" in values)
            return
        self._draw(Counted(f"training {label}", "steps"), step, total, values_text(known))

    def print_once(self, line: str) -> None:
        """Print a line above the bars, unless it is printed already."""
        if line not in self._printed:
            self._printed.add(line)
            self._bars.console.print(Text(line), soft_wrap=True)

    def _draw(self, label: str, done: int, total: int, status: str = "") -> None:
        if done >= total:
            self.end(label)
            return
        self.begin(label)
        shown = self._shown[label]
        if label not in self._counted:
            self._counted.add(label)
            self._bars.reset(shown, total=total, status="", first=done, unit=unit_of(label))
        self._bars.update(shown, completed=done, total=total, status=status)


@contextmanager
def progress_bars() -> Iterator[ProgressBars]:
    """Yield what shows how far each piece of work is; all that takes time is shown meanwhile.

    What a plug-in prints meanwhile goes to the error stream: the other one is for results.
    """
    console = ShownConsole(stderr=True)
    label = _Label(table_column=Column(no_wrap=True))
    bars = _ValuedBars(
        label,
        BarColumn(_bar_width(console.width)),
        _Numbers(table_column=Column(no_wrap=True)),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    label.bars = bars
    lines = None if console.is_terminal else ProgressLines()
    shown = ProgressBars(bars, lines)
    watching = bars if lines is None else lines.printed()
    with redirect_stdout(sys.stderr), watching, observed(shown):
        yield shown


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
