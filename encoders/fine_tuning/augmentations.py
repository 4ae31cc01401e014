"""Augmentations of ConSERT: a second look at a sentence, made where its tokens are embedded.

Each acts on the real tokens of a sentence, [CLS] and [SEP] among them, as the authors' code does;
none touches padding. Shares are rounded down as there: a token cutoff of 0.15 leaves a sentence
of fewer than seven tokens whole. All draw from a generator on the CPU.

Source: Yan et al. (2021), Section 3.2, https://arxiv.org/abs/2105.11741
"""

from typing import Literal, TypeAlias

import torch
from torch import Generator, Tensor
from torch.nn.functional import normalize

Augmentation: TypeAlias = Literal[
    "none", "shuffle", "token-cutoff", "feature-cutoff", "dropout", "adversarial"
]
"""What makes a view of a sentence."""


def shuffled_order(mask: Tensor, generator: Generator) -> Tensor:
    """Return, for each row, the places 0..length-1 with those of its real tokens permuted.

    Args:
        mask: 1 for a token, 0 for padding, which stands on the right. Shape: (batch, length).
        generator: Source of the permutations.

    Returns:
        Padding keeps its place. Shape: (batch, length).
    """
    scores = torch.rand(mask.shape, generator=generator).to(mask.device)
    return scores.masked_fill(~mask.bool(), 2.0).argsort(dim=1, stable=True)


def cut_tokens(tokens: Tensor, mask: Tensor, rate: float, generator: Generator) -> Tensor:
    """Set whole tokens to zero: floor(rate * n) of a sentence's n.

    Args:
        tokens: Embedding layer's output. Shape: (batch, length, dim).
        mask: 1 for a token, 0 for padding. Shape: (batch, length).
        rate: Share of the tokens, 0 to 1.
        generator: Source of the choice.

    Returns:
        Shape: (batch, length, dim).
    """
    scores = torch.rand(mask.shape, generator=generator).to(mask.device)
    ranks = scores.masked_fill(~mask.bool(), 2.0).argsort(dim=1).argsort(dim=1)
    counts = (mask.sum(dim=1, keepdim=True).double() * rate).long()
    return tokens.masked_fill((ranks < counts).unsqueeze(-1), 0)


def cut_features(tokens: Tensor, mask: Tensor, rate: float, generator: Generator) -> Tensor:
    """Set whole dimensions to zero, the same ones in all tokens of a sentence.

    Args:
        tokens: Embedding layer's output. Shape: (batch, length, dim).
        mask: 1 for a token, 0 for padding. Shape: (batch, length).
        rate: Share of the dimensions, 0 to 1; floor(rate * dim) are cut.
        generator: Source of the choice, drawn again for each sentence.

    Returns:
        Shape: (batch, length, dim).
    """
    batch, _, dim = tokens.shape
    scores = torch.rand(batch, dim, generator=generator).to(mask.device)
    cut = scores.argsort(dim=1).argsort(dim=1) < int(rate * dim)  # (batch, dim)
    return tokens.masked_fill(cut.unsqueeze(1) & mask.bool().unsqueeze(-1), 0)


def drop_elements(tokens: Tensor, mask: Tensor, rate: float, generator: Generator) -> Tensor:
    """Set single elements to zero, each with the same probability; the others keep their size.

    The authors' code drops exactly floor(rate * n * dim) elements of a sentence; the paper's
    probability, used here, comes to the same within a fraction of a percent.

    Args:
        tokens: Embedding layer's output. Shape: (batch, length, dim).
        mask: 1 for a token, 0 for padding. Shape: (batch, length).
        rate: Probability of each element, 0 to 1.
        generator: Source of the choice.

    Returns:
        Shape: (batch, length, dim).
    """
    cut = torch.rand(tokens.shape, generator=generator).to(mask.device) < rate
    return tokens.masked_fill(cut & mask.bool().unsqueeze(-1), 0)


def adversarial_shift(gradient: Tensor, mask: Tensor, size: float) -> Tensor:
    """Return the step that raises the supervised loss most: the fast gradient value.

    Source: Rozsa et al. (2016), https://arxiv.org/abs/1605.01775; the gradient of each token is
    scaled to one length, as in the released code of ConSERT.

    Args:
        gradient: Of the loss by the embedding layer's output. Shape: (batch, length, dim).
        mask: 1 for a token, 0 for padding. Shape: (batch, length).
        size: Length of each token's step.

    Returns:
        What to add to the embedding layer's output, detached. Shape: (batch, length, dim).
    """
    step = size * normalize(gradient.detach().float(), dim=-1)
    return step.masked_fill(~mask.bool().unsqueeze(-1), 0).to(gradient.dtype)
