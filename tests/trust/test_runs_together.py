"""Two and eight runs at once on one cache and one output folder."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.results.records.store import ResultStore

if TYPE_CHECKING:
    from tests.trust.conftest import Desk, MakeDesk


def counted(target: str, path: Path) -> dict[str, Any]:
    """A hook that notes each call of a function, whichever process makes it."""
    path.touch()
    return {"target": target, "fault": "count", "path": str(path)}


def whole_files(desk: "Desk") -> int:
    """Read every record and manifest of a desk as its readers do; return how many."""
    records = ResultStore(desk.out).read()
    manifests = [json.loads(path.read_bytes()) for path in desk.folder.rglob("training.json")]
    return len(records) + len(manifests)


@pytest.mark.parametrize("processes", [2, 8])
def test_runs_at_once_encode_and_score_once_and_lose_no_record(
    processes: int, make_desk: "MakeDesk", tmp_path: Path
) -> None:
    alone, shared = make_desk("alone"), make_desk("shared")
    forwards, heads = tmp_path / "forwards", tmp_path / "heads"
    hooks = [
        counted("harness.encoders.transformer.backbone:Backbone.forward", forwards),
        counted("harness.tasks.transfer.task:TransferTask.score", heads),
    ]
    command = alone.eval("mean", "cls", tasks="stsb,mr,trec")
    assert alone.run(*command, hooks=hooks) == 0
    once = (forwards.stat().st_size, heads.stat().st_size)

    statuses = shared.run_together([command] * processes, hooks=hooks)

    assert statuses == [0] * processes, shared.stderr
    assert (forwards.stat().st_size, heads.stat().st_size) == (2 * once[0], 2 * once[1])
    assert shared.records() == alone.records()
    assert whole_files(shared) == 8
    assert shared.leftovers() == []


@pytest.mark.parametrize("processes", [2, 8])
def test_runs_at_once_train_once(processes: int, make_desk: "MakeDesk", tmp_path: Path) -> None:
    desk, fits = make_desk("shared"), tmp_path / "fits"
    hook = counted("harness.encoders.methods.whitening:fit_whitening", fits)
    command = desk.eval("whitening:k=8", tasks="stsb-test")

    statuses = desk.run_together([command] * processes, hooks=[hook])

    assert statuses == [0] * processes, desk.stderr
    assert fits.stat().st_size == 1
    assert whole_files(desk) == 2
    assert desk.leftovers() == []


def test_eight_runs_of_different_encoders_lose_no_record(make_desk: "MakeDesk") -> None:
    desk = make_desk("shared")
    encoders = [f"mean:layers={layer}" for layer in range(4)]
    encoders += ["cls", "max", "random", "mean:layers=all"]

    statuses = desk.run_together([desk.eval(each, tasks="stsb,sts12") for each in encoders])

    assert statuses == [0] * 8, desk.stderr
    reported = sorted((record["encoder"], record["task"]) for record in desk.records())
    expected = sorted((e, t) for e in encoders for t in ("stsb-dev", "stsb-test", "sts12"))
    assert reported == expected


def test_a_run_goes_on_while_another_is_killed(make_desk: "MakeDesk") -> None:
    alone, shared = make_desk("alone"), make_desk("shared")
    command = alone.eval("mean", tasks="stsb,mr")
    assert alone.run(*command) == 0
    killer = {
        "target": "harness.encoders.transformer.backbone:Backbone.forward",
        "fault": "kill",
        "call": 3,
    }

    first = shared.run(*command, hooks=[killer])
    statuses = shared.run_together([command] * 2)

    assert first < 0
    assert statuses == [0, 0]
    assert shared.records() == alone.records()
