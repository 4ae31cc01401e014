"""The engine on a toy: a vector is drawn to the mean of the numbers it is shown."""

import errno
import json
import math
import os
import resource
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from harness.errors import SettingError, TrainingError
from harness.finetuning.engine import fine_tune
from harness.finetuning.example_order import draw_batches
from harness.finetuning.hyperparameters import FineTuningSettings
from harness.finetuning.job import FineTuningJob
from harness.finetuning.resuming import ResumeStates
from harness.trainable import Training

SETTINGS = FineTuningSettings(
    learning_rate=0.1, batch_size=2, max_steps=12, eval_steps=3, warmup=0.25
)
CPU = torch.device("cpu")


class Toy(nn.Module):
    """Dropout makes its steps random, so that resuming must restore the random state."""

    def __init__(self, width: int = 4) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(width))
        self.dropout = nn.Dropout(0.5)

    def forward(self, numbers: Tensor) -> dict[str, Tensor]:
        distance = (self.dropout(self.weight + 1) - numbers.mean()).square().mean()
        return {"loss": distance, "distance": distance}


@dataclass
class Run:
    """A training run of the toy and what it told."""

    folder: Path
    settings: FineTuningSettings = SETTINGS
    dev_score: Callable[[Toy], float] | None = lambda toy: float(toy.weight.detach().sum())
    steps: list[tuple[int, int, dict[str, float]]] = field(default_factory=list)
    seen: list[list[int]] = field(default_factory=list)
    toy: Toy = field(default_factory=Toy)
    die_at: int | None = None
    numbers: NDArray[np.float32] = field(default_factory=lambda: np.arange(30, dtype=np.float32))

    def go(self) -> dict[str, Any]:
        torch.manual_seed(99)  # whatever happened before
        order = draw_batches(len(self.numbers), self.settings, seed=5)
        dev_score = self.dev_score
        job = FineTuningJob(
            self.toy,
            order,
            self._collate,
            save=self._save,
            restore=lambda path: (
                self.toy.load_state_dict(load_file(path / "toy.safetensors")) and None
            ),
            dev_score=None if dev_score is None else lambda: dev_score(self.toy),
        )
        training = Training(seed=5, folder=self.folder, on_step=self._on_step, save_seconds=0.0)
        return fine_tune(job, self.settings, training, device=CPU)

    def _collate(self, rows: NDArray[np.intp]) -> dict[str, Tensor]:
        self.seen.append(rows.tolist())
        return {"numbers": torch.from_numpy(self.numbers[rows])}

    def _save(self, path: Path) -> None:
        path.mkdir(parents=True, exist_ok=True)
        save_file(self.toy.state_dict(), path / "toy.safetensors")

    def _restore(self, path: Path) -> None:
        self.toy.load_state_dict(load_file(path / "toy.safetensors"))

    def _on_step(self, step: int, total: int, values: Mapping[str, float]) -> None:
        self.steps.append((step, total, dict(values)))
        if step == self.die_at and "dev" not in values:
            raise KeyboardInterrupt


def test_training_reports_each_step_and_each_scoring(tmp_path: Path) -> None:
    run = Run(tmp_path)

    history = run.go()

    losses = [step for step, _, values in run.steps if "loss" in values]
    scored = [step for step, _, values in run.steps if "dev" in values]
    assert losses == list(range(1, 13))
    assert scored == [0, 3, 6, 9, 12]
    assert {total for _, total, _ in run.steps} == {12}
    assert [entry["step"] for entry in history["dev_curve"]] == [0, 3, 6, 9, 12]
    assert history["steps"] == history["planned_steps"] == 12
    json.dumps(history, allow_nan=False)


def test_the_last_step_is_scored_where_it_is_no_multiple_of_eval_steps(tmp_path: Path) -> None:
    run = Run(tmp_path, replace(SETTINGS, eval_steps=5))

    history = run.go()

    assert [entry["step"] for entry in history["dev_curve"]] == [0, 5, 10, 12]


def test_weights_of_the_best_scoring_are_put_back(tmp_path: Path) -> None:
    scores = iter([0.0, 0.2, 0.9, 0.9, 0.1])
    at_best: list[Tensor] = []

    def dev_score(toy: Toy) -> float:
        score = next(scores)
        if score == 0.9:
            at_best.append(toy.weight.detach().clone())
        return score

    run = Run(tmp_path, dev_score=dev_score)
    history = run.go()

    assert (history["best_step"], history["dev"]) == (6, 0.9)
    assert torch.equal(run.toy.weight, at_best[0])


