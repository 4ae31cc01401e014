"""Plain lines of progress where nobody watches a terminal: one every ten seconds at most."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, RLock, Thread
from time import monotonic

import click

from harness.cli.terminal.progress_text import count_text, time_text, values_text
from harness.results.progress import unit_of

_SECONDS = 10.0  # between lines
_LOOK_SECONDS = 0.5  # between looks whether a line is due


@dataclass
class _Work:
    """One thing that is going on.

    Attributes:
        began: When it did.
        first: Pieces done by then.
        done: Pieces done now.
        total: All pieces; None if they have no count.
        unit: What the pieces are.
    """

    began: float
    first: int = 0
    done: int = 0
    total: int | None = None
    unit: str = ""


class ProgressLines:
    """Prints what is going on, and how a training run does; quick work leaves no line."""

    def __init__(self) -> None:
        self._printed_at = monotonic()
        self._open: dict[str, _Work] = {}
        self._trained: dict[str, _Work] = {}
        self._unprinted = ""  # the latest line of training, if it came too soon
        self._lock = RLock()

    def count(self, label: str, done: int, total: int) -> None:
        """Take note of counted work."""
        with self._lock:
            work = self._open.get(label)
            if work is None or work.total is None:
                work = _Work(monotonic(), first=done)
            if done >= total:
                self._open.pop(label, None)
            else:
                work.done, work.total = done, total
                work.unit, self._open[label] = unit_of(label), work
            self.print_if_due()

    def begin(self, what: str) -> None:
        """Take note of what begins, and has no count."""
        with self._lock:
            self._open.setdefault(what, _Work(monotonic()))

    def end(self, what: str) -> None:
        """Take note of its end."""
        with self._lock:
            self._open.pop(what, None)

    def train(
        self, label: str, step: int, total: int, values: Mapping[str, float], *, is_scored: bool
    ) -> None:
        """Take note of a training run; print its first line, dev scores, and each ten seconds.

        Args:
            label: What is trained.
            step: Steps done.
            total: All steps.
            values: The latest of each value.
            is_scored: Whether the dev score among them is new.
        """
        with self._lock:
            is_first = label not in self._trained
            if is_first:
                self.print_last()
                self._trained[label] = _Work(monotonic(), first=step)
            work = self._trained[label]
            counts = count_text(step, total, "steps", monotonic() - work.began, work.first)
            count, *pace = counts.split(", ")
            parts = [count, values_text(values), *pace[1:]]
            self._unprinted = f"training {label}: {', '.join(filter(None, parts))}"
            if (is_first and len(self._trained) == 1) or is_scored or self._is_due():
                self._printed_at = monotonic()
                self.print_last()

    def print_if_due(self) -> None:
        """Print what is going on if the last line is ten seconds old."""
        with self._lock:
            if self._open and self._is_due():
                now = self._printed_at = monotonic()
                click.echo("; ".join(_text(*each, now) for each in self._open.items()), err=True)

    def print_last(self) -> None:
        """Print the latest line of a training run, unless it is printed already."""
        with self._lock:
            if self._unprinted:
                click.echo(self._unprinted, err=True)
                self._unprinted = ""

    @contextmanager
    def printed(self) -> Iterator[None]:
        """Print each line when it is due, whatever the work itself reports meanwhile."""
        ended = Event()

        def look() -> None:
            while not ended.wait(_LOOK_SECONDS):
                self.print_if_due()

        thread = Thread(target=look, daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
            self.print_last()

    def _is_due(self) -> bool:
        return monotonic() - self._printed_at >= _SECONDS


def _text(label: str, work: _Work, now: float) -> str:
    seconds = now - work.began
    if work.total is None:
        return f"{label}, {time_text(seconds)}"
    return f"{label}: {count_text(work.done, work.total, work.unit, seconds, work.first)}"
