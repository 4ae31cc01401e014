"""Encoders over transformers that let padding in, or whose first token sees nothing else."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import (
    AutoModel,
    AutoTokenizer,
    ConvBertConfig,
    ConvBertModel,
    FNetConfig,
    GPT2Config,
    PreTrainedConfig,
)

from harness.corpus import Corpus
from harness.data import DataFolder
from harness.encoder import Context, Embeddings
from harness.encoders.methods.cls import ClsEncoder
from harness.encoders.methods.max import MaxEncoder
from harness.encoders.methods.mean import MeanEncoder
from harness.encoders.methods.simcse import SimcseEncoder, SimcseSettings
from harness.encoders.transformer.pooled_encoder import PoolingSettings
from harness.encoding.encoding import encode_all
from harness.encoding.job import EncodingJob
from harness.evaluation.evaluation import evaluate
from harness.trainable import Training

SENTENCES = ["yes", "a man is playing a guitar", "two dogs run", "the end of the day " * 4]
Make = Callable[[PreTrainedConfig], Path]


@pytest.fixture(scope="module")
def make(tiny_bert: Path, tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Write a random model of a config, with the tiny BERT's tokenizer."""

    def write(config: PreTrainedConfig) -> Path:
        folder = tmp_path_factory.mktemp("models") / config.model_type
        shutil.copytree(tiny_bert, folder)
        (folder / "model.safetensors").unlink()
        config.vocab_size = len(AutoTokenizer.from_pretrained(tiny_bert))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            AutoModel.from_config(config).save_pretrained(folder)
        return folder

    return write


@pytest.fixture(scope="module")
def fnet(make: Make) -> Path:
    """It mixes tokens by a Fourier transform over the whole length, padding included."""
    size = {"hidden_size": 32, "num_hidden_layers": 2, "intermediate_size": 64}
    return make(FNetConfig(**size, max_position_embeddings=64, initializer_range=0.5))


@pytest.fixture(scope="module")
def convbert(make: Make) -> Path:
    """Its convolutions take in padding at the end of a sentence."""
    size = {"hidden_size": 32, "num_hidden_layers": 2, "intermediate_size": 64}
    heads = {"num_attention_heads": 4, "embedding_size": 32}
    return make(ConvBertConfig(**size, **heads, max_position_embeddings=64, initializer_range=0.5))


@pytest.fixture(scope="module")
def gpt2(make: Make) -> Path:
    return make(GPT2Config(n_embd=32, n_layer=2, n_head=2, n_positions=64, initializer_range=0.5))


def embed(model: Path, sentences: list[str], **limits: int) -> Embeddings:
    context = Context(model=str(model), device="cpu", **limits)
    return MeanEncoder(context, PoolingSettings()).encode(sentences)


@pytest.mark.parametrize("architecture", ["fnet", "convbert"])
def test_vectors_depend_neither_on_the_budget_nor_on_other_sentences(
    architecture: str, request: pytest.FixtureRequest
) -> None:
    model: Path = request.getfixturevalue(architecture)
    alone = np.concatenate([embed(model, [sentence]) for sentence in SENTENCES])

    for budget in (1, 20, 10_000):
        together = embed(model, SENTENCES, token_budget=budget)

        np.testing.assert_allclose(together, alone, atol=1e-5)


def test_sentences_of_equal_length_still_share_a_pass(fnet: Path, passes: list[int]) -> None:
    embed(fnet, ["two dogs", "dogs two", "a man", "man a"])

    assert passes == [2, 2]


def test_a_transformer_that_leaves_padding_out_is_padded_as_before(
    tiny_bert: Path, passes: list[int]
) -> None:
    embed(tiny_bert, SENTENCES)

    assert passes == [4]


def test_a_transformer_that_lets_padding_in_is_trained_without_any(
    convbert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    padded: list[bool] = []
    forward = ConvBertModel.forward

    def noted(self: ConvBertModel, **inputs: torch.Tensor) -> object:
        if self.training:
            padded.append(bool((inputs["attention_mask"] == 0).any()))
        return forward(self, **inputs)

    monkeypatch.setattr(ConvBertModel, "forward", noted)
    settings = SimcseSettings(max_steps=2, batch_size=4)
    encoder = SimcseEncoder(Context(model=str(convbert), device="cpu"), settings)

    encoder.fit(Corpus("text", tuple(SENTENCES * 2)), Training(0, tmp_path))

    assert padded
    assert not any(padded)


def test_every_encoder_that_reads_the_first_token_refuses_a_causal_model(
    gpt2: Path, sample: DataFolder
) -> None:
    pooled = [
        "cls",
        "cls:layers=embedding-last",
        "random:pooling=cls",
        "whitening:pooling=cls,k=2",
    ]
    trained = ["sg:max_steps=1", "simcse:max_steps=1", "bt:max_steps=1"]
    others = ["max", "mean", "wk"]

    report = evaluate(
        [*pooled, *trained, *others],
        ["stsb-test"],
        data=sample,
        context=Context(model=str(gpt2), device="cpu"),
        out=None,
    )

    assert sorted(failure.encoder for failure in report.failures) == sorted([*pooled, *trained])
    for failure in report.failures:
        assert "got a causal model: use mean" in failure.reason
    assert sorted(record.encoder for record in report.records) == others


def test_encoders_beside_one_that_is_refused_still_share_a_pass(
    gpt2: Path, passes: list[int]
) -> None:
    context = Context(model=str(gpt2), device="cpu")
    encoders = [ClsEncoder, MaxEncoder, MeanEncoder]
    jobs = [EncodingJob(made.pooling, made(context, PoolingSettings())) for made in encoders]

    encode_all(jobs, SENTENCES)

    assert [job.vectors is None for job in jobs] == [True, False, False]
    assert passes == [4, 1, 1, 1, 4]  # with cls, each on a sentence, the others together
