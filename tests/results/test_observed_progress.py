from collections.abc import Iterator
from threading import Thread

import pytest

from harness.results.progress import Counted, doing, observed, report_progress, unit_of


class Seen:
    def __init__(self) -> None:
        self.calls: list[object] = []

    def __call__(self, label: str, done: int, total: int) -> None:
        self.calls.append((label, done, total))

    def begin(self, what: str) -> None:
        self.calls.append(f"begin {what}")

    def end(self, what: str) -> None:
        self.calls.append(f"end {what}")


@pytest.fixture
def seen() -> Iterator[Seen]:
    observer = Seen()
    with observed(observer):
        yield observer


def test_an_observer_learns_what_begins_and_that_it_ended_though_it_failed(seen: Seen) -> None:
    with pytest.raises(ZeroDivisionError), doing("loading minilm"):
        _ = 1 / 0

    assert seen.calls == ["begin loading minilm", "end loading minilm"]


def test_work_in_another_thread_is_observed(seen: Seen) -> None:
    thread = Thread(target=report_progress, args=("encoding", 1, 2))
    thread.start()
    thread.join()

    assert seen.calls == [("encoding", 1, 2)]


def test_nobody_observes_what_happens_later() -> None:
    observer = Seen()
    with observed(observer):
        pass
    with doing("loading minilm"):
        report_progress("encoding", 1, 2)

    assert observer.calls == []


def test_only_counted_work_has_a_unit() -> None:
    counted = Counted("encoding mean", "sentences")

    assert (counted, unit_of(counted), unit_of("encoding mean")) == (
        "encoding mean",
        "sentences",
        "",
    )
