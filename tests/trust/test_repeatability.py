"""Same seed, same record; memory that runs out, or many runs in one process, change nothing."""

import gc
import os
import subprocess
import sys
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch

from harness.encoder import Context, HiddenStates
from harness.encoders.transformer.backbone import Backbone
from harness.evaluation.evaluation import evaluate
from harness.results.records.record import Record
from harness.training.options import TrainingOptions

if TYPE_CHECKING:
    from tests.trust.conftest import MakeDesk

SG = "sg:eval_steps=2,head_width=16,max_steps=4"


def run(
    model: Path, *encoders: str, tasks: Sequence[str] = ("stsb",), **more: Any
) -> list[Record]:
    context = Context(model=str(model), device="cpu", token_budget=400)
    options: dict[str, Any] = {"data": "sample", "context": context, "out": None, **more}
    report = evaluate(encoders, tasks, **options)
    assert not report.failures
    return report.records


def test_the_same_seed_gives_the_same_record_twice(make_desk: "MakeDesk") -> None:
    desks = [make_desk("first"), make_desk("second")]
    encoders = ("mean", "random", "whitening:k=8", "flow:config=l1-d1-w8", SG)

    for desk in desks:
        command = (*desk.eval(*encoders, tasks="stsb,mr,sickr-trained"), "--seeds", "2")
        assert desk.run(*command) == 0, desk.stderr

    assert len(desks[0].records()) == 4 * (1 + 2 * 4)
    assert desks[0].records() == desks[1].records()


def test_another_seed_gives_another_record(tiny_bert: Path, tmp_path: Path) -> None:
    options = TrainingOptions(tmp_path / "checkpoints")

    records = run(tiny_bert, SG, tasks=["stsb-test"], seeds=(0, 1), training=options)

    assert records[0].items != records[1].items


def test_the_record_says_what_is_not_guaranteed(
    tiny_bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (record,) = run(tiny_bert, "mean", tasks=["stsb-dev"])
    source = Backbone(tiny_bert, Context(model=str(tiny_bert), device="cpu"))
    monkeypatch.setattr(source, "device", torch.device("cuda"))
    monkeypatch.setattr(
        "harness.encoders.transformer.backbone.device_name", lambda device: "a GPU"
    )

    assert record.runtime["not_guaranteed"].startswith("equal bits with another number of threads")
    assert record.runtime["threads"] == torch.get_num_threads()
    assert str(source.describe()["not_guaranteed"]).startswith("equal bits from run to run, GPU")


def test_a_gpu_out_of_memory_changes_no_score_and_the_record_says_the_budget(
    tiny_bert: Path, shrink_memory: Callable[[], None]
) -> None:
    expected = run(tiny_bert, "mean", "cls", cache=False)

    shrink_memory()
    found = run(tiny_bert, "mean", "cls", cache=False)

    assert [record.runtime["token_budget"] for record in expected] == [400] * 4
    assert [record.runtime["token_budget"] for record in found] == [100] * 4
    for ours, theirs in zip(found, expected, strict=True):
        for split, columns in ours.items.items():
            assert columns["system"] == pytest.approx(theirs.items[split]["system"], abs=1e-6)


SOAK = """
import gc, sys
import torch
from pathlib import Path
from harness.encoder import Context
from harness.evaluation.evaluation import evaluate

torch.set_num_threads(1)
context = Context(model=sys.argv[1], device="cpu")
for number in range(1, 201):
    cache = number % 2 == 0
    options = {"data": "sample", "context": context, "cache": cache, "out": sys.argv[2]}
    assert len(evaluate(["mean", "cls"], ["stsb-dev"], **options).records) == 2
    if number in {40, 200}:
        gc.collect()
        lines = Path("/proc/self/status").read_text().splitlines()
        print(next(line.split()[1] for line in lines if line.startswith("VmRSS:")))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
def test_two_hundred_evaluations_keep_memory_flat(tiny_bert: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", SOAK, str(tiny_bert), str(tmp_path / "out")]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}

    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)

    warm, last = map(int, done.stdout.split())
    assert last <= 1.05 * warm, f"{warm} kB after 40 evaluations, {last} kB after 200"


def test_trained_weights_do_not_stay_in_memory_over_seeds(
    tiny_bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[weakref.ref[object]] = []
    alive: list[int] = []
    forward = Backbone.forward

    def noted(self: Backbone, tokens: Sequence[Sequence[int]]) -> HiddenStates:
        if not any(each() is self.model for each in loaded):
            gc.collect()
            loaded.append(weakref.ref(self.model))
        alive.append(sum(each() is not None for each in loaded))
        return forward(self, tokens)

    options = TrainingOptions(tmp_path / "checkpoints")
    run(tiny_bert, SG, tasks=["stsb-test"], seeds=(0, 1, 2), training=options)
    monkeypatch.setattr(Backbone, "forward", noted)
    records = run(
        tiny_bert, SG, tasks=["stsb-test"], seeds=(0, 1, 2), training=options, cache=False
    )

    assert len(records) == len(loaded) == 3
    assert max(alive) == 1


def test_embedding_the_training_text_of_a_map_is_reported(tiny_bert: Path, tmp_path: Path) -> None:
    reported: list[tuple[str, int, int]] = []
    options = TrainingOptions(
        tmp_path / "checkpoints", on_progress=lambda *news: reported.append(news)
    )

    run(tiny_bert, "whitening:k=8", tasks=["stsb-test"], training=options)

    assert [label for label, _, _ in reported] == ["embedding the training text"] * len(reported)
    assert reported[0][1] == 0
    assert reported[-1][1] == reported[-1][2] > 0
