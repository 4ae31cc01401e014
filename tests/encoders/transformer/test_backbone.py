import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModel, AutoTokenizer

from harness.data import DataFolder
from harness.encoder import Context, Embeddings, HiddenStates
from harness.encoders.methods.mean import MeanEncoder
from harness.encoders.transformer.backbone import Backbone, open_backbone
from harness.encoders.transformer.model_folder import hash_model
from harness.encoders.transformer.pooled_encoder import PoolingSettings
from harness.encoders.transformer.pooling import masked_mean
from harness.errors import ModelError, SettingError
from harness.tasks.sts.files import read_split


@pytest.fixture(scope="module")
def sentences(sample: DataFolder) -> list[str]:
    """Ninety sentences of 3 to 40 words, in no order."""
    splits = [("STS12", "MSRpar"), ("STS16", "headlines"), ("STS15", "answers-forums")]
    pairs = [read_split(sample, f"STS/{year}-en-test", split) for year, split in splits]
    return [sentence for each in pairs for sentence in (*each.first, *each.second)]


def embed(model: Path, sentences: Sequence[str], **limits: int) -> Embeddings:
    context = Context(model=str(model), device="cpu", **limits)
    return MeanEncoder(context, PoolingSettings()).encode(sentences)


@pytest.fixture(scope="module")
def alone(tiny_bert: Path, sentences: list[str]) -> Embeddings:
    """Each sentence's vector when it is all there is."""
    return np.concatenate([embed(tiny_bert, [sentence]) for sentence in sentences])


@pytest.mark.parametrize("budget", [1, 7, 50, 333, 100_000])
def test_a_sentence_embeds_the_same_alone_as_in_a_batch_of_any_budget(
    tiny_bert: Path, sentences: list[str], alone: Embeddings, budget: int
) -> None:
    together = embed(tiny_bert, sentences, token_budget=budget)

    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_vectors_equal_transformers_own_in_the_order_given(
    tiny_bert: Path, sentences: list[str]
) -> None:
    tokenizer, model = (
        AutoTokenizer.from_pretrained(tiny_bert),
        AutoModel.from_pretrained(tiny_bert),
    )
    batch = tokenizer(sentences, padding=True, truncation=True, return_tensors="pt")
    with torch.no_grad():
        hidden = model.eval()(**batch).last_hidden_state
    expected = masked_mean(hidden, batch["attention_mask"])

    np.testing.assert_allclose(embed(tiny_bert, sentences), expected, atol=1e-5)


