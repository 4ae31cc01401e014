from collections.abc import Callable
from pathlib import Path

import pytest

from harness.encoder import Context
from harness.encoders.adapters.mteb import MtebEncoder, MtebSettings
from harness.errors import HarnessError

VERSION_1 = """
class Model:
    received = []
    def encode(self, sentences, *, task_name, prompt_type=None, **kwargs):
        self.received.append((sentences, task_name, prompt_type, kwargs))
        return [[float(len(s))] for s in sentences]
model = Model()
"""
VERSION_2 = """
import torch
class Model:
    received = []
    def encode(self, inputs, *, task_metadata, hf_split, hf_subset, prompt_type=None, **kwargs):
        batches = [batch["text"] for batch in inputs]
        task = task_metadata
        self.received.append((batches, task.name, task.type, hf_split, prompt_type))
        return torch.tensor([[float(len(s))] for batch in batches for s in batch])
"""
EARLY = (
    "class Model:\n    def encode(self, sentences): return [[float(len(s))] for s in sentences]"
)

Write = Callable[..., MtebEncoder]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that makes the encoder of a model with this source."""

    def write(source: str, name: str = "Model", **settings: object) -> MtebEncoder:
        path = tmp_path / "model.py"
        path.write_text(source)
        return MtebEncoder(Context(), MtebSettings(object=f"{path}:{name}", **settings))

    return write


def test_a_model_of_mteb_1_receives_task_prompt_type_and_batch_size(write: Write) -> None:
    encoder = write(VERSION_1, "model", task_name="STS12", prompt_type="query", batch_size=8)

    assert encoder.encode(("ab", "c")).tolist() == [[2], [1]]
    assert encoder._code.value.received == [(["ab", "c"], "STS12", "query", {"batch_size": 8})]


def test_a_model_of_mteb_2_gets_batches_of_texts_and_the_task_s_metadata(write: Write) -> None:
    encoder = write(VERSION_2, batch_size=2)

    assert encoder.encode(["ab", "c", "def"]).tolist() == [[2], [1], [3]]
    assert encoder._code.value.received == [
        ([["ab", "c"], ["def"]], "STSBenchmark", "STS", "test", None)
    ]


def test_a_model_receives_only_what_it_takes(write: Write) -> None:
    assert write(EARLY).encode(["ab"]).tolist() == [[2]]


def test_a_function_may_make_the_model(write: Write) -> None:
    assert write(f"{EARLY}\ndef load(): return Model()", "load").encode(["a"]).tolist() == [[1]]


def test_what_the_model_receives_is_part_of_the_fingerprint(write: Write, tmp_path: Path) -> None:
    weights = tmp_path / "weights.bin"
    weights.write_bytes(b"1")
    files = (str(weights),)
    marks = [
        write(EARLY).fingerprint(),
        write(EARLY, files=files).fingerprint(),
        write(EARLY, files=files, prompt_type="query").fingerprint(),
        write(EARLY, files=files, task_name="STS12").fingerprint(),
        write(f"{EARLY}\n", files=files).fingerprint(),
    ]
    weights.write_bytes(b"2")
    marks.append(write(EARLY, files=files).fingerprint())

    assert marks[0] is None
    assert len(set(marks)) == len(marks)


@pytest.mark.parametrize("name", ["Model", "load", "model"])
def test_the_model_s_own_fingerprint_is_asked_however_it_is_made(write: Write, name: str) -> None:
    method = "\n    def fingerprint(self): return type(self).__name__"
    source = f"{EARLY}{method}\ndef load(): return Model()\nmodel = Model()\n"

    assert "; Model; " in str(write(source, name).fingerprint())


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("Model = 3", "must have a method encode, int has none"),
        ("class Model: pass", "must have a method encode, Model has none"),
        ("x = 1", "must define 'Model', as in mteb:object="),
    ],
)
def test_what_is_no_model_is_reported(write: Write, source: str, message: str) -> None:
    with pytest.raises(HarnessError, match=message):
        write(source)


def test_rows_that_are_too_few_are_reported(write: Write) -> None:
    encoder = write("class Model:\n    def encode(self, sentences): return [[1.0]]")

    with pytest.raises(HarnessError, match=r"Model must return shape \(2, dim\), got \(1, 1\)"):
        encoder.encode(["a", "b"])


def test_no_object_at_all_is_reported_with_an_example() -> None:
    with pytest.raises(HarnessError, match="mteb needs its object: mteb:object="):
        MtebEncoder(Context(), MtebSettings())
