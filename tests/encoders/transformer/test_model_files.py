"""All files of a model count, and those that were loaded are those that were hashed."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from harness.encoder import Context, Embeddings
from harness.encoders.learned_maps.weights_file import load_weights, save_weights
from harness.encoders.methods.mean import MEAN, MeanSettings
from harness.encoders.transformer.backbone import open_backbone
from harness.encoders.transformer.loading import load_transformer
from harness.encoders.transformer.model_folder import hash_model
from harness.encoding.vector_cache import VectorCache
from harness.errors import HarnessError, ModelError
from harness.evaluation.evaluation import evaluate

SENTENCES = ["a man is dancing", "a woman is playing"]


@pytest.fixture
def folder(tiny_bert: Path, tmp_path: Path) -> Path:
    """A copy of the tiny model, to be changed."""
    return Path(shutil.copytree(tiny_bert, tmp_path / "model"))


@pytest.fixture
def sharded(folder: Path) -> Path:
    """A copy whose weights lie in a folder of it, as its index says."""
    weights = folder / "model.safetensors"
    names = load_file(weights).keys()
    (folder / "shards").mkdir()
    weights.rename(folder / "shards/one.safetensors")
    save_file({"spare": torch.zeros(1)}, folder / "model-2.safetensors")
    index = {"metadata": {}, "weight_map": dict.fromkeys(names, "shards/one.safetensors")}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    return folder


def embed(folder: Path) -> Embeddings:
    context = Context(model=str(folder), device="cpu")
    return MEAN(context, MeanSettings()).encode(SENTENCES)


def change_weights(path: Path) -> None:
    """Write other weights in place, as many bytes, the time of the last write set back."""
    before = path.stat()
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 4000] = bytes(4000)
    with path.open("r+b") as file:
        file.write(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def score(folder: Path, *, cache: bool = True) -> tuple[list[float | None], list[str]]:
    context = Context(model=str(folder), device="cpu")
    report = evaluate("mean", "stsb-dev", data="sample", context=context, out=None, cache=cache)
    scores = [record.score("spearman", "all") for record in report.records]
    return scores, [failure.reason for failure in report.failures]


def test_a_shard_in_a_folder_of_the_model_counts(sharded: Path) -> None:
    before, vectors = hash_model(sharded), embed(sharded)
    change_weights(sharded / "shards/one.safetensors")

    assert hash_model(sharded) != before
    assert not np.array_equal(embed(sharded), vectors)


@pytest.mark.parametrize("place", ["shards/one.safetensors", ".cache/one.safetensors"])
def test_weights_in_a_folder_that_the_config_names_count(sharded: Path, place: str) -> None:
    (sharded / "model.safetensors.index.json").unlink()
    (sharded / place).parent.mkdir(exist_ok=True)
    (sharded / "shards/one.safetensors").rename(sharded / place)
    config = json.loads((sharded / "config.json").read_text())
    config["transformers_weights"] = place
    (sharded / "config.json").write_text(json.dumps(config))
    before, vectors = hash_model(sharded), embed(sharded)
    change_weights(sharded / place)

    assert hash_model(sharded) != before
    assert not np.array_equal(embed(sharded), vectors)


@pytest.mark.parametrize("name", ["vocab.bpe", "custom.vocabulary", "sentencepiece.bpe.model"])
def test_a_file_of_any_name_counts(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"1")
    before = hash_model(folder)
    (folder / name).write_bytes(b"2")

    assert hash_model(folder) != before


@pytest.mark.parametrize(
    "name", ["README.md", "training.json", ".git/HEAD", "pytorch_model.bin", "runs/1.json"]
)
def test_what_a_transformer_is_never_read_from_does_not_count(folder: Path, name: str) -> None:
    before = hash_model(folder)
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(b"1")

    assert hash_model(folder) == before


@pytest.mark.parametrize("shard", ["../elsewhere.safetensors", "/elsewhere.safetensors"])
def test_weights_outside_the_folder_are_refused(sharded: Path, shard: str) -> None:
    index = sharded / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"weight": shard}}))

    with pytest.raises(ModelError, match=r"weights of .* must be in its folder, got "):
        open_backbone(Context(model=str(sharded), device="cpu"))


@pytest.mark.parametrize("module", ["", "0_Transformer"])
def test_weights_outside_the_folder_of_a_module_are_refused(folder: Path, module: str) -> None:
    inner = folder / module
    inner.mkdir(exist_ok=True)
    index = inner / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"weight": "../elsewhere.safetensors"}}))

    with pytest.raises(ModelError, match=r"weights of .* must be in its folder, got "):
        hash_model(folder, recursive=True)


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "tokenizer.json"])
def test_a_model_that_changes_before_it_is_loaded_is_refused(folder: Path, name: str) -> None:
    backbone = open_backbone(Context(model=str(folder), device="cpu"))
    (folder / name).touch()

    with pytest.raises(HarnessError, match=rf"files of model .*, {name} did not: start it again"):
        _ = backbone.tokenizer if name == "tokenizer.json" else backbone.config


def test_weights_that_change_once_loaded_change_no_vector(folder: Path) -> None:
    model = load_transformer(folder, "tiny")
    before = [weight.clone() for weight in model.parameters()]
    change_weights(folder / "model.safetensors")

    changed = load_transformer(folder, "tiny").parameters()
    assert not all(map(torch.equal, changed, before))
    assert all(map(torch.equal, model.parameters(), before))


def test_learned_weights_that_change_once_loaded_stay_as_they_were(tmp_path: Path) -> None:
    save_weights(tmp_path, {"map": torch.ones(9000)})
    weights = load_weights(tmp_path)
    change_weights(tmp_path / "weights.safetensors")

    assert torch.equal(weights["map"], torch.ones(9000))


def test_weights_replaced_while_a_run_waits_for_the_lock_are_never_kept_as_the_old_ones(
    folder: Path,
) -> None:
    weights, old = folder / "model.safetensors", folder.with_name("old")
    shutil.copy(weights, old)
    expected, _ = score(Path(shutil.copytree(folder, folder.with_name("copy"))), cache=False)
    locked: Callable[[VectorCache], AbstractContextManager[None]] = VectorCache.locked

    @contextmanager
    def changing(cache: VectorCache) -> Iterator[None]:
        with locked(cache):
            change_weights(weights)
            yield

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(VectorCache, "locked", changing)
        scores, reasons = score(folder)
    shutil.copy(old, weights)

    assert scores == []
    assert [reason.partition(", ")[2] for reason in reasons] == [
        "model.safetensors did not: start it again"
    ]
    assert score(folder) == (expected, [])
