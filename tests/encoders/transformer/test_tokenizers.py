"""Tokenizers of every form are read, and what does not fit their model is named."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import (
    AutoModel,
    AutoTokenizer,
    CanineConfig,
    EsmConfig,
    LlamaConfig,
    RobertaConfig,
    XLNetConfig,
)

from harness.data import DataFolder
from harness.encoder import Context, Embeddings
from harness.encoders.methods.mean import MeanEncoder
from harness.encoders.transformer.backbone import Backbone, open_backbone
from harness.encoders.transformer.pooled_encoder import PoolingSettings
from harness.errors import ModelError
from harness.evaluation.evaluation import evaluate
from harness.training.options import TrainingOptions

LETTERS = "abcdefghijklmnopqrstuvwxyz"
SENTENCES = ["a man is playing a guitar", "stocks fell", "yes"]
SMALL = {
    "hidden_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "initializer_range": 0.5,
}


@pytest.fixture
def folder(tiny_bert: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_bert, tmp_path / "model"))


def open_model(folder: Path) -> Backbone:
    return open_backbone(Context(model=str(folder), device="cpu"))


def embed(folder: Path, sentences: list[str]) -> Embeddings:
    context = Context(model=str(folder), device="cpu")
    return MeanEncoder(context, PoolingSettings()).encode(sentences)


def rewrite(path: Path, **values: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def write_esm(folder: Path) -> None:
    special = ["<cls>", "<pad>", "<eos>", "<unk>", "<mask>"]
    (folder / "vocab.txt").write_text("\n".join([*special, *LETTERS.upper(), *LETTERS]))
    settings = {"tokenizer_class": "EsmTokenizer", "model_max_length": 64}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    ids = {"pad_token_id": 1, "mask_token_id": 4}
    config = EsmConfig(**SMALL, **ids, vocab_size=99, max_position_embeddings=66)
    AutoModel.from_config(config).save_pretrained(folder)


def write_bertweet(folder: Path) -> None:
    pieces = [*(f"{letter}@@ 9" for letter in LETTERS), *(f"{letter} 9" for letter in LETTERS)]
    (folder / "vocab.txt").write_text("\n".join(pieces) + "\n")
    (folder / "bpe.codes").write_text("#version: 0.2\nt h 9\nth e</w> 8\n")
    settings = {"tokenizer_class": "BertweetTokenizer", "model_max_length": 64}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    config = RobertaConfig(**SMALL, vocab_size=99, max_position_embeddings=66)
    AutoModel.from_config(config).save_pretrained(folder)


def write_canine(folder: Path) -> None:
    settings = {"tokenizer_class": "CanineTokenizer", "model_max_length": 128}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    hashed = {"num_hash_buckets": 128, "num_hash_functions": 2, "max_position_embeddings": 128}
    AutoModel.from_config(CanineConfig(**SMALL, **hashed)).save_pretrained(folder)


SLOW = [write_esm, write_bertweet, write_canine]


@pytest.mark.parametrize("write", SLOW)
def test_a_tokenizer_without_a_fast_form_is_read(
    write: Callable[[Path], None], tmp_path: Path
) -> None:
    write(tmp_path)
    tokenizer, model = AutoTokenizer.from_pretrained(tmp_path), AutoModel.from_pretrained(tmp_path)
    expected = [
        model.eval()(**tokenizer([text], return_tensors="pt")).last_hidden_state.mean(1)[0]
        for text in SENTENCES
    ]

    vectors = embed(tmp_path, SENTENCES)

    assert not tokenizer.is_fast
    np.testing.assert_allclose(vectors, torch.stack(expected).detach().numpy(), atol=1e-5)


def test_a_transformer_with_a_slow_tokenizer_is_trained_and_found_again(
    sample: DataFolder, tmp_path: Path
) -> None:
    (tmp_path / "model").mkdir()
    write_bertweet(tmp_path / "model")

    def score() -> float | None:
        report = evaluate(
            ["simcse:max_steps=1,batch_size=4"],
            ["stsb-test"],
            data=sample,
            context=Context(model=str(tmp_path / "model"), device="cpu"),
            out=None,
            training=TrainingOptions(tmp_path / "checkpoints"),
        )
        assert report.failures == []
        return report.records[0].score("spearman", "all")

    assert score() == score()
    assert len(list((tmp_path / "checkpoints").glob("*/**/bpe.codes"))) == 1


def test_a_vocabulary_without_the_fast_tokenizers_file_is_read(
    folder: Path, tiny_bert: Path
) -> None:
    vocabulary = json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"]
    (folder / "vocab.txt").write_text("\n".join(sorted(vocabulary, key=vocabulary.__getitem__)))
    (folder / "tokenizer.json").unlink()

    np.testing.assert_array_equal(embed(folder, SENTENCES), embed(tiny_bert, SENTENCES))


def test_a_token_that_has_no_embedding_is_named_where_a_sentence_has_it(folder: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    count = len(tokenizer)
    tokenizer.add_tokens(["zebra"])
    tokenizer.save_pretrained(folder)

    assert np.isfinite(embed(folder, ["a man"])).all()
    with pytest.raises(ModelError) as caught:
        embed(folder, ["a man", "a zebra"])

    assert f"token 'zebra' of model {str(folder)!r} must be one of the {count}" in str(
        caught.value
    )
    assert f"got id {count}: use the tokenizer that the weights were" in str(caught.value)


def test_a_padding_token_that_has_no_embedding_is_not_needed(
    folder: Path, tiny_bert: Path
) -> None:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.add_special_tokens({"pad_token": "<added>"})
    tokenizer.save_pretrained(folder)

    np.testing.assert_array_equal(embed(folder, SENTENCES), embed(tiny_bert, SENTENCES))


def test_a_tokenizer_without_a_padding_token_is_read(folder: Path, tiny_bert: Path) -> None:
    rewrite(folder / "tokenizer_config.json", pad_token=None)

    np.testing.assert_array_equal(embed(folder, SENTENCES), embed(tiny_bert, SENTENCES))


@pytest.mark.parametrize("length", [-1, 0, None, 1e30, 10**30])
def test_a_tokenizer_that_names_no_usual_longest_input_leaves_the_transformers(
    folder: Path, length: float | None
) -> None:
    rewrite(folder / "tokenizer_config.json", model_max_length=length)

    assert open_model(folder).max_length == 64
    assert len(open_model(folder).tokenize(["yes " * 100])[0]) == 64


@pytest.mark.parametrize("length", [1, 2])
def test_a_longest_input_that_holds_no_word_is_refused(folder: Path, length: int) -> None:
    rewrite(folder / "tokenizer_config.json", model_max_length=length)

    with pytest.raises(ModelError, match=rf"must be 3 tokens or more, got {length}: correct"):
        embed(folder, SENTENCES)


@pytest.mark.parametrize("positions", [-1, 0, 10**9, 10**30])
def test_a_transformer_without_a_table_of_positions_reads_the_usual_length(
    folder: Path, positions: int
) -> None:
    rewrite(folder / "tokenizer_config.json", model_max_length=10**30)
    (folder / "model.safetensors").unlink()
    config = LlamaConfig(**SMALL, vocab_size=700)
    AutoModel.from_config(config).save_pretrained(folder)
    rewrite(folder / "config.json", max_position_embeddings=positions)

    assert open_model(folder).max_length == 512
    assert np.isfinite(embed(folder, SENTENCES)).all()


def test_an_xlnet_which_has_no_limit_is_read(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    config = XLNetConfig(vocab_size=700, d_model=32, n_layer=1, n_head=2, d_inner=32)
    AutoModel.from_config(config).save_pretrained(folder)

    assert np.isfinite(embed(folder, SENTENCES)).all()


@pytest.mark.parametrize("positions", [-1, 10**30])
def test_a_table_of_no_possible_size_is_named(folder: Path, positions: int) -> None:
    rewrite(folder / "config.json", max_position_embeddings=positions)

    with pytest.raises(ModelError, match=rf"must be that of its weights, got {positions}"):
        embed(folder, SENTENCES)


@pytest.mark.parametrize("positions", ["64", None, 3.5])
def test_a_config_with_a_value_of_another_type_is_refused_by_name(
    folder: Path, positions: object
) -> None:
    rewrite(folder / "config.json", max_position_embeddings=positions)

    with pytest.raises(ModelError) as caught:
        _ = open_model(folder).config

    assert "no usable config" in str(caught.value)
    assert "'max_position_embeddings' expected int, got" in str(caught.value)