def test_training_stops_after_patience_scorings_without_improvement(tmp_path: Path) -> None:
    scores = iter([0.9, 0.3, 0.2, 0.3, 0.8])
    run = Run(tmp_path, replace(SETTINGS, patience=2), dev_score=lambda toy: next(scores))

    history = run.go()

    assert history["steps"] == 9
    assert history["best_step"] == 3


def test_without_dev_data_all_steps_are_made_and_the_last_weights_stay(tmp_path: Path) -> None:
    run = Run(tmp_path, dev_score=None)

    history = run.go()

    assert history == {"steps": 12, "planned_steps": 12}


def test_learning_rate_rises_then_falls_to_zero_in_a_line(tmp_path: Path) -> None:
    weights: list[Tensor] = []
    settings = replace(SETTINGS, adam_beta1=0.0, adam_beta2=0.0, max_grad_norm=0.0)
    run = Run(tmp_path, settings, dev_score=None)
    run.toy.dropout = nn.Dropout(0.0)
    run.toy.register_forward_pre_hook(lambda *_: weights.append(run.toy.weight.detach().clone()))

    run.go()

    weights.append(run.toy.weight.detach().clone())
    moves = [float((b - a).abs().max()) for a, b in pairwise(weights)]
    rates = [0, 1 / 3, 2 / 3, *(1 - k / 9 for k in range(9))]  # 3 of 12 steps of warm-up
    assert moves == pytest.approx([0.1 * rate for rate in rates], abs=1e-5)


@pytest.mark.parametrize("killed_at", [1, 4, 6, 11])
def test_a_resumed_run_ends_as_an_uninterrupted_one_bit_for_bit(
    tmp_path: Path, killed_at: int
) -> None:
    whole = Run(tmp_path / "whole")
    expected = whole.go()
    cut = Run(tmp_path / "cut", die_at=killed_at)
    with pytest.raises(KeyboardInterrupt):
        cut.go()
    resumed = Run(tmp_path / "cut")

    history = resumed.go()

    assert torch.equal(resumed.toy.weight, whole.toy.weight)
    assert history == expected
    assert resumed.seen == whole.seen[killed_at - 1 :]
    assert next(step for step, _, values in resumed.steps if "loss" in values) == killed_at


def test_a_checkpoint_that_was_cut_off_is_not_resumed(tmp_path: Path) -> None:
    whole = Run(tmp_path / "whole")
    whole.go()
    cut = Run(tmp_path / "cut", die_at=5)
    with pytest.raises(KeyboardInterrupt):
        cut.go()
    half = tmp_path / "cut" / "checkpoint-8"
    half.mkdir()
    (half / "model.safetensors").write_bytes(b"half a fi")
    resumed = Run(tmp_path / "cut")

    resumed.go()

    assert torch.equal(resumed.toy.weight, whole.toy.weight)


def _flip(name: str, path: Path) -> None:
    content = bytearray((path / name).read_bytes())
    content[-1] ^= 0x10
    (path / name).write_bytes(content)


def _change_optimizer(path: Path) -> None:
    state = torch.load(path / "optimizer.pt", weights_only=True)
    state["state"][0]["exp_avg"].zero_()
    torch.save(state, path / "optimizer.pt")


def _change_random_state(path: Path) -> None:
    state = torch.load(path / "rng_state.pth", weights_only=False)
    torch.save({**state, "cpu": torch.get_rng_state()}, path / "rng_state.pth")


def _change_step(path: Path) -> None:
    content = (path / "trainer_state.json").read_text()
    (path / "trainer_state.json").write_text(
        content.replace('"global_step": 8', '"global_step": 2')
    )


def _take_from_another_training(path: Path) -> None:
    other = Run(path.parent.parent / "other", replace(SETTINGS, learning_rate=0.01), die_at=9)
    with pytest.raises(KeyboardInterrupt):
        other.go()
    shutil.rmtree(path)
    shutil.copytree(other.folder / path.name, path)


def _link_to_the_one_before(path: Path) -> None:
    shutil.rmtree(path)
    path.symlink_to(path.with_name("checkpoint-7"), target_is_directory=True)