def test_no_batch_exceeds_the_token_budget(
    tiny_bert: Path, sentences: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shapes: list[tuple[int, int]] = []
    forward = Backbone.forward

    def noted(self: Backbone, tokens: Sequence[Sequence[int]]) -> HiddenStates:
        states = forward(self, tokens)
        shapes.append((states.mask.shape[0], states.mask.shape[1]))
        return states

    monkeypatch.setattr(Backbone, "forward", noted)
    embed(tiny_bert, sentences, token_budget=100)

    assert max(rows * length for rows, length in shapes if rows > 1) <= 100
    assert [length for _, length in shapes] == sorted((n for _, n in shapes), reverse=True)


def test_out_of_memory_halves_the_budget_and_changes_no_vector(
    tiny_bert: Path, sentences: list[str], shrink_memory: Callable[[], None]
) -> None:
    expected = embed(tiny_bert, sentences)

    shrink_memory()
    context = Context(model=str(tiny_bert), device="cpu", token_budget=1000)
    encoder = MeanEncoder(context, PoolingSettings())

    np.testing.assert_allclose(encoder.encode(sentences), expected, atol=1e-5)
    assert encoder.source.describe()["token_budget"] == 125


def test_a_single_sentence_that_does_not_fit_is_refused_with_the_cure(
    tiny_bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_memory(self: Backbone, tokens: object) -> HiddenStates:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(Backbone, "forward", no_memory)

    with pytest.raises(ModelError, match=r"one sentence of .* lower --max-length or use --device"):
        embed(tiny_bert, ["one two", "three"], token_budget=64)


def test_long_sentences_are_cut_at_max_length(tiny_bert: Path) -> None:
    long = "the man is playing a guitar " * 30

    backbone = open_backbone(Context(model=str(tiny_bert), device="cpu", max_length=8))

    assert [len(ids) for ids in backbone.tokenize([long, "a"])] == [8, 3]
    assert backbone.describe()["max_length"] == 8


@pytest.mark.parametrize("length", [2, 65])
def test_a_max_length_the_model_cannot_take_is_refused(tiny_bert: Path, length: int) -> None:
    backbone = open_backbone(Context(model=str(tiny_bert), device="cpu", max_length=length))

    with pytest.raises(ModelError, match=rf"max_length must be 3 to 64 for .*, got {length}"):
        _ = backbone.max_length


def test_encoders_of_equal_contexts_share_one_transformer_whatever_the_seed(
    tiny_bert: Path,
) -> None:
    first, second = (open_backbone(Context(model=str(tiny_bert), seed=seed)) for seed in (0, 1))

    assert first is second


def test_weights_that_changed_on_disk_are_another_transformer(
    tiny_bert: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(tiny_bert, folder)
    context = Context(model=str(folder), device="cpu")
    before, vectors = open_backbone(context), embed(folder, ["a man is dancing"])
    model = AutoModel.from_pretrained(folder)
    torch.nn.init.ones_(model.encoder.layer[2].output.dense.weight)
    model.save_pretrained(folder)

    after = open_backbone(context)

    assert after.fingerprint != before.fingerprint
    assert not np.allclose(embed(folder, ["a man is dancing"]), vectors)


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json"])
def test_any_changed_file_of_a_model_changes_its_hash(
    tiny_bert: Path, tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(tiny_bert, folder)
    before = hash_model(folder)
    content = bytearray((folder / name).read_bytes())
    content[-1] ^= 1
    (folder / name).write_bytes(content)

    assert hash_model(folder) != before


@pytest.mark.parametrize(
    "change", [{"dtype": "bf16"}, {"max_length": 10}], ids=["dtype", "max_length"]
)
def test_what_changes_vectors_changes_the_fingerprint(
    tiny_bert: Path, change: dict[str, object]
) -> None:
    context = Context(model=str(tiny_bert), device="cpu")
    other = Context(**{**vars(context), **change})

    assert open_backbone(context).fingerprint != open_backbone(other).fingerprint


def test_the_batch_budget_is_no_part_of_the_fingerprint(tiny_bert: Path) -> None:
    contexts = [Context(model=str(tiny_bert), device="cpu", token_budget=n) for n in (10, 1000)]

    assert len({open_backbone(context).fingerprint for context in contexts}) == 1


def test_half_precision_stays_near_full(tiny_bert: Path, sentences: list[str]) -> None:
    context = Context(model=str(tiny_bert), device="cpu", dtype="bf16")
    half = MeanEncoder(context, PoolingSettings()).encode(sentences)
    full = embed(tiny_bert, sentences)

    assert half.dtype == np.float32
    assert 0 < np.abs(half - full).max() < 0.1 * np.abs(full).max()


def test_a_layer_that_the_model_lacks_is_refused(tiny_bert: Path) -> None:
    with pytest.raises(SettingError, match=r"layer must be 0 to 3 for this model, got 4"):
        MeanEncoder(Context(model=str(tiny_bert), device="cpu"), PoolingSettings("4"))


def test_a_transformer_that_has_encoded_can_still_be_trained(tiny_bert: Path) -> None:
    context = Context(model=str(tiny_bert), device="cpu", max_length=9)
    MeanEncoder(context, PoolingSettings()).encode(["a man"])

    assert not any(weight.is_inference() for weight in open_backbone(context).model.parameters())
