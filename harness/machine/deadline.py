"""Let a plug-in work for so long and no longer, whatever it does."""

import ctypes
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from contextvars import ContextVar
from queue import Empty, SimpleQueue
from threading import Event, Thread
from time import monotonic
from types import TracebackType
from typing import Any, TypeVar

from typing_extensions import override

from harness.errors import PluginError
from harness.machine.held_errors import release_errors

T = TypeVar("T")

_Outcome = tuple[bool, Any]  # whether it went well, and the result or exception

_abandoned: list[Thread] = []
_limit: ContextVar[float | None] = ContextVar("_limit", default=None)


class GivenUpError(BaseException):
    """Raised inside work that took too long; no ``except Exception`` of a plug-in's catches it."""


class Deadline(AbstractContextManager["Deadline"]):
    """Runs work one piece after the other, all together for at most so many seconds.

    With a limit the work is done in a thread of its own. When time is up that thread is asked to
    stop, which it does at its next step in Python, and in any case is left alone: work that
    sleeps, or is stuck in code outside Python, holds nobody up. What cannot be left alone is
    code outside Python that never lets other threads run.

    Args:
        owner: Whose work it is, as the message begins: ``encoder 'x'``.
        seconds: None for no limit.
    """

    def __init__(self, owner: str, seconds: float | None) -> None:
        self._owner = owner
        self._seconds = seconds
        self._ends = monotonic() + (seconds or 0.0)
        self._work: SimpleQueue[Callable[[], Any] | None] = SimpleQueue()
        self._outcomes: SimpleQueue[_Outcome] = SimpleQueue()
        self._thread: Thread | None = None
        self._serving = Event()

    def run(self, work: Callable[[], T]) -> T:
        """Do a piece of work, and return or raise what it does.

        Raises:
            PluginError: If time is up first.
        """
        if self._seconds is None:
            return work()
        if self._thread is None:
            self._thread = Thread(target=self._serve, daemon=True)
            self._thread.start()
            self._serving.wait()  # from now on it can be asked to stop
        self._work.put(work)
        try:
            done, outcome = self._outcomes.get(timeout=max(0.0, self._ends - monotonic()))
        except Empty:
            _abandon(self._thread)
            raise self._too_long() from None
        if not done:
            raise outcome
        result: T = outcome
        return result

    @override
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let the thread end."""
        self._work.put(None)

    def _serve(self) -> None:
        with suppress(GivenUpError):
            self._serving.set()
            while (work := self._work.get()) is not None:
                try:
                    outcome: _Outcome = (True, work())
                except GivenUpError:
                    raise
                except BaseException as error:  # noqa: BLE001 - raised again by `run`
                    outcome = (False, error)
                self._outcomes.put(outcome)

    def _too_long(self) -> PluginError:
        limit = f"{self._seconds:g} s"
        return PluginError(f"{self._owner} took longer than {limit}: raise --timeout")


@contextmanager
def time_limited(seconds: float | None) -> Iterator[None]:
    """Let each call of a plug-in take at most so many seconds meanwhile; None for any."""
    token = _limit.set(seconds)
    try:
        yield
    finally:
        _limit.reset(token)


def time_limit() -> float | None:
    """Return the seconds that each call of a plug-in may take; None for any."""
    return _limit.get()


def is_anything_abandoned() -> bool:
    """Whether some abandoned work still runs; a process that ends must not wait."""
    return any(thread.is_alive() for thread in _abandoned)


def _abandon(thread: Thread) -> None:
    """Ask a thread to stop, without waiting for it."""
    _abandoned.append(thread)
    release_errors()
    if thread.ident is not None:
        target, exception = ctypes.c_ulong(thread.ident), ctypes.py_object(GivenUpError)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(target, exception)
