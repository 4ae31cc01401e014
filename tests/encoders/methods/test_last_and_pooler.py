"""The readings `last` and `pooler`, against transformers itself."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModel, AutoTokenizer, DistilBertConfig, DistilBertModel, Qwen3Config

from harness.encoder import Context
from harness.encoders.methods.last import LastEncoder
from harness.encoders.methods.pooler import PoolerEncoder
from harness.encoders.transformer.pooled_encoder import PoolingSettings
from harness.errors import ModelError
from harness.settings import NoSettings

SENTENCES = ["yes", "a man is playing a guitar", "two dogs run"]


@pytest.fixture
def folder(tiny_bert: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_bert, tmp_path / "model"))


def open_context(folder: Path) -> Context:
    return Context(model=str(folder), device="cpu")


@pytest.mark.parametrize("side", ["left", "right"])
def test_last_is_the_last_token_whichever_side_the_tokenizer_pads(side: str, folder: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.padding_side = side
    tokenizer.save_pretrained(folder)
    config = Qwen3Config(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=16,
        initializer_range=0.5,
        max_position_embeddings=64,
    )
    model = AutoModel.from_config(config).eval()
    model.save_pretrained(folder)
    inputs = tokenizer(SENTENCES, padding=True, return_tensors="pt", return_token_type_ids=False)
    places = inputs["attention_mask"].cumsum(1) * inputs["attention_mask"]
    with torch.no_grad():
        states = model(**inputs, position_ids=(places - 1).clamp(min=0)).last_hidden_state
    expected = states[torch.arange(len(SENTENCES)), places.argmax(1)]

    vectors = LastEncoder(open_context(folder), PoolingSettings()).encode(SENTENCES)

    np.testing.assert_allclose(vectors, expected.numpy(), rtol=1e-4, atol=1e-5)


def test_pooler_is_the_output_of_the_models_own_pooler(tiny_bert: Path) -> None:
    model, tokenizer = (kind.from_pretrained(tiny_bert) for kind in (AutoModel, AutoTokenizer))
    with torch.no_grad():
        inputs = tokenizer(SENTENCES, padding=True, return_tensors="pt")
        expected = model.eval()(**inputs).pooler_output

    vectors = PoolerEncoder(open_context(tiny_bert), NoSettings()).encode(SENTENCES)

    np.testing.assert_allclose(vectors, expected.numpy(), rtol=1e-5, atol=1e-6)


def test_a_pooler_without_weights_is_refused_instead_of_drawn(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    kept = {name: weight for name, weight in weights.items() if "pooler" not in name}
    save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})

    with pytest.raises(ModelError, match="must have a pooler with weights for this reading"):
        PoolerEncoder(open_context(folder), NoSettings()).encode(SENTENCES)


def test_a_model_without_a_pooler_is_refused(folder: Path) -> None:
    words = len(AutoTokenizer.from_pretrained(folder))
    config = DistilBertConfig(vocab_size=words, dim=32, n_layers=1, n_heads=2, hidden_dim=64)
    DistilBertModel(config).save_pretrained(folder)

    with pytest.raises(ModelError, match="found none: use cls or mean"):
        PoolerEncoder(open_context(folder), NoSettings()).encode(SENTENCES)
