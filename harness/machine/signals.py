"""Signals that ask a run to end: raised as errors, or held back until work can be kept."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import FrameType, TracebackType
from typing import Any

from typing_extensions import Self, override

_Handler = Callable[[int, FrameType | None], None]


class TerminatedError(BaseException):
    """The system asked the process to end; like KeyboardInterrupt no ordinary error."""


class HeldSignal:
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
        number, self._number = self._number, None
        if number is not None:
            self._stop()
            signal.raise_signal(number)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if self.is_due:
            self.obey()
        self._number = number

    def _start(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before |= _handle(number, self._note)

    def _stop(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)


@contextmanager
def termination_raised() -> Iterator[None]:
    """Turn SIGTERM into a `TerminatedError`, so that work is kept on the way out."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise TerminatedError

    before = _handle(signal.SIGTERM, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class WatchedSignals(AbstractContextManager["WatchedSignals"]):
    """Sees to it that a signal that asks the run to end does, whatever other code makes of it."""

    def __init__(self) -> None:
        self._came: int | None = None
        self._is_obeyed = False
        self._before: dict[int, Any] = {}

    def have_raised(self, error: BaseException) -> bool:
        """Whether an error is a signal's: code may raise one of the same kind itself."""
        kinds = KeyboardInterrupt | TerminatedError
        self._is_obeyed = self._came is not None and isinstance(error, kinds)
        return self._is_obeyed

    @override
    def __enter__(self) -> Self:
        """Watch the handlers of SIGINT and SIGTERM."""
        for number in (signal.SIGINT, signal.SIGTERM):
            if callable(signal.getsignal(number)):
                self._before |= _handle(number, self._note)
        return self

    @override
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Put the handlers back; raise a signal again whose error was lost."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if self._came is not None and not self._is_obeyed:
            signal.raise_signal(self._came)

    def _note(self, number: int, frame: FrameType | None) -> None:
        try:
            self._before[number](number, frame)
        except BaseException:
            self._came = number
            raise


@contextmanager
def signals_held_back() -> Iterator[HeldSignal]:
    """Hold back SIGINT and SIGTERM, for work that asks from time to time whether one came."""
    held_signal = HeldSignal()
    held_signal._start()  # noqa: SLF001 - the two are one
    try:
        yield held_signal
        held_signal.obey()
    finally:
        held_signal._stop()  # noqa: SLF001


def _handle(number: int, handler: _Handler) -> dict[int, Any]:
    """Handle a signal; return what did so before, nothing if it is ignored or not ours to take."""
    before = signal.getsignal(number)
    in_main_thread = threading.current_thread() is threading.main_thread()
    if not in_main_thread or before in {signal.SIG_IGN, None}:
        return {}
    signal.signal(number, handler)
    return {number: before}
