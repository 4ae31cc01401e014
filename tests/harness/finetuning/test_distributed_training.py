"""Two processes on one machine, without a GPU, train as one process with the whole batch does."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from harness.corpus import Corpus
from harness.encoder import Context
from harness.encoders.methods.sg import SgOptEncoder, SgOptSettings
from harness.errors import SettingError
from harness.machine.distributed import own_share
from harness.trainable import Training

SENTENCES = [
    f"{a} {b} {c}" for a in ("a", "the") for b in ("man", "dog") for c in ("runs", "eats")
]
SETTINGS = SgOptSettings(
    batch_size=4, max_steps=3, learning_rate=1e-3, head_width=8, temperature=0.1, adam_beta2=0.999
)

SCRIPT = """
import json
import sys
from pathlib import Path

sys.path.insert(0, sys.argv[4])
from test_distributed_training import fit
from harness.machine.distributed import is_first_process, join_processes

join_processes("cpu")
encoder, losses, processes = fit(Path(sys.argv[1]), Path(sys.argv[2]))
if is_first_process():
    encoder.save(Path(sys.argv[3]))
    Path(sys.argv[3], "outcome").write_text(json.dumps([losses, processes]))
"""


def fit(model: Path, folder: Path) -> tuple[SgOptEncoder, list[float], int]:
    losses: list[float] = []

    def on_step(step: int, total: int, values: Mapping[str, float]) -> None:
        losses.append(values["loss"])

    encoder = SgOptEncoder(Context(model=str(model), device="cpu"), SETTINGS)
    corpus = Corpus("text", tuple(SENTENCES))
    history = encoder.fit(corpus, Training(0, folder, on_step=on_step))
    return encoder, losses, history["processes"]


FAILING = """
import sys
from pathlib import Path

from harness.machine.distributed import from_first_process, is_first_process, join_processes
from harness.errors import UnknownNameError

class HiddenError(Exception):
    def __reduce__(self):
        raise TypeError("cannot be pickled")

def unknown():
    raise UnknownNameError("encoder", "meam", ["mean"])

def hidden():
    raise HiddenError("out of luck")

join_processes("cpu")
outcomes = []
for compute in (unknown, hidden, lambda: "a value"):
    try:
        outcomes.append(from_first_process(compute))
    except Exception as error:
        outcomes.append(f"{type(error).__name__}: {error}")
Path(sys.argv[1], "first" if is_first_process() else "other").write_text("\\n".join(outcomes))
"""


RESERVING = """
import errno
import sys
from pathlib import Path

from harness.checkpoints.store import CheckpointStore
from harness.keys.checkpoints import CheckpointKey, TrainedEncoder
from harness.machine.distributed import is_first_process, join_processes

def full(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device")

join_processes("cpu")
place = Path(sys.argv[1], "first" if is_first_process() else "other")
if is_first_process():
    Path.mkdir = full
encoder = TrainedEncoder("learner", {}, "dist 1.0")
key = CheckpointKey(encoder, "model", "base", "text", "0" * 64, 0)
try:
    with CheckpointStore(Path(sys.argv[1], "checkpoints")).reserve(key):
        place.write_text("reserved")
except Exception as error:
    place.write_text(f"{type(error).__name__}: {error}")
"""


def start_two(script: str, *arguments: Path) -> list[subprocess.Popen[bytes]]:
    """Run a script in two processes, as torchrun would."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = str(free.getsockname()[1])
    command = [sys.executable, "-W", "error::FutureWarning", "-c", script, *map(str, arguments)]
    shared = {**os.environ, "MASTER_ADDR": "localhost", "MASTER_PORT": port, "WORLD_SIZE": "2"}
    shared |= {"OMP_NUM_THREADS": "1", "LOCAL_WORLD_SIZE": "2"}
    return [
        subprocess.Popen(command, env={**shared, "RANK": rank, "LOCAL_RANK": rank})
        for rank in ("0", "1")
    ]


@pytest.fixture
def undropped_bert(tiny_bert: Path, tmp_path: Path) -> Path:
    """The tiny model without dropout, which no two layouts of a batch share."""
    folder = tmp_path / "undropped"
    folder.mkdir()
    for path in tiny_bert.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    config = (folder / "config.json").read_text()
    (folder / "config.json").write_text(config.replace("0.1", "0.0"))
    return folder


def test_two_processes_end_with_the_weights_of_one(undropped_bert: Path, tmp_path: Path) -> None:
    encoder, losses, processes_alone = fit(undropped_bert, tmp_path / "work-1")
    encoder.save(tmp_path / "one")
    places = [undropped_bert, tmp_path / "work-2", tmp_path / "two", Path(__file__).parent]
    processes = start_two(SCRIPT, *places)

    assert [process.wait(timeout=600) for process in processes] == [0, 0]
    one, two = (load_file(tmp_path / name / "model.safetensors") for name in ("one", "two"))
    losses_of_two, processes_of_two = json.loads((tmp_path / "two" / "outcome").read_text())
    assert losses_of_two == pytest.approx(losses[-1:])
    assert (processes_alone, processes_of_two) == (1, 2)
    for name, weight in one.items():
        if not name.endswith("key.bias"):  # no loss depends on it: its gradient is rounding noise
            torch.testing.assert_close(two[name], weight, rtol=1e-4, atol=1e-5)


def test_an_error_of_the_first_process_reaches_the_other_whatever_it_is(tmp_path: Path) -> None:
    processes = start_two(FAILING, tmp_path)

    assert [process.wait(timeout=600) for process in processes] == [0, 0]
    unknown = "UnknownNameError: unknown encoder 'meam'. Did you mean 'mean'? Known: mean."
    assert (tmp_path / "first").read_text().splitlines() == [
        unknown,
        "HiddenError: out of luck",
        "a value",
    ]
    assert (tmp_path / "other").read_text().splitlines() == [
        unknown,
        "HarnessError: HiddenError: out of luck",
        "a value",
    ]


def test_a_place_that_the_first_process_cannot_reserve_fails_in_the_other_at_once(
    tmp_path: Path,
) -> None:
    processes = start_two(RESERVING, tmp_path)

    assert [process.wait(timeout=600) for process in processes] == [0, 0]
    first, other = ((tmp_path / name).read_text() for name in ("first", "other"))
    assert first.startswith("TrainingError: checkpoints cannot be kept in")
    assert other == first


def test_a_batch_that_processes_cannot_share_evenly_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("harness.machine.distributed.process_count", lambda: 2)

    with pytest.raises(SettingError, match="multiple of the 2 processes, got 9"):
        own_share(np.zeros((3, 9), dtype=np.intp))
