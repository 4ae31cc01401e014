import re
import sys

import pytest

from harness.cli.progress import progress_bars

VALUES = {
    "loss": 65.2,
    "contrast": 65.2,
    "regulariser": 1.53e-9,
    "dev": -0.2324,
    "sentences_per_second": 1234.0,
}
TOLD = "loss 65.2, contrast 65.2, regulariser 1.53e-09, dev -0.2324, 1234 sentences/s"


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Make the error stream pass for a terminal."""
    for name, value in {"TERM": "xterm", "TTY_COMPATIBLE": "1", "NO_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def last_frame(text: str) -> list[str]:
    """Return the lines drawn last, escape codes left out."""
    drawn = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text.replace("\r", "\n"))
    lines = [line.strip() for line in drawn.split("\n") if line.strip()]
    bars = [row for row, line in enumerate(lines) if "/1500" in line]
    return lines[bars[-1] :]


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_all_that_training_tells_is_readable_on_a_narrow_terminal(
    columns: int, terminal: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal.setenv("COLUMNS", str(columns))

    with progress_bars() as bars:
        bars.on_step("sg-opt:max_steps=1500,head_width=64 seed 7", 750, 1500, VALUES)
    bar, *values = last_frame(capsys.readouterr().err)

    assert re.search(r"^training sg-opt…\S+ seed 7 ━.* 750/1500 \S+ \S+$", bar)
    assert len(bar) <= columns
    assert " ".join(values) == TOLD
    assert len(values) == (2 if columns == 60 else 1)


def test_on_a_narrow_terminal_the_bar_gives_way_and_not_the_numbers(
    terminal: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal.setenv("COLUMNS", "60")

    with progress_bars() as bars:
        bars("mean:layers=first-last, mean:layers=last2", 750, 1500)
    (bar,) = last_frame(capsys.readouterr().err)

    assert re.search(r"^mean:layers=fir…layers=last2 ━.* 750/1500 \S+ \S+$", bar)


def test_what_is_done_gives_its_line_to_what_is_not(
    terminal: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal.setenv("COLUMNS", "80")

    with progress_bars() as bars:
        bars("MR classifiers of mean", 9, 9)
        bars("CR classifiers of mean", 750, 1500)
    drawn = capsys.readouterr().err

    assert "750/1500" in drawn
    assert "9/9" not in drawn


@pytest.mark.parametrize("shown", [False, True], ids=["elsewhere", "on a terminal"])
def test_what_is_printed_meanwhile_goes_to_the_error_stream(
    terminal: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, shown: bool
) -> None:
    terminal.setenv("TTY_COMPATIBLE", str(int(shown)))

    with progress_bars():
        sys.stdout.write("chatter\n")
    sys.stdout.write("result\n")
    captured = capsys.readouterr()

    assert captured.out == "result\n"
    assert "chatter" in captured.err
