"""Whether a transformer heeds the position ids that it is given; shuffle is nothing where not."""

import torch
from torch import Tensor, nn

from harness.errors import ModelError

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
            f"a model to shuffle must heed position ids, {kind} does not: use another view"
        )


def _states(model: nn.Module, ids: Tensor, places: Tensor) -> Tensor:
    with torch.no_grad():
        states: Tensor = model(
            input_ids=ids, attention_mask=torch.ones_like(ids), position_ids=places
        ).last_hidden_state
    return states
