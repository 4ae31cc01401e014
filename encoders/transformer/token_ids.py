"""Token ids of a batch: whether the transformer has an embedding for each, and their padding."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedModel

from harness.errors import ModelError

Tokens = Sequence[Sequence[int]]


def embedding_count(model: PreTrainedModel) -> int | None:
    """Return how many tokens a transformer has an embedding for; None if any id will do."""
    try:
        weight = getattr(model.get_input_embeddings(), "weight", None)
    except NotImplementedError:  # CANINE hashes characters
        return None
    return None if weight is None else len(weight)


def require_embeddings(
    tokens: Tokens,
    count: int | None,
    tokenizer: Any,  # noqa: ANN401 - every tokenizer has a class of its own
    name: str,
) -> None:
    """Refuse token ids beyond the embedding table.

    Args:
        tokens: Ids of each sentence.
        count: How many tokens the table has; None for any number.
        tokenizer: Where the ids come from.
        name: How the user named the model, for messages.

    Raises:
        ModelError: If an id has no embedding.
    """
    highest = max((max(ids) for ids in tokens if ids), default=0)
    if count is not None and highest >= count:
        raise ModelError(
            f"token {tokenizer.convert_ids_to_tokens(highest)!r} of model {name!r} must be one of"
            f" the {count} in its embedding table, got id {highest}: use the tokenizer that the"
            " weights were trained with"
        )


def pad_right(tokens: Tokens, pad_id: int) -> tuple[Tensor, Tensor]:
    """Return token ids and mask, on the CPU. Shapes: (batch, length)."""
    lengths = np.array([len(ids) for ids in tokens])
    mask = np.arange(max(1, lengths.max())) < lengths[:, None]  # (batch, length)
    input_ids = np.full(mask.shape, pad_id, dtype=np.int64)
    input_ids[mask] = np.concatenate([np.asarray(ids) for ids in tokens])
    return torch.from_numpy(input_ids), torch.from_numpy(mask.astype(np.int64))
