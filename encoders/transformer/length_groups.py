"""Run a batch through a transformer in groups of like length, so that little of it is padding.

Where padding would change what a transformer computes, there is none.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

_GROUP_TOKENS = 24  # what one more call costs on a CPU, measured in tokens of the same call


_UNPADDED = "reads_without_padding"  # an attribute, so that a copy of the transformer has it too


def read_without_padding(transformer: nn.Module) -> None:
    """Have `by_length` call a transformer with sentences of equal length alone."""
    setattr(transformer, _UNPADDED, True)


def length_groups(lengths: Sequence[int], *, group_tokens: int = _GROUP_TOKENS) -> list[list[int]]:
    """Cut a batch into groups so that the tokens computed, padding included, are fewest.

    Args:
        lengths: Tokens of each sentence.
        group_tokens: What a group costs besides its tokens.

    Returns:
        Indices of the sentences of each group, shortest first; each sentence is in one group.
    """
    order = sorted(range(len(lengths)), key=lambda row: lengths[row])
    cheapest: list[tuple[int, int]] = [
        (0, 0)
    ]  # for the first n sentences: cost, last group's start
    for end in range(1, len(order) + 1):
        longest = lengths[order[end - 1]]
        cheapest.append(
            min(
                (cheapest[start][0] + longest * (end - start) + group_tokens, start)
                for start in range(end)
            )
        )
    groups: list[list[int]] = []
    end = len(order)
    while end:
        start = cheapest[end][1]
        groups.append(order[start:end])
        end = start
    return groups[::-1]


def read_by_length(
    transformer: nn.Module,
    input_ids: Tensor,
    mask: Tensor,
    pool: Callable[[Tensor, Tensor], Tensor],
) -> Tensor:
    """Pool the last layer of a batch, as `by_length` groups it.

    Args:
        transformer: Its own train or eval mode holds.
        input_ids: Token ids, padded on the right. Shape: (batch, length).
        mask: 1 for a token, 0 for padding. Shape: (batch, length).
        pool: Makes sentence vectors from tokens and mask.

    Returns:
        In the batch's order. Shape: (batch, dim).
    """

    def read(rows: slice | list[int], length: int) -> tuple[Tensor, ...]:
        ids, kept = input_ids[rows, :length], mask[rows, :length]
        states = transformer(input_ids=ids, attention_mask=kept)
        return (pool(states.last_hidden_state, kept),)

    return by_length(transformer, mask, read)[0]


def by_length(
    transformer: nn.Module,
    mask: Tensor,
    read: Callable[[slice | list[int], int], tuple[Tensor, ...]],
) -> tuple[Tensor, ...]:
    """Call a function on a batch; on a CPU once for each group of like length, on a GPU at once.

    For a transformer that is to read without padding, once for each length everywhere.

    Args:
        transformer: What the function calls.
        mask: 1 for a token, 0 for padding, which stands on the right. Shape: (batch, length).
        read: Called with which rows, and their greatest length; returns tensors of as many rows.

    Returns:
        What it returned, in the batch's order.
    """
    unpadded = getattr(transformer, _UNPADDED, False)
    if mask.device.type != "cpu" and not unpadded:
        return read(slice(None), mask.shape[1])
    lengths: list[int] = mask.sum(dim=1).tolist()
    groups = length_groups(lengths, group_tokens=0 if unpadded else _GROUP_TOKENS)
    parts = [read(rows, max(lengths[rows[-1]], 1)) for rows in groups]
    back = torch.tensor([row for rows in groups for row in rows]).argsort()
    return tuple(torch.cat(part)[back] for part in zip(*parts, strict=True))
