"""Adapters made with PEFT are read as their model with the adapter merged into it."""

import json
import shutil
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import (
    AutoModel,
    AutoModelForSeq2SeqLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    BartConfig,
)

from harness.data import DataFolder
from harness.encoder import Context, Embeddings
from harness.encoders.methods.mean import MeanEncoder
from harness.encoders.methods.pooler import PoolerEncoder
from harness.encoders.transformer import peft_adapter
from harness.encoders.transformer.backbone import open_backbone
from harness.encoders.transformer.pooled_encoder import PoolingSettings
from harness.errors import ModelError
from harness.evaluation.evaluation import evaluate
from harness.settings import NoSettings

peft = pytest.importorskip("peft", reason="the extra peft is not installed")

SENTENCES = ["yes", "a man is playing a guitar", "two dogs run"]
LAYERS = ["query", "value"]
Adapt = Callable[..., Path]


@pytest.fixture(scope="module")
def adapt(tiny_bert: Path, tmp_path_factory: pytest.TempPathFactory) -> Adapt:
    """Save a random adapter and, beside it as NAME-merged, what peft makes of it."""
    root = tmp_path_factory.mktemp("adapters")

    def make(
        name: str, config: object, kind: type[Any] = AutoModel, base: Path = tiny_bert
    ) -> Path:
        with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # what peft asks of transformers
            torch.manual_seed(0)
            adapted = peft.get_peft_model(kind.from_pretrained(base), config)
            for weight in adapted.parameters():
                if weight.requires_grad:
                    weight.data.add_(0.1 * torch.randn_like(weight))
            adapted.save_pretrained(root / name)
            merged = adapted.merge_and_unload()
        merged.save_pretrained(root / f"{name}-merged")
        AutoTokenizer.from_pretrained(base).save_pretrained(root / f"{name}-merged")
        return root / name

    return make


@pytest.fixture
def lora(adapt: Adapt, tmp_path: Path) -> Path:
    """A copy of a plain adapter, to be changed."""
    return Path(shutil.copytree(adapt("lora", lora_config()), tmp_path / "lora"))


def lora_config(**options: Any) -> object:
    return peft.LoraConfig(r=4, target_modules=LAYERS, **options)


def embed(folder: Path, **options: Any) -> Embeddings:
    context = Context(model=str(folder), device="cpu", **options)
    return MeanEncoder(context, PoolingSettings()).encode(SENTENCES)


def rewrite(folder: Path, **values: object) -> None:
    path = folder / "adapter_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def save_weights(folder: Path, weights: Mapping[str, torch.Tensor]) -> None:
    save_file(dict(weights), folder / "adapter_model.safetensors", metadata={"format": "pt"})


@pytest.mark.parametrize(
    ("name", "config", "kind"),
    [
        ("lora", lora_config, AutoModel),
        ("dora", lambda: lora_config(use_dora=True), AutoModel),
        ("biased", lambda: lora_config(use_rslora=True, bias="all"), AutoModel),
        ("pissa", lambda: lora_config(init_lora_weights="pissa"), AutoModel),
        ("loha", lambda: peft.LoHaConfig(r=4, target_modules=LAYERS), AutoModel),
        ("oft", lambda: peft.OFTConfig(r=0, oft_block_size=4, target_modules=LAYERS), AutoModel),
        ("ia3", lambda: peft.IA3Config(target_modules=LAYERS, feedforward_modules=[]), AutoModel),
        ("head", lambda: lora_config(task_type="SEQ_CLS"), AutoModelForSequenceClassification),
    ],
)
def test_an_adapter_reads_as_what_peft_merges_and_saves(
    name: str, config: Callable[[], object], kind: type[Any], adapt: Adapt, tiny_bert: Path
) -> None:
    folder = adapt(name, config(), kind)

    vectors = embed(folder)

    np.testing.assert_allclose(vectors, embed(Path(f"{folder}-merged")), rtol=0, atol=1e-6)
    assert np.abs(vectors - embed(tiny_bert)).max() > 0.1


def test_an_adapter_of_a_whole_encoder_decoder_changes_its_encoder(
    adapt: Adapt, tiny_bert: Path, tmp_path: Path
) -> None:
    base = tmp_path / "bart"
    shutil.copytree(tiny_bert, base)
    config = BartConfig(
        vocab_size=len(AutoTokenizer.from_pretrained(base)),
        d_model=32,
        encoder_layers=2,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        max_position_embeddings=64,
        init_std=0.5,
    )
    AutoModelForSeq2SeqLM.from_config(config).save_pretrained(base)
    options = {"r": 4, "target_modules": ["q_proj", "v_proj"], "task_type": "SEQ_2_SEQ_LM"}
    folder = adapt("bart", peft.LoraConfig(**options), AutoModelForSeq2SeqLM, base)

    vectors = embed(folder)

    np.testing.assert_allclose(vectors, embed(Path(f"{folder}-merged")), rtol=0, atol=1e-5)
    assert np.abs(vectors - embed(base)).max() > 0.01


