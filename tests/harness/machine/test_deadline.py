import time
from contextlib import suppress
from threading import Event, get_ident

import pytest

from harness.errors import PluginError
from harness.machine.deadline import Deadline, is_anything_abandoned


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
    with Deadline("x", 0.3) as deadline, pytest.raises(PluginError, match=message):
        pieces(deadline)


def test_a_loop_that_catches_every_exception_is_stopped() -> None:
    ended = Event()

    def loop() -> None:
        try:
            while True:
                with suppress(Exception):  # as careless plug-ins do
                    time.sleep(0.001)
        finally:
            ended.set()

    with Deadline("x", 1) as deadline, pytest.raises(PluginError):
        deadline.run(loop)

    assert ended.wait(60)


def test_work_that_cannot_be_stopped_is_left_alone_and_known() -> None:
    release = Event()

    def stubborn() -> None:
        while not release.is_set():
            with suppress(BaseException):  # refuses to end
                release.wait(0.5)

    with Deadline("x", 0.05) as deadline, pytest.raises(PluginError):
        deadline.run(stubborn)

    assert is_anything_abandoned()
    release.set()
