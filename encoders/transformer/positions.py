"""Which positions of a transformer's table are those of tokens."""

from typing import Any

from torch import nn

from harness.encoders.transformer.loading import outline

_USUAL_LENGTH = 512  # of models whose positions are relative and have no end


def padding_position(model: nn.Module) -> int | None:
    """Return the position of padding, behind which tokens are counted; None if they begin at 0.

    RoBERTa and its relatives count from behind the padding id, others from 0.
    """
    table = getattr(getattr(model, "embeddings", None), "position_embeddings", None)
    place: int | None = getattr(table, "padding_idx", None)
    return place


def longest_input(config: Any, name: str) -> int:  # noqa: ANN401 - a class for each architecture
    """Return how many tokens a transformer has positions for, special tokens included.

    Args:
        config: Its configuration, which does not tell where it counts from.
        name: How the user named the model, for messages.

    Raises:
        ModelError: If there is no such transformer.
    """
    positions = int(getattr(config, "max_position_embeddings", None) or _USUAL_LENGTH)
    padding = padding_position(outline(config, name))
    return positions if padding is None else positions - padding - 1
