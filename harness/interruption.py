"""Signals that ask a run to end: raised as errors, or held back until work can be kept."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class TerminatedError(BaseException):
    """The system asked the process to end; like KeyboardInterrupt no ordinary error."""


@contextmanager
def termination_raised() -> Iterator[None]:
    """Turn SIGTERM into a `TerminatedError`, so that work is kept on the way out."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise TerminatedError

    if not _in_main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class Interruption:
    """A signal that came and waits to be obeyed; a second one is obeyed at once."""

    def __init__(self) -> None:
        self._number: int | None = None
        self._before: dict[int, Any] = {}

    @property
    def is_due(self) -> bool:
        """Whether a signal has come."""
        return self._number is not None

    def obey(self) -> None:
        """Let the signal that came do what it does elsewhere; nothing if none came."""
        if self._number is not None:
            self._restore()
            signal.raise_signal(self._number)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if self.is_due:
            self.obey()
        self._number = number

    def _restore(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)


@contextmanager
def held_back() -> Iterator[Interruption]:
    """Hold back SIGINT and SIGTERM, for work that asks from time to time whether one came."""
    interruption = Interruption()
    if not _in_main_thread():
        yield interruption
        return
    for number in _SIGNALS:
        interruption._before[number] = signal.signal(number, interruption._note)  # noqa: SLF001
    try:
        yield interruption
        interruption.obey()
    finally:
        interruption._restore()  # noqa: SLF001


def _in_main_thread() -> bool:
    """Whether this thread may say what a signal does."""
    return threading.current_thread() is threading.main_thread()
