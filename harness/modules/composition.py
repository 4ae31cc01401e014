"""How an encoder's vectors come about, where other packages can compute them too."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from torch import Tensor


class AffineMap(NamedTuple):
    """The map x -> weight x + bias."""

    weight: "Tensor"
    """Shape: (mapped, dim)."""

    bias: "Tensor"
    """Shape: (mapped,)."""


@dataclass(frozen=True)
class Composition:
    """A transformer's hidden states, averaged, pooled, and mapped if there is a map.

    Attributes:
        save: Writes the transformer's config, weights and tokenizer into a folder.
        base: Folder of the model that it comes from, whose README says what its licence is.
        layers: Hidden states that are averaged, 0 the embedding output; one that is there twice
            counts twice.
        layer_count: Hidden states run from 0 to this.
        dim: Length of a token vector.
        pooling: Name of the pooling of the tokens, such as ``mean``, ``cls`` or ``max``.
        max_length: Longest input in tokens, special tokens included.
        affine: Maps the pooled vectors; None if they stay as they are.
        normalised: Whether the vectors are scaled to length 1 at last.
    """

    save: Callable[[Path], None]
    base: Path
    layers: tuple[int, ...]
    layer_count: int
    dim: int
    pooling: str
    max_length: int
    affine: AffineMap | None = None
    normalised: bool = False
