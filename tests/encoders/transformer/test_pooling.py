from collections.abc import Callable
from typing import TypeAlias

import pytest
import torch
from torch import Tensor

from harness.encoders.transformer.pooling import (
    POOLINGS,
    first_token,
    last_token,
    masked_max,
    masked_mean,
)

Pooling: TypeAlias = Callable[[Tensor, Tensor], Tensor]

TOKENS = torch.tensor([[[1.0, -2.0], [3.0, -4.0], [99.0, torch.nan]]])
MASK = torch.tensor([[1, 1, 0]])


def test_masked_mean_ignores_padding() -> None:
    assert masked_mean(TOKENS, MASK).tolist() == [[2.0, -3.0]]


def test_masked_max_ignores_padding_above_negative_values() -> None:
    assert masked_max(TOKENS, MASK).tolist() == [[3.0, -2.0]]


def test_first_token_is_position_zero() -> None:
    assert first_token(TOKENS, MASK).tolist() == [[1.0, -2.0]]


@pytest.mark.parametrize(
    ("mask", "last"), [([1, 1, 0], 1), ([0, 1, 1], 2), ([1, 0, 0], 0), ([0, 1, 0], 1)]
)
def test_last_token_is_the_last_before_or_after_padding(mask: list[int], last: int) -> None:
    tokens = torch.arange(6.0).reshape(1, 3, 2)

    assert torch.equal(last_token(tokens, torch.tensor([mask])), tokens[:, last])


@pytest.mark.parametrize("pooling", POOLINGS.values())
def test_pooling_accepts_boolean_and_float_masks(pooling: Pooling) -> None:
    expected = pooling(TOKENS, MASK)

    assert torch.equal(pooling(TOKENS, MASK.bool()), expected)
    assert torch.equal(pooling(TOKENS, MASK.float()), expected)


@pytest.mark.parametrize("pooling", POOLINGS.values())
def test_pooling_of_no_token_is_zero_and_leaves_the_others_alone(pooling: Pooling) -> None:
    tokens = torch.cat([TOKENS, TOKENS])
    mask = torch.tensor([[0, 0, 0], [1, 1, 0]])

    pooled = pooling(tokens, mask)

    assert pooled[0].tolist() == [0.0, 0.0]
    assert torch.equal(pooled[1:], pooling(TOKENS, MASK))


@pytest.mark.parametrize("pooling", POOLINGS.values())
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_pooling_keeps_the_dtype(pooling: Pooling, dtype: torch.dtype) -> None:
    assert pooling(TOKENS.to(dtype), MASK).dtype == dtype


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_masked_mean_of_half_precision_neither_overflows_nor_stalls(dtype: torch.dtype) -> None:
    tokens = torch.full((1, 4096, 1), 48.0, dtype=dtype)  # the sum, 196608, is above fp16's 65504

    assert masked_mean(tokens, torch.ones(1, 4096)).item() == 48.0


@pytest.mark.parametrize("pooling", POOLINGS.values())
def test_pooling_refuses_a_mask_of_another_shape(pooling: Pooling) -> None:
    with pytest.raises(
        ValueError, match=r"mask must be \(batch, length\) = \(1, 3\), got \(1, 2\)"
    ):
        pooling(TOKENS, torch.ones(1, 2))