DAMAGES = {
    "flipped weights": partial(_flip, "model.safetensors"),
    "changed optimizer": _change_optimizer,
    "flipped schedule": partial(_flip, "scheduler.pt"),
    "changed random state": _change_random_state,
    "changed step": _change_step,
    "no weights": lambda path: (path / "model.safetensors").unlink(),
    "no optimizer": lambda path: (path / "optimizer.pt").unlink(),
    "no schedule": lambda path: (path / "scheduler.pt").unlink(),
    "no random state": lambda path: (path / "rng_state.pth").unlink(),
    "no step": lambda path: (path / "trainer_state.json").unlink(),
    "a file more": lambda path: (path / "pytorch_model.bin").write_bytes(b"x"),
    "a pipe": lambda path: ((path / "optimizer.pt").unlink(), os.mkfifo(path / "optimizer.pt")),
    "no checksums": lambda path: (path / "complete").write_bytes(b""),
    "changed checksums": lambda path: (path / "complete").write_text(
        (path / "complete").read_text().replace('": "', '": "f')
    ),
    "a link": _link_to_the_one_before,
    "another training's": _take_from_another_training,
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A training that was not killed."""
    run = Run(tmp_path_factory.mktemp("whole"))
    run.go()
    return run


@pytest.fixture(scope="module")
def killed_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a training that was killed at step 9."""
    folder = tmp_path_factory.mktemp("killed") / "cut"
    with pytest.raises(KeyboardInterrupt):
        Run(folder, die_at=9).go()
    return folder


@pytest.fixture
def killed(killed_once: Path, tmp_path: Path) -> Path:
    """A copy of that folder, to be damaged; its states are of the steps 7 and 8."""
    return shutil.copytree(killed_once, tmp_path / "cut")


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_state_is_reported_and_the_one_before_it_resumed(
    damage: Callable[[Path], object], whole: Run, killed: Path, caplog: pytest.LogCaptureFixture
) -> None:
    damage(killed / "checkpoint-8")
    resumed = Run(killed)

    resumed.go()

    (message,) = caplog.messages
    assert message.startswith(f"training state {killed / 'checkpoint-8'} is not whole: ")
    assert message.endswith("; training resumes from checkpoint-7")
    assert resumed.seen == whole.seen[7:]
    assert torch.equal(resumed.toy.weight, whole.toy.weight)


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: _flip("toy.safetensors", path),
        lambda path: (path / "toy.safetensors").unlink(),
        shutil.rmtree,
    ],
)
def test_training_begins_anew_where_the_best_weights_are_damaged(
    damage: Callable[[Path], object], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole, first_best = (Run(tmp_path / name, dev_score=_falling()) for name in ("whole", "cut"))
    expected = whole.go()
    first_best.die_at = 9
    with pytest.raises(KeyboardInterrupt):
        first_best.go()
    damage(tmp_path / "cut" / "best-3")
    resumed = Run(tmp_path / "cut", dev_score=_falling())

    history = resumed.go()

    assert [message.rpartition("; ")[2] for message in caplog.messages] == [
        "training begins anew"
    ] * 2
    assert history == expected
    assert torch.equal(resumed.toy.weight, whole.toy.weight)


def _falling() -> Callable[[Toy], float]:
    """Return a dev score that is highest at its second call, the first after training began."""
    scores = iter([0.0, 0.9, 0.8, 0.7, 0.6])
    return lambda toy: next(scores)


def test_a_state_of_other_processes_is_refused_and_left(
    killed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.finetuning.engine.process_count", lambda: 2)

    with pytest.raises(TrainingError, match="must be resumed as it was saved, 1 on cpu, got 2 on"):
        Run(killed).go()
    assert (killed / "checkpoint-8" / "complete").is_file()


def test_a_state_that_cannot_be_read_is_reported_and_left(
    killed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> str:
        raise OSError(errno.EIO, "Input/output error", str(path))

    monkeypatch.setattr("harness.data.checksum", refuse)

    with pytest.raises(TrainingError, match=r"checkpoint-8/\S+ cannot be read \(Input/output"):
        Run(killed).go()
    assert (killed / "checkpoint-8" / "complete").is_file()


def test_states_stay_while_their_folder_cannot_be_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = ResumeStates(tmp_path, "1 on cpu")
    mark = tmp_path / "checkpoint-8" / "complete"
    mark.mkdir(parents=True)

    def fail(_: str | Path = ".") -> list[str]:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    with pytest.raises(TrainingError, match=r"complete cannot be read \(Is a directory\)"):
        states.newest()
    monkeypatch.setattr(os, "listdir", fail)
    with pytest.raises(TrainingError, match="cannot be read"):
        states.newest()

    assert mark.is_dir()


def test_only_the_two_newest_checkpoints_and_the_best_weights_are_kept(tmp_path: Path) -> None:
    run = Run(tmp_path / "run", dev_score=lambda toy: 1.0, die_at=11)
    with pytest.raises(KeyboardInterrupt):
        run.go()

    kept = {path.name for path in run.folder.iterdir()}
    assert kept == {"checkpoint-9", "checkpoint-10", "best-3"}


def test_a_loss_that_is_not_finite_stops_names_the_step_and_keeps_the_best(tmp_path: Path) -> None:
    run = Run(tmp_path)
    order = draw_batches(len(run.numbers), run.settings, seed=5)
    run.numbers[order[7]] = math.nan  # the eighth step

    with pytest.raises(TrainingError, match=r"loss is nan at step 8: .*step [36], are kept in"):
        run.go()

    (best,) = tmp_path.glob("best-*")
    assert torch.isfinite(load_file(best / "toy.safetensors")["weight"]).all()


def test_a_dev_score_that_is_never_defined_is_an_error(tmp_path: Path) -> None:
    run = Run(tmp_path, dev_score=lambda toy: math.nan)

    with pytest.raises(TrainingError, match="the one before training too: the dev task must"):
        run.go()
    assert all(math.isnan(values["dev"]) for _, _, values in run.steps if "dev" in values)


def test_a_dev_score_that_training_alone_undoes_asks_for_a_lower_learning_rate(
    tmp_path: Path,
) -> None:
    start = Toy().weight.detach().clone()
    run = Run(tmp_path, dev_score=lambda toy: 0.5 if toy.weight.equal(start) else math.nan)

    with pytest.raises(TrainingError, match="after the first step: lower learning_rate"):
        run.go()


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let writing fail, as on a full disk, once a file has so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("width", [4, 4000])  # the optimiser's file or the weights' grow too large
def test_a_full_disk_is_one_line_with_the_cure_and_the_run_goes_on_later(
    tmp_path: Path, width: int
) -> None:
    whole = Run(tmp_path / "whole", toy=Toy(width))
    whole.go()
    full = Run(tmp_path / "cut", toy=Toy(width))

    with (
        largest_file(1000),
        pytest.raises(TrainingError, match=r"cannot write to .*(free some|allow larger)"),
    ):
        full.go()
    resumed = Run(tmp_path / "cut", toy=Toy(width))
    resumed.go()

    assert torch.equal(resumed.toy.weight, whole.toy.weight)


def test_a_full_disk_met_by_the_method_s_own_saving_is_reported_too(tmp_path: Path) -> None:
    run = Run(tmp_path)

    def save(path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    run._save = save  # type: ignore[method-assign]
    with pytest.raises(TrainingError, match="No space left on device"):
        run.go()


def test_an_error_of_the_method_passes_unchanged(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.toy.weight = nn.Parameter(torch.zeros(4, 3))
    run.toy.register_forward_pre_hook(lambda *_: torch.zeros(2) @ torch.zeros(3))

    with pytest.raises(RuntimeError, match="size"):
        run.go()


def test_a_gpu_other_than_the_first_is_refused_with_the_cure(tmp_path: Path) -> None:
    run = Run(tmp_path)
    job = FineTuningJob(run.toy, np.zeros((1, 2), np.intp), run._collate, run._save, run._save)

    with pytest.raises(SettingError, match="set CUDA_VISIBLE_DEVICES=1"):
        fine_tune(job, SETTINGS, Training(0, tmp_path), device=torch.device("cuda:1"))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"batch_size": 1}, "batch_size must be at least 2, got 1"),
        ({"max_steps": 0}, "max_steps must be at least 1, got 0"),
        ({"learning_rate": 0.0}, "learning_rate must be between 0 and 1, got 0.0"),
        ({"learning_rate": math.nan}, "learning_rate must be between 0 and 1, got nan"),
        ({"warmup": 1.5}, "warmup must be 0 to 1, got 1.5"),
        ({"adam_beta2": 1.0}, "adam_beta2 must be 0 or more and below 1, got 1.0"),
        ({"weight_decay": -1.0}, "weight_decay must be 0 or more, got -1.0"),
    ],
)
def test_settings_out_of_range_are_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(SETTINGS, **values)
