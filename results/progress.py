"""What is going on: how much of counted work is done, and what else takes its time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeAlias

OnProgress: TypeAlias = Callable[[str, int, int], None]
"""Called with what is being done, how many pieces of it are done, and how many there are."""


class Counted(str):
    """What is being done, and in which unit it is counted.

    Args:
        what: Such as ``encoding mean``.
        unit: Such as ``sentences``.
    """

    __slots__ = ("unit",)
    unit: str

    def __new__(cls, what: str, unit: str) -> "Counted":
        """Return a text that has a unit."""
        counted = super().__new__(cls, what)
        counted.unit = unit
        return counted


class Observer(Protocol):
    """Whom `observed` informs; a call is as of `OnProgress`."""

    def __call__(self, label: str, done: int, total: int) -> None:
        """Take note of counted work; what is done is at its end equal to the total."""
        ...

    def begin(self, what: str) -> None:
        """Take note of what begins, and has no count."""
        ...

    def end(self, what: str) -> None:
        """Take note of its end."""
        ...


_observers: list[Observer] = []  # of the process: work in any thread is observed


@contextmanager
def observed(observer: Observer) -> Iterator[None]:
    """Inform an observer of all that takes time meanwhile, whichever thread does it."""
    _observers.append(observer)
    try:
        yield
    finally:
        _observers.remove(observer)


@contextmanager
def doing(what: str) -> Iterator[None]:
    """Inform the observers of what is done meanwhile, such as ``loading minilm``."""
    informed = tuple(_observers)
    for observer in informed:
        observer.begin(what)
    try:
        yield
    finally:
        for observer in informed:
            observer.end(what)


def report_progress(label: str, done: int, total: int) -> None:
    """Inform the observers how much of counted work is done, as `OnProgress` is called."""
    for observer in tuple(_observers):
        observer(label, done, total)


def unit_of(label: str) -> str:
    """Return the unit in which work is counted; empty where it has none."""
    return label.unit if isinstance(label, Counted) else ""
