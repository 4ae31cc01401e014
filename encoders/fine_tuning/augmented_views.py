"""Several views of each sentence from one forward pass of a transformer.

The views of a batch stand one below the other, and hooks on the module that embeds tokens treat
each block of rows in its own way; the transformer's code is not touched.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Generator, Tensor, nn

from harness.encoders.fine_tuning.augmentations import (
    Augmentation,
    cut_features,
    cut_tokens,
    drop_elements,
    shuffled_order,
)
from harness.encoders.transformer.length_groups import by_length
from harness.encoders.transformer.pooling import masked_mean
from harness.encoders.transformer.positions import padding_position
from harness.errors import ModelError

Edit = Callable[[Tensor], Tensor]
"""What to make of the embedding layer's output. Shape: (batch, length, dim)."""


@dataclass(frozen=True)
class Rates:
    """How strong each augmentation is.

    Attributes:
        token_cutoff: Share of a sentence's tokens.
        feature_cutoff: Share of the dimensions.
        dropout: Probability of each element.
    """

    token_cutoff: float
    feature_cutoff: float
    dropout: float


def embed_views(
    model: nn.Module,
    input_ids: Tensor,
    mask: Tensor,
    augmentations: Sequence[Augmentation],
    *,
    rates: Rates,
    generator: Generator,
    shift: Tensor | None = None,
) -> tuple[Tensor, ...]:
    """Return the last hidden states of one view of the batch for each augmentation.

    Args:
        model: A transformer whose embedding layer takes position ids.
        input_ids: Token ids. Shape: (batch, length).
        mask: 1 for a token, 0 for padding, which stands on the right. Shape: (batch, length).
        augmentations: One a view.
        rates: How strong they are.
        generator: Source of all random choices, on the CPU.
        shift: What ``adversarial`` adds to the embedding layer's output.
            Shape: (batch, length, dim).

    Returns:
        Each of shape (batch, length, dim).

    Raises:
        ModelError: If the transformer has no embedding layer to hook into.
        ValueError: If a view is adversarial and there is no shift.
    """
    views = len(augmentations)
    positions = [_positions(model, mask, name, generator) for name in augmentations]

    def edit(embedded: Tensor) -> Tensor:
        blocks = zip(embedded.chunk(views), augmentations, strict=True)
        return torch.cat(
            [
                _shift(block, shift)
                if name == "adversarial"
                else _augment(block, name, mask, rates, generator)
                for block, name in blocks
            ]
        )

    with edited_embeddings(model, edit):
        output = model(
            input_ids=input_ids.repeat(views, 1),
            attention_mask=mask.repeat(views, 1),
            position_ids=torch.cat(positions),
        )
    return tuple(output.last_hidden_state.chunk(views))


def pool_views(
    model: nn.Module,
    input_ids: Tensor,
    mask: Tensor,
    augmentations: Sequence[Augmentation],
    *,
    rates: Rates,
    generator: Generator,
    shift: Tensor | None = None,
) -> tuple[Tensor, ...]:
    """Return the mean over tokens of each view that `embed_views` makes.

    Args:
        model: See `embed_views`, as for all others.
        input_ids: Shape: (batch, length).
        mask: Shape: (batch, length).
        augmentations: One a view.
        rates: How strong they are.
        generator: Source of all random choices.
        shift: Shape: (batch, length, dim).

    Returns:
        Each of shape (batch, dim).
    """

    def read(rows: slice | list[int], length: int) -> tuple[Tensor, ...]:
        views = embed_views(
            model,
            input_ids[rows, :length],
            mask[rows, :length],
            augmentations,
            rates=rates,
            generator=generator,
            shift=None if shift is None else shift[rows, :length],
        )
        return tuple(masked_mean(view, mask[rows, :length]) for view in views)

    return by_length(model, mask, read)


@contextmanager
def edited_embeddings(model: nn.Module, edit: Edit) -> Iterator[None]:
    """Make the transformer continue from the edited output of its embedding layer.

    Raises:
        ModelError: If the transformer has no embedding layer to hook into.
    """

    def hook(_module: nn.Module, _inputs: Any, output: Tensor) -> Tensor:  # noqa: ANN401 - torch's
        return edit(output)

    handle = _embedding_layer(model).register_forward_hook(hook)
    try:
        yield
    finally:
        handle.remove()


def _embedding_layer(model: nn.Module) -> nn.Module:
    layer = getattr(model, "embeddings", None)
    if not isinstance(layer, nn.Module):
        kind = type(model).__name__
        raise ModelError(f"a model to augment must have a module 'embeddings', {kind} has none")
    return layer


def _positions(
    model: nn.Module, mask: Tensor, augmentation: Augmentation, generator: Generator
) -> Tensor:
    """Return position ids, counted from where the model does. Shape: (batch, length)."""
    padding = padding_position(model)
    places = torch.arange(mask.shape[1], device=mask.device).expand_as(mask)
    if augmentation == "shuffle":
        places = shuffled_order(mask, generator)
    if padding is None:
        return places
    return torch.where(mask.bool(), places + padding + 1, padding)


def _augment(
    embedded: Tensor, augmentation: Augmentation, mask: Tensor, rates: Rates, generator: Generator
) -> Tensor:
    if augmentation == "token-cutoff":
        return cut_tokens(embedded, mask, rates.token_cutoff, generator)
    if augmentation == "feature-cutoff":
        return cut_features(embedded, mask, rates.feature_cutoff, generator)
    if augmentation == "dropout":
        return drop_elements(embedded, mask, rates.dropout, generator)
    return embedded  # none, and shuffle, which acts on the positions


def _shift(embedded: Tensor, shift: Tensor | None) -> Tensor:
    if shift is None:
        raise ValueError("an adversarial view needs the shift of a supervised loss, got none")
    return embedded + shift
