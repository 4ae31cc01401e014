"""Ways to turn token vectors into one sentence vector."""

from torch import Tensor


def masked_mean(tokens: Tensor, mask: Tensor) -> Tensor:
    weights = mask.unsqueeze(-1).to(tokens.dtype)
    return (tokens * weights).sum(dim=1) / weights.sum(dim=1)


def masked_max(tokens: Tensor, mask: Tensor) -> Tensor:
    return tokens.masked_fill(mask.unsqueeze(-1) == 0, float("-inf")).amax(dim=1)


def first_token(tokens: Tensor, mask: Tensor) -> Tensor:
    return tokens[:, 0]
