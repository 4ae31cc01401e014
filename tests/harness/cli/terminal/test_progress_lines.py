from threading import Event

import pytest

from harness.cli.terminal import progress_lines
from harness.cli.terminal.progress_lines import ProgressLines
from harness.results.progress import Counted

ENCODING = Counted("encoding mean", "sentences")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the time that the lines see, to be set."""
    now = [100.0]
    monkeypatch.setattr(progress_lines, "monotonic", lambda: now[0])
    return now


def test_quick_work_leaves_no_line(clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    lines = ProgressLines()
    lines.begin("loading minilm")
    lines.end("loading minilm")
    for done in (0, 500, 1000):
        clock[0] += 3
        lines.count(ENCODING, done, 1000)

    assert capsys.readouterr().err == ""


def test_counted_work_is_reported_every_ten_seconds(
    clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ProgressLines()
    for done in (0, 200, 400, 600, 800):
        lines.count(ENCODING, done, 2000)
        clock[0] += 5

    assert capsys.readouterr().err.splitlines() == [
        "encoding mean: 400/2,000 sentences, 40/s, 0:40 left",
        "encoding mean: 800/2,000 sentences, 40/s, 0:30 left",
    ]


def test_all_that_is_going_on_is_in_one_line_with_its_time(
    clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ProgressLines()
    lines.count(Counted("sweep", "points"), 2, 12)
    lines.begin("loading minilm")
    clock[0] += 12
    lines.print_if_due()

    assert capsys.readouterr().err == "sweep: 2/12 points; loading minilm, 0:12\n"


def test_what_has_ended_is_not_reported(
    clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ProgressLines()
    lines.begin("loading minilm")
    lines.end("loading minilm")
    lines.count(ENCODING, 5, 5)
    clock[0] += 60
    lines.print_if_due()

    assert capsys.readouterr().err == ""


def test_a_wait_that_reports_nothing_itself_has_its_line_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    printed = Event()
    monkeypatch.setattr(progress_lines, "_SECONDS", 0.0)
    monkeypatch.setattr(progress_lines, "_LOOK_SECONDS", 0.001)
    monkeypatch.setattr("click.echo", lambda line, err: printed.set())
    lines = ProgressLines()

    with lines.printed():
        lines.begin("loading minilm")

        assert printed.wait(timeout=30)
