"""Vectors of anything else are never taken for an encoder's own."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file
from transformers import AutoModel

from harness.encoder import Context
from harness.encoding.vector_cache import VectorCache
from harness.evaluation.evaluation import evaluate
from harness.evaluation.report import Report


@pytest.fixture
def model(tiny_bert: Path, tmp_path: Path) -> Path:
    """A copy of the model that a test may change."""
    return Path(shutil.copytree(tiny_bert, tmp_path / "model"))


def run(model: Path, encoder: str = "mean", **context: object) -> Report:
    chosen = replace(Context(model=str(model), device="cpu"), **context)  # type: ignore[arg-type]
    return evaluate([encoder], ["stsb-dev"], data="sample", context=chosen, out=None)


def other_weights(model: Path) -> None:
    weights = AutoModel.from_pretrained(model)
    torch.nn.init.ones_(weights.encoder.layer[2].output.dense.bias)
    weights.save_pretrained(model)


def other_tokenizer(model: Path) -> None:
    path = model / "tokenizer.json"
    content = json.loads(path.read_text())
    vocabulary = content["model"]["vocab"]
    vocabulary["a"], vocabulary["b"] = vocabulary["b"], vocabulary["a"]
    path.write_text(json.dumps(content))


def other_revision(model: Path) -> None:
    path = model / "config.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "layer_norm_eps": 1e-5}))


@pytest.mark.parametrize("change", [other_weights, other_tokenizer, other_revision])
def test_a_model_changed_in_place_misses(
    change: Callable[[Path], None], model: Path, passes: list[int]
) -> None:
    run(model)
    once = sum(passes)
    change(model)

    run(model)

    assert sum(passes) == 2 * once


@pytest.mark.parametrize(
    ("encoder", "context"),
    [
        ("cls", {}),
        ("max", {}),
        ("mean:layers=0", {}),
        ("mean:layers=last2", {}),
        ("random", {}),
        ("mean", {"dtype": "bf16"}),
        ("mean", {"max_length": 8}),
    ],
)
def test_another_pooling_layer_number_format_or_length_misses(
    encoder: str, context: dict[str, object], model: Path, passes: list[int]
) -> None:
    run(model)
    once = sum(passes)

    run(model, encoder, **context)

    assert sum(passes) == 2 * once


@pytest.mark.parametrize("context", [{"token_budget": 50}, {"seed": 3}, {"offline": True}])
def test_what_changes_no_vector_is_found(
    context: dict[str, object], model: Path, passes: list[int]
) -> None:
    run(model)
    once = sum(passes)

    run(model, **context)

    assert sum(passes) == once


def test_another_version_of_torch_or_transformers_misses(
    model: Path, passes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    from harness.encoders.transformer import backbone

    for module in (backbone.torch, backbone.transformers):
        backbone._open.cache_clear()
        passes.clear()
        run(model)
        backbone._open.cache_clear()
        monkeypatch.setattr(module, "__version__", "0.0.1")
        passes.clear()

        run(model)

        assert sum(passes) > 0


PLUGIN = '''
import numpy as np

class Letters:
    """Counts letters."""
    def __init__(self, context, settings): ...
    def encode(self, sentences):
        return np.array([[len(s), s.count("e") {change}] for s in sentences], np.float32)
    def fingerprint(self): return "letters"
'''


@pytest.mark.parametrize("change", ["version", "code"])
def test_another_version_or_an_edit_of_a_plug_in_misses(
    change: str,
    install_plugin: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    import sys

    points = {"letters": "letters:Letters"}
    install_plugin("letters-dist", PLUGIN.format(change=""), module="letters", encoders=points)
    first = evaluate(["letters"], ["stsb-dev"], data="sample", out=None)
    site = tmp_path / "site-letters-dist"
    if change == "code":
        (site / "letters.py").write_text(PLUGIN.format(change=" * 2 + 1"))
        shutil.rmtree(site / "__pycache__", ignore_errors=True)
    else:
        metadata = site / "letters_dist-1.0.dist-info" / "METADATA"
        metadata.write_text(metadata.read_text().replace("1.0", "2.0"))
    monkeypatch.delitem(sys.modules, "letters")

    second = evaluate(["letters"], ["stsb-dev"], data="sample", out=None)

    assert second.records[0].times["sentences_from_cache"] == 0
    assert first.records[0].times["sentences_from_cache"] == 0
    assert (first.records[0].scores != second.records[0].scores) is (change == "code")


@pytest.mark.parametrize("bit", range(8))
@pytest.mark.parametrize("place", [0.0, 0.3, 0.6, 0.999])
def test_any_flipped_bit_of_a_shard_is_found_and_its_sentences_encoded_again(
    bit: int, place: float, tmp_path: Path
) -> None:
    cache = VectorCache(tmp_path, "mark")
    sentences = ["one", "two"]
    cache.add(sentences, np.ones((2, 3), np.float32))
    (shard,) = tmp_path.rglob("*.safetensors")
    content = bytearray(shard.read_bytes())
    content[int(place * len(content))] ^= 1 << bit
    shard.write_bytes(content)

    known, _ = cache.load(sentences)

    assert not known.any()


@pytest.mark.parametrize(
    "tensors",
    [
        {"vectors": np.ones((2, 3), np.float32)},
        {"keys": np.ones((2, 16), np.uint8), "vectors": np.ones((2, 3), np.float64)},
        {"keys": np.ones((3, 16), np.uint8), "vectors": np.ones((2, 3), np.float32)},
        {"keys": np.ones((2, 8), np.uint8), "vectors": np.ones((2, 3), np.float32)},
        {"keys": np.ones((2, 16), np.int8), "vectors": np.ones((2, 3), np.float32)},
        {"keys": np.ones((2, 16), np.uint8), "vectors": np.ones(2, np.float32)},
    ],
    ids=["no-keys", "float64", "more-keys", "short-keys", "signed-keys", "no-matrix"],
)
def test_a_shard_of_another_form_is_left_out_whatever_its_commit_record_says(
    tensors: dict[str, np.ndarray], tmp_path: Path
) -> None:
    import hashlib

    cache = VectorCache(tmp_path, "mark")
    cache.add(["one"], np.ones((1, 3), np.float32))
    (folder,) = {path.parent for path in tmp_path.rglob("*.json")}
    save_file(tensors, folder / "odd.safetensors")
    digest = hashlib.sha256((folder / "odd.safetensors").read_bytes()).hexdigest()
    (folder / "odd.json").write_text(json.dumps({"sha256": digest}))

    known, matrix = cache.load(["one", "two"])

    assert known.tolist() == [True, False]
    assert matrix.shape == (2, 3)
