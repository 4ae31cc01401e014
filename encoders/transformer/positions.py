"""Position ids: where counting starts, how many there are, whether a model uses them."""

from typing import Any

import torch
from torch import Tensor, nn

from harness.encoders.transformer.loading import ENDLESS
from harness.errors import ModelError

SHORTEST = 3
"""Tokens that an input must have room for: one between two special ones."""

_USUAL_LENGTH = 512  # of models whose positions are relative and have no end


def chosen_length(asked: int | None, limit: int, name: str) -> int:
    """Return how many tokens an input may have: as asked, or as many as the model takes.

    Args:
        asked: None if nothing was.
        limit: Longest input that the model takes.
        name: How the user named the model, for the message.

    Raises:
        ModelError: If the model takes no input as long as was asked for.
    """
    if asked is not None and not SHORTEST <= asked <= limit:
        raise ModelError(f"max_length must be {SHORTEST} to {limit} for {name!r}, got {asked}")
    return limit if asked is None else asked


def padding_position(model: nn.Module) -> int | None:
    """Return the position of padding, behind which tokens are counted; None if they begin at 0.

    RoBERTa and its relatives count from behind the padding id, others from 0.
    """
    table = getattr(getattr(model, "embeddings", None), "position_embeddings", None)
    place: int | None = getattr(table, "padding_idx", None)
    return place


def longest_input(config: Any, model: nn.Module) -> int:  # noqa: ANN401 - a class for each kind
    """Return how many tokens a transformer has positions for, special tokens included.

    Args:
        config: Its configuration, which does not say where it counts from.
        model: The transformer, or its outline.
    """
    positions = getattr(config, "max_position_embeddings", None) or 0
    if not 0 < positions < ENDLESS:  # XLNet says -1
        return _USUAL_LENGTH
    padding = padding_position(model)
    return int(positions if padding is None else positions - padding - 1)


def input_limit(
    config: Any,  # noqa: ANN401 - every architecture has a class of its own
    model: nn.Module,
    tokenizer: Any,  # noqa: ANN401 - every tokenizer too
    name: str,
) -> int:
    """Return the longest input in tokens that both the transformer and its tokenizer allow.

    Args:
        config: The transformer's configuration.
        model: The transformer, or its outline.
        tokenizer: Its tokenizer.
        name: How the user named the model, for messages.

    Raises:
        ModelError: If no sentence fits.
    """
    limit, own = longest_input(config, model), float(tokenizer.model_max_length)
    if own > 0:  # some say -1 for no limit
        limit = int(min(limit, own))
    if limit < SHORTEST:
        raise ModelError(
            f"the longest input of model {name!r} must be {SHORTEST} tokens or more, got {limit}:"
            " correct model_max_length in its tokenizer_config.json"
        )
    return limit


_TOKENS = 6


def require_position_ids(model: nn.Module) -> None:
    """Refuse a transformer on which shuffled position ids have no effect.

    DeBERTa-v3 and RoFormer, whose places are relative, take position ids and do not use them.

    Args:
        model: In eval mode: with dropout, any two passes differ.

    Raises:
        ModelError: If the hidden states are the same at other places.
    """
    device = next(model.parameters()).device
    ids = torch.arange(_TOKENS, device=device).unsqueeze(0)
    places = torch.arange(2, 2 + _TOKENS, device=device).unsqueeze(0)  # none is RoBERTa's padding
    if torch.equal(_states(model, ids, places), _states(model, ids, places.flip(1))):
        kind = type(model).__name__
        raise ModelError(
            f"a model to shuffle must use position ids, {kind} ignores them: use another view"
        )


def _states(model: nn.Module, ids: Tensor, places: Tensor) -> Tensor:
    with torch.no_grad():
        states: Tensor = model(
            input_ids=ids, attention_mask=torch.ones_like(ids), position_ids=places
        ).last_hidden_state
    return states
