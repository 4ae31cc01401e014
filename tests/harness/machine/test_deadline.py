import time
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Event, get_ident
from typing import Any

import pytest
from typing_extensions import override

from harness.errors import PluginError
from harness.machine.deadline import Deadline, is_anything_abandoned


class PatientQueue(SimpleQueue[Any]):
    """Outcomes whose time is not up before the work has begun, however busy the machine."""

    def __init__(self, began: Event) -> None:
        self._began = began

    @override
    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        assert self._began.wait(60)
        return super().get(block, timeout)


def run_out_of_time(seconds: float, work: Callable[[], None], began: Event) -> None:
    """Give work so many seconds, which are too few, and more until it has begun."""
    with Deadline("x", seconds) as deadline:
        deadline._outcomes = PatientQueue(began)
        with pytest.raises(PluginError):
            deadline.run(work)


def test_work_within_its_time_returns_and_raises_as_without() -> None:
    with Deadline("x", 60) as deadline:
        assert deadline.run(lambda: 3) == 3
        with pytest.raises(ZeroDivisionError):
            deadline.run(lambda: 1 // 0)
        assert deadline.run(lambda: 4) == 4


def test_all_work_of_one_deadline_is_done_in_one_thread() -> None:
    with Deadline("x", 60) as deadline:
        threads = {deadline.run(get_ident) for _ in range(3)}

    assert len(threads) == 1
    assert get_ident() not in threads


def test_without_limit_there_is_no_thread() -> None:
    with Deadline("x", None) as deadline:
        assert deadline.run(get_ident) == get_ident()


def test_time_of_all_pieces_counts_together() -> None:
    def pieces(deadline: Deadline) -> None:
        for _ in range(1000):
            deadline.run(lambda: time.sleep(0.01))

    message = r"encoder 'x' took longer than 0\.3 s: raise --timeout"
    with Deadline("encoder 'x'", 0.3) as deadline, pytest.raises(PluginError, match=message):
        pieces(deadline)


def test_a_loop_that_catches_every_exception_is_stopped() -> None:
    began, ended = Event(), Event()

    def loop() -> None:
        try:
            began.set()
            while True:
                with suppress(Exception):  # as careless plug-ins do
                    time.sleep(0.001)
        finally:
            ended.set()

    run_out_of_time(1, loop, began)

    assert ended.wait(60)


def test_work_that_cannot_be_stopped_is_left_alone_and_known() -> None:
    began, release = Event(), Event()

    def stubborn() -> None:
        while not release.is_set():
            with suppress(BaseException):  # refuses to end
                began.set()
                release.wait(0.5)

    run_out_of_time(0.05, stubborn, began)

    assert is_anything_abandoned()
    release.set()
