"""kill -9, at chosen points and at random ones: the same command ends with the same record."""

import hashlib
import random
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.trust.conftest import Desk, MakeDesk

KILLED = -signal.SIGKILL
FORWARD = "harness.encoders.transformer.backbone:Backbone.forward"
CACHE_ADD = "harness.encoding.vector_cache:VectorCache.add"
RECORD_ADD = "harness.results.records.store:ResultStore.add"
FSYNC, REPLACE, RENAME = "os:fsync", "pathlib:Path.replace", "pathlib:Path.rename"

TRAIN_SG = ("--head-width", "16", "--eval-steps", "2", "--max-steps", "6")
SG = "sg:eval_steps=2,head_width=16,max_steps=6"
FLOW = "flow:config=l1-d1-w8"
WHITENING = "whitening:k=8"

Point = tuple[str, str, int]
"""A function, what happens, and at which call of it."""


def encode(desk: "Desk") -> list[tuple[str, ...]]:
    return [desk.eval("mean", "cls", tasks="stsb,sts12")]


def classify(desk: "Desk") -> list[tuple[str, ...]]:
    return [desk.eval("mean", tasks="mr,trec,sickr-trained")]


def train(desk: "Desk") -> list[tuple[str, ...]]:
    return [(*desk.train("sg"), *TRAIN_SG), desk.eval(SG, tasks="stsb-test")]


def fit(desk: "Desk") -> list[tuple[str, ...]]:
    return [desk.eval(WHITENING, FLOW, tasks="stsb-test")]


COMMANDS = {"encode": encode, "classify": classify, "train": train, "fit": fit}

POINTS: dict[str, tuple[str, list[Point]]] = {
    "encoding": (
        "encode",
        [
            (FORWARD, "kill", 1),
            (FORWARD, "kill after", 1),
            (FORWARD, "kill", 4),
            (CACHE_ADD, "kill", 1),
            (CACHE_ADD, "kill after", 1),
            (CACHE_ADD, "kill", 4),
            ("safetensors.numpy:save", "kill after", 2),
            (FSYNC, "half written", 1),
            (FSYNC, "half written", 2),
            (FSYNC, "kill", 3),
            (FSYNC, "kill after", 4),
            (REPLACE, "kill", 1),
            (REPLACE, "kill after", 1),
            (REPLACE, "kill", 2),
            (REPLACE, "kill after", 4),
            ("harness.encoding.job:EncodedRows.flush", "kill", 3),
            ("harness.encoding.job:EncodedRows.finish", "kill after", 1),
        ],
    ),
    "scoring and record writing": (
        "encode",
        [
            ("harness.tasks.sts.task:StsTask.score", "kill", 1),
            ("harness.tasks.sts.task:StsTask.score", "kill after", 2),
            (RECORD_ADD, "kill", 1),
            (RECORD_ADD, "kill after", 1),
            (FSYNC, "half written", 1),
            (FSYNC, "kill", 2),
            (REPLACE, "kill", 2),
            (REPLACE, "kill after", 1),
            (RECORD_ADD, "kill", 4),
            (RECORD_ADD, "kill after", 6),
        ],
    ),
    "classifier": (
        "classify",
        [
            ("harness.tasks.classifiers.head_training:HeadTrainer._train_chunk", "kill", 1),
            ("harness.tasks.classifiers.head_training:HeadTrainer._train_chunk", "kill after", 3),
            ("harness.tasks.classifiers.head_training:HeadTrainer.refit", "kill", 1),
            (RECORD_ADD, "kill", 1),
            (RECORD_ADD, "kill after", 1),
            ("harness.tasks.classifiers.head_training:HeadTrainer.refit", "kill after", 1),
            (RECORD_ADD, "kill after", 1),
            ("harness.tasks.relatedness.task:train_relatedness", "kill", 1),
            ("harness.tasks.relatedness.task:train_relatedness", "kill after", 1),
            (FSYNC, "half written", 1),
        ],
    ),
    "training": (
        "train",
        [
            ("harness.finetuning.callback:FineTuningCallback.on_step_end", "kill", 1),
            ("torch:save", "kill", 1),
            ("torch:save", "kill after", 2),
            ("harness.finetuning.resuming:ResumeStates.commit", "kill", 1),
            ("harness.finetuning.resuming:ResumeStates.commit", "kill after", 1),
            ("harness.encoders.fine_tuning.fine_tuned_encoder:save_transformer", "kill", 1),
            ("harness.encoders.fine_tuning.fine_tuned_encoder:save_transformer", "kill after", 1),
            ("shutil:rmtree", "kill after", 1),
            ("harness.finetuning.callback:FineTuningCallback.score", "kill", 1),
            ("harness.finetuning.callback:FineTuningCallback.on_step_end", "kill after", 2),
            ("harness.encoders.fine_tuning.fine_tuned_encoder:_restore", "kill", 1),
            ("harness.checkpoints.slot:Slot._write", "kill", 1),
            (FSYNC, "half written", 1),
            ("harness.checkpoints.slot:Slot._write", "kill after", 1),
            (RENAME, "kill", 1),
            (RENAME, "kill after", 1),
        ],
    ),
    "fitting a map": (
        "fit",
        [
            (FORWARD, "kill", 2),
            (CACHE_ADD, "kill after", 1),
            ("harness.encoders.methods.whitening:fit_whitening", "kill after", 1),
            ("harness.encoders.learned_maps.weights_file:write_atomically", "kill", 1),
            (RENAME, "kill", 1),
            (RENAME, "kill after", 1),
            ("harness.encoders.methods.flow:train_flow", "kill", 1),
            ("harness.encoders.methods.flow:train_flow", "kill after", 1),
            (FSYNC, "half written", 1),
        ],
    ),
}


