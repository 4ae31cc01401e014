"""Whether padding gets in, and what the first token sees, of tiny random architectures."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch
import transformers
from transformers import AutoModel, PreTrainedModel

from harness.encoder import HiddenStates
from harness.encoders.transformer.input_probes import (
    Compute,
    first_token_is_blind,
    lets_padding_in,
)
from harness.encoders.transformer.number_formats import DTYPES

TOKENS = [2, 11, 7, 60, 33, 12, 48, 9, 21, 5, 17, 80, 44, 29, 71, 15, 38, 3]
SMALL = {
    "vocab_size": 99,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 40,
    "max_position_embeddings": 64,
    "pad_token_id": 0,
}
BIDIRECTIONAL = [
    *("Albert", "Bert", "Camembert", "Deberta", "DebertaV2", "Electra", "Ernie", "Longformer"),
    *("MPNet", "ModernBert", "NomicBert", "RemBert", "RoFormer", "Roberta", "XLMRoberta"),
]
CAUSAL = ["Llama", "Mistral", "OPT", "GPTNeoX", "Qwen3", "Gemma", "Phi", "Bloom", "Mamba", "Rwkv"]
LEAKING = ["Canine", "ConvBert", "FNet", "Nystromformer", "Yoso"]


def build(kind: str, dtype: str = "fp32", **settings: Any) -> PreTrainedModel:
    """Make a random model whose sentences differ, small in whatever its config calls its sizes."""
    config_class = getattr(transformers, f"{kind}Config")
    small = {name: value for name, value in SMALL.items() if hasattr(config_class(), name)}
    extra: dict[str, Any] = {
        "ModernBert": {"layer_types": ["full_attention", "sliding_attention"]},
        "OPT": {"ffn_dim": 40, "word_embed_proj_dim": 32},
        "Llama": {"num_key_value_heads": 4},
        "Mistral": {"num_key_value_heads": 2},
        "Qwen3": {"num_key_value_heads": 2, "head_dim": 8},
        "Gemma": {"num_key_value_heads": 2, "head_dim": 8},
    }.get(kind, {})
    config = config_class(**{**small, **extra, **settings})
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model: PreTrainedModel = AutoModel.from_config(config)
        for parameter in model.parameters():
            if parameter.ndim > 1:
                torch.nn.init.normal_(parameter, std=0.3)
    return model.to(DTYPES[dtype]).eval()


def try_on(probe: Callable[[Compute, Sequence[int]], bool], model: PreTrainedModel) -> bool:
    def compute(tokens: Sequence[Sequence[int]]) -> HiddenStates:
        length = max(map(len, tokens))
        ids = torch.tensor([[*row, *[0] * (length - len(row))] for row in tokens])
        mask = torch.tensor([[1] * len(row) + [0] * (length - len(row)) for row in tokens])
        output = model(input_ids=ids, attention_mask=mask, output_hidden_states=True)
        return HiddenStates(tuple(output.hidden_states), mask, ids)

    with torch.inference_mode():
        return probe(compute, TOKENS)


@pytest.mark.parametrize("kind", LEAKING)
def test_an_architecture_that_lets_padding_in_is_found(kind: str) -> None:
    assert try_on(lets_padding_in, build(kind))


@pytest.mark.parametrize("dtype", ["bf16", "fp16"])
def test_padding_that_gets_in_is_found_in_half_precision(dtype: str) -> None:
    assert try_on(lets_padding_in, build("ConvBert", dtype))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", [*BIDIRECTIONAL, *CAUSAL])
def test_rounding_in_any_number_format_is_not_taken_for_padding(kind: str, dtype: str) -> None:
    assert not try_on(lets_padding_in, build(kind, dtype))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", CAUSAL)
def test_the_first_token_of_a_causal_model_is_blind(kind: str, dtype: str) -> None:
    assert try_on(first_token_is_blind, build(kind, dtype))


@pytest.mark.parametrize("dtype", ["fp32", "bf16"])
@pytest.mark.parametrize("kind", [*BIDIRECTIONAL, "EuroBert", *LEAKING[:2]])
def test_the_first_token_of_a_bidirectional_model_is_not_blind(kind: str, dtype: str) -> None:
    assert not try_on(first_token_is_blind, build(kind, dtype))


def test_the_config_decides_and_not_the_class() -> None:
    assert try_on(first_token_is_blind, build("Bert", is_decoder=True))
    assert not try_on(first_token_is_blind, build("XLM", causal=False))
    assert try_on(first_token_is_blind, build("XLM", causal=True))


def test_a_text_without_tokens_or_of_one_token_answers_no() -> None:
    def compute(tokens: Sequence[Sequence[int]]) -> HiddenStates:
        raise AssertionError(tokens)

    assert not lets_padding_in(compute, [])
    assert not first_token_is_blind(compute, [])
    assert not first_token_is_blind(compute, [7])
    assert not first_token_is_blind(compute, [7, 7, 7])
