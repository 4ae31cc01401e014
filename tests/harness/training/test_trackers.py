"""Trackers log the progress of training, and leave everything else as it is."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from harness.cli.main import main
from harness.errors import HarnessError, SettingError, UnknownNameError
from harness.results.notices import Notice
from harness.training.options import TrainingOptions
from harness.training.trackers import TrackedRun, reporting, take_trackers

FakeTracker = Callable[..., list[tuple[str, Any]]]


@pytest.fixture
def run(tmp_path: Path) -> TrackedRun:
    return TrackedRun("learner seed 1", {"power": 2.0}, tmp_path / "logs")


@pytest.fixture
def fake_wandb(monkeypatch: pytest.MonkeyPatch) -> FakeTracker:
    """Return what installs a package wandb that notes its calls, and fails in one if asked."""

    def install(failing: str = "") -> list[tuple[str, Any]]:
        calls: list[tuple[str, Any]] = []

        def note(name: str, value: object) -> None:
            calls.append((name, value))
            random.random(), np.random.rand(), torch.rand(1)  # noqa: NPY002, S311
            if name == failing:
                raise ConnectionError("no network")

        class FakeRun:
            def log(self, values: Mapping[str, float], step: int) -> None:
                note("log", (step, dict(values)))

            def finish(self) -> None:
                note("finish", None)

        def init(**arguments: object) -> FakeRun:
            note("init", arguments)
            return FakeRun()

        package = ModuleType("wandb")
        vars(package).update(init=init, __spec__=sys.__spec__)
        monkeypatch.setitem(sys.modules, "wandb", package)
        return calls

    return install


def draws() -> tuple[float, float, float]:
    return random.random(), float(np.random.rand()), float(torch.rand(1))  # noqa: NPY002, S311


def ignore(step: int, total: int, values: Mapping[str, float]) -> None:
    """Take progress that a test does not look at."""


def test_trackers_are_named_with_commas_or_as_a_sequence() -> None:
    assert take_trackers("tensorboard, trackio,tensorboard") == ("tensorboard", "trackio")
    assert take_trackers(["trackio"]) == ("trackio",)
    assert take_trackers("none") == ()


@pytest.mark.parametrize(
    ("asked", "kind", "line"),
    [
        ("tensorbord", UnknownNameError, "unknown tracker 'tensorbord'. Did you mean"),
        ("none,trackio", SettingError, "report_to must be none or trackers, got none, trackio"),
        ("mlflow", UnknownNameError, "Known: none, tensorboard, trackio, wandb"),
    ],
)
def test_trackers_that_there_are_not_are_refused(
    asked: str, kind: type[HarnessError], line: str, tmp_path: Path
) -> None:
    with pytest.raises(kind) as caught:
        TrainingOptions(tmp_path, report_to=asked)

    assert line in str(caught.value)


def test_a_tracker_that_is_not_installed_is_reported_before_training(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "wandb", None)
    done = CliRunner().invoke(main, ["train", "simcse", "--report-to", "wandb"])

    assert done.exit_code == 1
    assert done.output == "Error: report_to wandb needs the package wandb: pip install wandb\n"


def test_a_run_is_named_and_configured_and_logged_step_by_step(
    fake_wandb: FakeTracker, run: TrackedRun
) -> None:
    calls, seen = fake_wandb(), []
    with reporting(["wandb"], run, lambda *values: seen.append(values)) as report:
        report(1, 2, {"loss": 0.5})
        report(2, 2, {"dev": 0.25})

    assert calls == [
        ("init", {"project": "harness", "name": "learner seed 1", "config": {"power": 2.0}}),
        ("log", (1, {"loss": 0.5})),
        ("log", (2, {"dev": 0.25})),
        ("finish", None),
    ]
    assert seen == [(1, 2, {"loss": 0.5}), (2, 2, {"dev": 0.25})]


def test_a_training_without_steps_opens_no_run(fake_wandb: FakeTracker, run: TrackedRun) -> None:
    calls = fake_wandb()
    with reporting(["wandb"], run, ignore):
        pass

    assert calls == []


@pytest.mark.parametrize("failing", ["init", "log", "finish"])
def test_a_tracker_that_fails_costs_one_notice(
    fake_wandb: FakeTracker, run: TrackedRun, failing: str
) -> None:
    calls, seen = fake_wandb(failing), []
    line = "training of learner seed 1 is no longer reported: wandb: ConnectionError: no network"

    def train() -> None:
        with reporting(["wandb"], run, lambda *values: seen.append(values)) as report:
            report(1, 2, {"loss": 0.5})
            report(2, 2, {"loss": 0.25})

    with pytest.warns(Notice, match=line) as notices:
        train()

    assert len(notices) == 1
    assert [name for name, _ in calls].count(failing) == 1
    assert [step for step, _, _ in seen] == [1, 2]


def test_trackers_draw_no_random_numbers_of_the_training_s(
    fake_wandb: FakeTracker, run: TrackedRun
) -> None:
    fake_wandb()
    random.seed(3), np.random.seed(3), torch.manual_seed(3)  # noqa: NPY002
    expected = draws()
    random.seed(3), np.random.seed(3), torch.manual_seed(3)  # noqa: NPY002
    with reporting(["wandb"], run, ignore) as report:
        report(1, 1, {"loss": 0.5})

    assert draws() == expected


def _events(folder: Path) -> Any:  # noqa: ANN401 - tensorboard's
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    events = accumulator.EventAccumulator(str(folder))
    events.Reload()
    return events


def test_tensorboard_shows_a_resumed_training_as_one(run: TrackedRun) -> None:
    pytest.importorskip("tensorboard")
    for first, loss in (1, 0.5), (2, 0.125):
        with reporting(["tensorboard"], run, ignore) as report:
            for step in range(first, 4):
                report(step, 3, {"loss": loss / step})

    scalars = _events(run.folder).Scalars("loss")
    assert [(each.step, round(each.value * each.step, 6)) for each in scalars] == [
        (1, 0.5),
        (2, 0.125),
        (3, 0.125),
    ]


TRACKED = """
import sys
from pathlib import Path
from harness.training.trackers import TrackedRun, reporting
run = TrackedRun("learner seed 1", {"power": 2.0}, Path("logs"))
with reporting(["trackio"], run, lambda *values: None) as report:
    report(1, 1, {"loss": 0.5})
