"""Poolings: the token vectors of a sentence become one vector, its padding ignored.

A sentence without a single token, which some tokenizers make of an empty text, pools to zeros.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias

import torch
from torch import Tensor

PoolingName: TypeAlias = Literal["mean", "cls", "max", "last"]
Pooling: TypeAlias = Callable[[Tensor, Tensor], Tensor]
"""Token vectors (batch, length, dim) and their mask (batch, length) to vectors (batch, dim)."""


def masked_mean(tokens: Tensor, mask: Tensor) -> Tensor:
    """Average the token vectors, padding left out.

    Half-precision tokens are summed in float32.

    Args:
        tokens: Hidden states of one layer. Shape: (batch, length, dim).
        mask: 1 for a token, 0 for padding. Shape: (batch, length).

    Returns:
        Sentence vectors, not normalised, in the tokens' dtype. Shape: (batch, dim).

    Raises:
        ValueError: If the mask does not fit the tokens.
    """
    padding = _padding(tokens, mask)
    wide = torch.promote_types(tokens.dtype, torch.float32)
    total = tokens.masked_fill(padding, 0).sum(dim=1, dtype=wide)
    return (total / (~padding).sum(dim=1).clamp(min=1)).to(tokens.dtype)


def masked_max(tokens: Tensor, mask: Tensor) -> Tensor:
    """Take each channel's largest value over the tokens, padding left out.

    Args:
        tokens: Hidden states of one layer. Shape: (batch, length, dim).
        mask: 1 for a token, 0 for padding. Shape: (batch, length).

    Returns:
        Sentence vectors, not normalised, in the tokens' dtype. Shape: (batch, dim).

    Raises:
        ValueError: If the mask does not fit the tokens.
    """
    padding = _padding(tokens, mask)
    largest = tokens.masked_fill(padding, -torch.inf).amax(dim=1)
    return largest.masked_fill(padding.all(dim=1), 0)


def first_token(tokens: Tensor, mask: Tensor) -> Tensor:
    """Take the vector at position 0, [CLS], as the layer leaves it: no pooler on top.

    Args:
        tokens: Hidden states of one layer. Shape: (batch, length, dim).
        mask: 1 for a token, 0 for padding, which stands on the right. Shape: (batch, length).

    Returns:
        Sentence vectors, not normalised, in the tokens' dtype. Shape: (batch, dim).

    Raises:
        ValueError: If the mask does not fit the tokens.
    """
    return tokens[:, 0].masked_fill(_padding(tokens, mask)[:, 0], 0)


def last_token(tokens: Tensor, mask: Tensor) -> Tensor:
    """Take the vector of the last token that is no padding, wherever the padding stands.

    Args:
        tokens: Hidden states of one layer. Shape: (batch, length, dim).
        mask: 1 for a token, 0 for padding. Shape: (batch, length).

    Returns:
        Sentence vectors, not normalised, in the tokens' dtype. Shape: (batch, dim).

    Raises:
        ValueError: If the mask does not fit the tokens.
    """
    padding = _padding(tokens, mask).squeeze(-1)
    places = torch.arange(tokens.shape[1], device=tokens.device).masked_fill(padding, 0)
    last = places.amax(dim=1)  # (batch,)
    rows = torch.arange(len(tokens), device=tokens.device)
    return tokens[rows, last].masked_fill(padding.all(dim=1, keepdim=True), 0)


POOLINGS: Mapping[PoolingName, Pooling] = MappingProxyType(
    {"mean": masked_mean, "cls": first_token, "max": masked_max, "last": last_token}
)


def _padding(tokens: Tensor, mask: Tensor) -> Tensor:
    """Return which positions are padding, as booleans. Shape: (batch, length, 1)."""
    if mask.shape != tokens.shape[:2]:
        expected, actual = tuple(tokens.shape[:2]), tuple(mask.shape)
        raise ValueError(f"mask must be (batch, length) = {expected}, got {actual}")
    return ~mask.bool().unsqueeze(-1)
