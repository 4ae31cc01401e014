import re
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli.main import main
from harness.cli.terminal import progress_lines
from harness.cli.terminal.progress import ProgressBars, progress_bars

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
    bars = [row for row, line in enumerate(lines) if "/1,500" in line]
    return lines[bars[-1] :]


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_all_that_training_says_is_readable_on_a_narrow_terminal(
    columns: int, terminal: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal.setenv("COLUMNS", str(columns))

    with progress_bars() as bars:
        bars.on_step("sg-opt:max_steps=1500,head_width=64 seed 7", 750, 1500, VALUES)
    bar, *values = last_frame(capsys.readouterr().err)

    assert re.search(r"^training \S*…?\S* seed 7 ━.* 750/1,500 steps$", bar)
    assert len(bar) <= columns
    assert " ".join(values) == TOLD
    assert len(values) == (2 if columns == 60 else 1)


def test_on_a_narrow_terminal_the_bar_gives_way_and_not_the_numbers(
    terminal: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal.setenv("COLUMNS", "60")

    with progress_bars() as bars:
        bars("encoding mean:layers=first-last, mean:layers=last2", 750, 1500)
    (bar,) = last_frame(capsys.readouterr().err)

    assert re.search(r"^encoding mean:\S+…layers=last2 ━+ +750/1,500$", bar)
    assert len(bar) <= 60


def test_what_is_done_gives_its_line_to_what_is_not(
    terminal: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal.setenv("COLUMNS", "80")

    with progress_bars() as bars:
        bars("MR classifiers of mean", 9, 9)
        bars("CR classifiers of mean", 750, 1500)
    drawn = capsys.readouterr().err

    assert "750/1,500" in drawn
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


@pytest.mark.parametrize(
    ("seconds_per_step", "expected"),
    [
        (0.0, ["0: 1", "0: 3", "1: 3"]),
        (4.0, ["0: 1", "0: 3", "1: 1", "1: 3"]),
        (10.0, [f"{seed}: {step}" for seed in (0, 1) for step in (1, 2, 3)]),
    ],
)
def test_elsewhere_training_is_reported_every_ten_seconds_and_the_last_of_each_run(
    seconds_per_step: float,
    expected: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = [0.0]
    monkeypatch.setattr(progress_lines, "monotonic", lambda: clock[0])

    with progress_bars() as bars:
        for seed in (0, 1):
            for step in (1, 2, 3):
                bars.on_step(f"flow seed {seed}", step, 3, {"loss": 1.5})
                clock[0] += seconds_per_step
    lines = capsys.readouterr().err.splitlines()

    assert [line.partition("/3 steps, loss 1.5")[0] for line in lines] == [
        f"training flow seed {each}" for each in expected
    ]


def test_elsewhere_the_last_state_is_reported_though_a_training_run_fails(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(ZeroDivisionError), progress_bars() as bars:  # noqa: PT012
        for step in (1, 2):
            bars.on_step("flow seed 0", step, 3, {"loss": 1.5})
        _ = 1 / 0

    assert "2/3 steps, loss 1.5" in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize(
    "command",
    [
        ["eval", "whitening:k=8", "--tasks", "stsb-test"],
        ["train", "whitening:k=8"],
        ["analyse", "whitening:k=8", "--tasks", "stsb-test"],
        ["sweep", "whitening", "--grid", "k=8", "--tasks", "stsb-test"],
        ["run", "recipe.toml"],
    ],
    ids=lambda words: words[0],
)
def test_every_command_that_trains_shows_how_far_the_text_is_embedded(
    command: list[str], tiny_bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported: set[str] = set()
    monkeypatch.setattr(ProgressBars, "__call__", lambda self, label, *_: reported.add(label))
    Path("recipe.toml").write_text(
        'name = "mine"\ntitle = "Mine"\nmodels = ["minilm"]\n[[sections]]\nname = "one"\n'
        'title = "One"\nencoders = ["whitening:k=8"]\ntasks = ["stsb-test"]\n',
        encoding="utf-8",
    )

    result = CliRunner().invoke(main, [*command, "--model", str(tiny_bert), "--data", "sample"])

    assert result.exit_code == 0, result.output
    assert "embedding the training text" in reported