from trackio.sqlite_storage import SQLiteStorage
rows = SQLiteStorage.get_logs("harness", run.name)
print([(row["step"], row["loss"]) for row in rows], file=sys.stderr)
"""


def test_trackio_keeps_a_run_on_this_machine_and_lets_the_process_end(tmp_path: Path) -> None:
    pytest.importorskip("trackio")
    done = subprocess.run(
        [sys.executable, "-c", TRACKED],
        env={**os.environ, "TRACKIO_DIR": str(tmp_path / "kept")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )

    assert done.stdout == ""
    assert done.stderr.splitlines()[-1] == "[(1, 0.5)]"


def test_a_tracked_training_makes_the_same_checkpoint(tiny_bert: Path, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    made = []
    for out, more in ("plain", []), ("tracked", ["--report-to", "tensorboard"]):
        folder = tmp_path / out
        asked = ["--data", "sample", "--limit", "12", "--batch-size", "4", "--eval-steps", "2"]
        where = ["--model", str(tiny_bert), "--out", str(folder)]
        done = CliRunner().invoke(main, ["train", "simcse", *asked, *where, *more])
        assert done.exit_code == 0, done.output
        (checkpoint,) = folder.glob("checkpoints/*/training.json")
        manifest = json.loads(checkpoint.read_text())
        made.append((checkpoint.parent.name, manifest["files"], manifest["history"]))

    (plain, tracked), (logs,) = made, (tmp_path / "tracked/tensorboard").iterdir()
    assert plain == tracked
    assert f"TensorBoard logs of training: {tmp_path / 'tracked/tensorboard'}" in done.output
    events = _events(logs)
    assert {"loss", "dev", "learning_rate"} <= set(events.Tags()["scalars"])
    curve = [entry["dev"] for entry in tracked[2]["dev_curve"]]
    assert [each.value for each in events.Scalars("dev")] == pytest.approx(curve)
