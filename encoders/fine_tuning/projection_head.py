"""The projection head that contrastive training puts on sentence vectors, and then throws away."""

import torch
from torch import Tensor, nn

_STD = 0.02


def projection_head(dim: int, width: int, generator: torch.Generator) -> nn.Sequential:
    """Return f = GELU(W2 GELU(W1 x + b1) + b2), weights drawn from N(0, 0.02), biases 0.

    Args:
        dim: Length of a sentence vector.
        width: Length of its projection, and of the layer between.
        generator: What the weights are drawn from.

    Source: Kim et al. (2021), Section 4.1.
    """
    head = nn.Sequential(nn.Linear(dim, width), nn.GELU(), nn.Linear(width, width), nn.GELU())
    for layer in (head[0], head[2]):
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, std=_STD, generator=generator)
            nn.init.zeros_(layer.bias)
    return head


def project(head: nn.Module, sentences: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Project sentences and targets in one pass.

    Args:
        head: Applied to the last axis.
        sentences: Shape: (batch, dim).
        targets: Shape: (batch, layers, dim).

    Returns:
        Shapes: (batch, width) and (batch, layers, width).
    """
    together: Tensor = head(torch.cat([sentences.unsqueeze(1), targets], dim=1))
    return together[:, 0], together[:, 1:]
