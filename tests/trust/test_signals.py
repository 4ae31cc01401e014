"""SIGINT and SIGTERM: what is done is kept, one line is told, the same command resumes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.machine.signals import TerminatedError, signals_held_back, termination_raised

if TYPE_CHECKING:
    from tests.trust.conftest import MakeDesk

ENDS = [("interrupt", 130, "Interrupted"), ("terminate", 143, "Terminated")]
GOES_ON = ": what was done is kept, the same command resumes."


@pytest.fixture
def usual_handlers() -> Iterator[None]:
    """Handle signals as in a terminal; what is started in the background ignores SIGINT."""
    usual = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
    before = {number: signal.signal(number, handler) for number, handler in usual.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize(("fault", "status", "word"), ENDS)
def test_a_signal_in_encoding_keeps_what_is_encoded(
    fault: str, status: int, word: str, make_desk: "MakeDesk", tmp_path: Path
) -> None:
    whole, desk, calls = make_desk("whole"), make_desk("desk"), tmp_path / "calls"
    calls.touch()
    command = desk.eval("mean", tasks="stsb")
    forward = "harness.encoders.transformer.backbone:Backbone.forward"
    count = {"target": forward, "fault": "count", "path": str(calls)}
    assert whole.run(*command, hooks=[count]) == 0
    needed = calls.stat().st_size

    ended = desk.run(*command, hooks=[{"target": forward, "fault": fault, "call": 3}])
    reported = desk.stderr

    assert ended == status
    assert reported.strip() == word + GOES_ON
    assert desk.run(*command, hooks=[count]) == 0
    assert calls.stat().st_size - needed == needed - 2
    assert desk.records() == whole.records()


@pytest.mark.parametrize(("fault", "status", "word"), ENDS)
@pytest.mark.parametrize(
    "target",
    [
        "harness.tasks.classifiers.head_training:HeadTrainer._train_chunk",
        "harness.results.records.store:ResultStore.add",
        "os:fsync",
        "pathlib:Path.replace",
    ],
)
def test_a_signal_in_scoring_or_writing_is_one_line_and_the_run_can_go_on(
    target: str, fault: str, status: int, word: str, make_desk: "MakeDesk"
) -> None:
    desk = make_desk("desk")
    command = desk.eval("mean", tasks="mr,stsb")

    ended = desk.run(*command, hooks=[{"target": target, "fault": fault, "call": 2}])

    assert (ended, desk.stderr.strip()) == (status, word + GOES_ON)
    assert desk.leftovers() == []
    assert desk.run(*command) == 0
    assert len(desk.records()) == 3


@pytest.mark.parametrize(("fault", "status", "word"), ENDS)
def test_a_signal_in_training_keeps_the_step_that_it_came_in(
    fault: str, status: int, word: str, make_desk: "MakeDesk"
) -> None:
    whole, desk = make_desk("whole"), make_desk("desk")
    quick = ("--head-width", "16", "--eval-steps", "2", "--max-steps", "6")
    command = (*desk.train("sg", save_seconds="999"), *quick)
    assert whole.run(*command) == 0

    hook = {
        "target": "harness.finetuning.callback:FineTuningCallback.add",
        "fault": fault,
        "call": 4,
    }
    ended = desk.run(*command, hooks=[hook])
    reported = desk.stderr.splitlines()

    assert ended == status
    assert reported[-1] == word + GOES_ON
    (kept,) = desk.out.rglob("checkpoint-*/complete")
    assert kept.parent.name == "checkpoint-4"
    assert desk.run(*command) == 0
    assert "step 2/6" not in desk.stderr
    weights = [next(each.out.rglob("model.safetensors")).read_bytes() for each in (whole, desk)]
    assert weights[0] == weights[1]


@pytest.mark.usefixtures("usual_handlers")
def test_a_process_of_its_own_ends_with_the_status_that_a_shell_knows(
    tiny_bert: Path, tmp_path: Path
) -> None:
    reported = tmp_path / "began"
    slow = (
        "import sys, time, pathlib\n"
        "from harness.encoders.transformer.backbone import Backbone\n"
        "def forward(self, tokens):\n"
        f"    pathlib.Path({str(reported)!r}).touch()\n"
        "    time.sleep(60)\n"
        "Backbone.forward = forward\n"
        "from harness.cli.main import main\n"
        "main(sys.argv[1:])\n"
    )
    command = ["eval", "mean", "--model", str(tiny_bert), "--data", "sample", "-t", "stsb"]
    with subprocess.Popen(
        [sys.executable, "-c", slow, *command], stderr=subprocess.PIPE, text=True
    ) as process:
        while not reported.exists() and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        _, stderr = process.communicate()

    assert process.returncode == 143
    assert stderr == f"Terminated{GOES_ON}\n"


@pytest.mark.usefixtures("usual_handlers")
def test_a_signal_held_back_is_obeyed_at_the_end() -> None:
    done = []

    with termination_raised(), pytest.raises(TerminatedError), signals_held_back() as interruption:  # noqa: PT012
        os.kill(os.getpid(), signal.SIGTERM)
        done.append(interruption.is_due)

    assert done == [True]


@pytest.mark.usefixtures("usual_handlers")
def test_a_second_signal_is_obeyed_at_once() -> None:
    done = []

    with pytest.raises(KeyboardInterrupt), signals_held_back():  # noqa: PT012
        signal.raise_signal(signal.SIGINT)
        done.append("after the first")
        signal.raise_signal(signal.SIGINT)
        done.append("after the second")

    assert done == ["after the first"]


@pytest.mark.usefixtures("usual_handlers")
def test_handlers_are_put_back() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    with termination_raised(), signals_held_back():
        pass

    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)

    try:
        with signals_held_back() as interruption:
            signal.raise_signal(signal.SIGINT)
            due = interruption.is_due
    finally:
        signal.signal(signal.SIGINT, before)

    assert not due