def finish(desk: "Desk", commands: Sequence[Sequence[str]]) -> tuple[list[dict[str, Any]], str]:
    """Run the commands to their end; return the records, and a checksum of all checkpoints."""
    for command in commands:
        assert desk.run(*command) == 0, desk.stderr
    digest = hashlib.sha256()
    for path in sorted(desk.out.rglob("*.safetensors")):
        digest.update(f"{path.relative_to(desk.out)} ".encode() + path.read_bytes())
    return desk.records(), digest.hexdigest()


def test_runs_are_killed_at_fifty_points_at_least_of_code_that_there_is() -> None:
    targets = [target for _, points in POINTS.values() for target, _, _ in points]

    assert sum(callable(resolve_name(target)) for target in targets) >= 50


@pytest.mark.parametrize("name", POINTS)
def test_a_run_killed_at_chosen_points_ends_as_an_undisturbed_one(
    name: str, make_desk: "MakeDesk"
) -> None:
    kind, points = POINTS[name]
    whole, killed = make_desk("whole"), make_desk("killed")
    expected = finish(whole, COMMANDS[kind](whole))
    first = COMMANDS[kind](killed)[0]
    if name == "scoring and record writing":  # so that all that is written is records
        assert killed.run(*first, "--out", "elsewhere") == 0

    for target, fault, call in points:
        hook = {"target": target, "fault": fault, "call": call}
        assert killed.run(*first, hooks=[hook]) == KILLED, (target, fault, call, killed.stderr)

    assert finish(killed, COMMANDS[kind](killed)) == expected
    assert killed.leftovers() == []


@pytest.mark.parametrize("kind", COMMANDS)
def test_a_run_killed_at_random_times_ends_as_an_undisturbed_one(
    kind: str, make_desk: "MakeDesk"
) -> None:
    whole, killed = make_desk("whole"), make_desk("killed")
    commands = COMMANDS[kind](whole)
    started = time.monotonic()
    assert whole.run(*commands[0]) == 0
    seconds = time.monotonic() - started
    expected = finish(whole, commands)
    draw = random.Random(kind)  # noqa: S311 - no secret

    for _ in range(6):
        status = killed.run(*commands[0], kill_after=draw.uniform(0.1, 1.0) * seconds)
        assert status in {KILLED, 0}, killed.stderr

    assert finish(killed, commands) == expected
    assert killed.leftovers() == []


RETRAIN_POINTS: list[Point] = [
    ("harness.checkpoints.slot:Slot._begin_again", "kill", 1),
    ("harness.finetuning.callback:FineTuningCallback.on_step_end", "kill after", 1),
    ("harness.finetuning.callback:FineTuningCallback.on_step_end", "kill after", 3),
    ("harness.checkpoints.slot:Slot._write", "kill", 1),
    ("harness.checkpoints.slot:Slot._write", "kill after", 1),
    (RENAME, "kill", 1),
    (RENAME, "kill after", 1),
]


def test_a_killed_retraining_goes_on_and_the_old_checkpoint_serves_until_its_end(
    make_desk: "MakeDesk", tmp_path: Path
) -> None:
    desk, steps = make_desk("desk"), tmp_path / "steps"
    train_it = (*desk.train("sg"), *TRAIN_SG)
    use_it = (*desk.eval(SG, tasks="stsb-dev"), "--no-train")
    count = {
        "target": "harness.finetuning.callback:FineTuningCallback.on_step_end",
        "fault": "count",
        "path": str(steps),
    }
    assert desk.run(*train_it) == 0
    (old,) = desk.out.glob("checkpoints/sg*/training.json")
    written = old.stat().st_mtime_ns

    for target, fault, call in RETRAIN_POINTS:
        hook = {"target": target, "fault": fault, "call": call}
        assert desk.run(*train_it, "--retrain", hooks=[hook]) == KILLED, (target, desk.stderr)
        assert desk.run(*use_it) == 0, (target, fault, desk.stderr)
        assert old.stat().st_mtime_ns == written
    ended = desk.run(*train_it, "--retrain", hooks=[count])

    assert (ended, steps.stat().st_size) == (0, 1)  # the last of six steps is never kept
    assert old.stat().st_mtime_ns > written
    assert desk.leftovers() == []


def test_a_retraining_killed_once_its_checkpoint_is_there_has_ended(make_desk: "MakeDesk") -> None:
    desk = make_desk("desk")
    train_it = (*desk.train("sg"), *TRAIN_SG)
    assert desk.run(*train_it) == 0

    for call in (1, 3):  # the old one laid aside; put back, laid aside, the new one in its place
        hook = {"target": RENAME, "fault": "kill after", "call": call}
        assert desk.run(*train_it, "--retrain", hooks=[hook]) == KILLED
    assert desk.run(*train_it) == 0

    assert "trained before" in desk.stdout
    assert desk.leftovers() == []