def test_the_adapter_and_its_model_are_both_in_the_fingerprint(
    lora: Path, tiny_bert: Path, tmp_path: Path
) -> None:
    base = Path(shutil.copytree(tiny_bert, tmp_path / "base"))
    rewrite(lora, base_model_name_or_path=str(base))
    prints = [open_backbone(Context(model=str(lora), device="cpu")).fingerprint]
    weights = load_file(lora / "adapter_model.safetensors")
    save_weights(lora, {name: 2 * weight for name, weight in weights.items()})
    prints.append(open_backbone(Context(model=str(lora), device="cpu")).fingerprint)
    whole = load_file(base / "model.safetensors")
    whole["embeddings.word_embeddings.weight"] *= 2
    save_file(whole, base / "model.safetensors", metadata={"format": "pt"})
    prints.append(open_backbone(Context(model=str(lora), device="cpu")).fingerprint)

    assert len(set(prints)) == 3


def test_an_adapter_is_merged_once(lora: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = embed(lora)
    monkeypatch.delattr(peft_adapter, "_merge")

    np.testing.assert_array_equal(embed(lora), before)


def test_its_model_is_found_beside_the_adapter(lora: Path, tiny_bert: Path) -> None:
    before = embed(lora)
    shutil.copytree(tiny_bert, lora.parent / "base")
    rewrite(lora, base_model_name_or_path="../base")

    np.testing.assert_array_equal(embed(lora), before)


def test_its_model_is_found_on_the_hub_at_the_revision_named(lora: Path) -> None:
    rewrite(lora, base_model_name_or_path="our/base", revision="v1")

    with pytest.raises(ModelError, match="needs its model: model 'our/base@v1' is not on"):
        embed(lora, offline=True)


def test_methods_train_from_a_merged_adapter(
    lora: Path, sample: DataFolder, tmp_path: Path
) -> None:
    context = Context(model=str(lora), device="cpu")
    report = evaluate("simcse:max_steps=1", "stsb-dev", data=sample, context=context, out=tmp_path)

    assert not report.failures
    assert report.records[0].model == str(lora)


def test_a_model_without_a_pooler_has_none_after_merging_either(
    lora: Path, tiny_bert: Path, tmp_path: Path
) -> None:
    base = Path(shutil.copytree(tiny_bert, tmp_path / "base"))
    weights = load_file(base / "model.safetensors")
    kept = {name: weight for name, weight in weights.items() if "pooler" not in name}
    save_file(kept, base / "model.safetensors", metadata={"format": "pt"})
    rewrite(lora, base_model_name_or_path=str(base))

    with pytest.raises(ModelError, match="must have a pooler with weights"):
        PoolerEncoder(Context(model=str(lora), device="cpu"), NoSettings()).encode(SENTENCES)


def drop_a_weight(folder: Path) -> None:
    weights = load_file(folder / "adapter_model.safetensors")
    save_weights(folder, dict(list(weights.items())[1:]))


def add_a_layer(folder: Path) -> None:
    weights = load_file(folder / "adapter_model.safetensors")
    more = {name.replace("layer.2.", "layer.3."): weight for name, weight in weights.items()}
    save_weights(folder, {**weights, **{name: weight.clone() for name, weight in more.items()}})


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: rewrite(folder, peft_type="PREFIX_TUNING"), "got PREFIX_TUNING"),
        (lambda folder: rewrite(folder, peft_type="BOFT"), "must be one that can be merged"),
        (lambda folder: rewrite(folder, megatron_config={"a": 1}), "must be one that can be"),
        (lambda folder: rewrite(folder, base_model_name_or_path=None), "must name its model"),
        (
            lambda folder: rewrite(folder, base_model_name_or_path=str(folder)),
            "needs a whole model",
        ),
        (lambda folder: rewrite(folder, target_modules=["nothing"]), "cannot be merged"),
        (lambda folder: rewrite(folder, r=8), "cannot be merged"),
        (
            lambda folder: (folder / "adapter_model.safetensors").rename(
                folder / "adapter_model.bin"
            ),
            "must have its weights in adapter_model.safetensors, found none",
        ),
        (
            lambda folder: (folder / "adapter_model.safetensors").write_bytes(b"no tensors"),
            "cannot be merged",
        ),
        (lambda folder: (folder / "adapter_config.json").write_text("{"), "has no usable"),
        (drop_a_weight, "it must fit its model layer by layer, got none for base_model.model"),
        (add_a_layer, "layer by layer, got some for base_model.model.encoder.layer.3."),
    ],
)
def test_what_is_no_whole_adapter_of_its_model_is_refused_in_one_line(
    damage: Callable[[Path], object], message: str, lora: Path
) -> None:
    damage(lora)

    with pytest.raises(ModelError) as caught:
        embed(lora)

    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_without_peft_the_cure_is_named(lora: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peft_adapter, "find_spec", lambda name: None)

    with pytest.raises(ModelError, match=r"pip install 'sentence-harness\[peft\]', or merge it"):
        embed(lora)
