"""What production does to vectors: shortened, quantised, compared in their own way."""

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from harness.encoder import Embeddings
from harness.errors import SettingError

Precision: TypeAlias = Literal["float32", "int8", "uint8", "binary", "ubinary"]
VectorSimilarity: TypeAlias = Literal[
    "cosine", "cosine-tied", "dot", "euclidean", "manhattan", "hamming"
]
BITS = ("binary", "ubinary")
"""Precisions of one bit per dimension: that of ``binary`` is stored signed."""
_LEVELS = 255


def shorten(vectors: Embeddings, dim: int) -> Embeddings:
    """Return the first dimensions of each vector, at length 1; a vector of zeros stays as it is.

    Source: Kusupati et al. (2022), Matryoshka Representation Learning,
    https://arxiv.org/abs/2205.13147

    Args:
        vectors: Shape: (n, width).
        dim: How many dimensions stay.

    Returns:
        Shape: (n, dim).

    Raises:
        SettingError: If the vectors have fewer.
    """
    if dim > vectors.shape[1]:
        raise SettingError(f"dim must be at most {vectors.shape[1]}, the vectors' own, got {dim}")
    kept = vectors[:, :dim]
    lengths = np.linalg.norm(kept.astype(np.float64), axis=1, keepdims=True)
    lengths[lengths == 0] = 1
    return np.asarray(kept / lengths, dtype=np.float32)


def quantise(vectors: Embeddings, precision: Precision) -> Embeddings:
    """Round vectors as a vector store keeps them, in the arithmetic of sentence-transformers.

    For ``int8`` and ``uint8``, each dimension's range over these very vectors, the finite ones, is
    cut into 255 steps. For ``binary`` and ``ubinary``, a number is 1 where it is above 0.

    Args:
        vectors: Shape: (n, dim).
        precision: How numbers are kept.

    Returns:
        The whole numbers as float32, bits unpacked; a row that is not finite is nan.
        Shape: (n, dim).
    """
    if precision == "float32":
        return vectors
    finite = np.isfinite(vectors).all(axis=1)
    rounded = np.full(vectors.shape, np.nan, dtype=np.float32)
    rounded[finite] = vectors[finite] > 0 if precision in BITS else _levels(vectors[finite])
    return rounded - 128 if precision == "int8" else rounded


def stored(rounded: Embeddings, precision: Precision) -> NDArray[np.generic]:
    """Return what `quantise` returned as a file or vector store keeps it, bits packed.

    Args:
        rounded: Finite. Shape: (n, dim).
        precision: As it was rounded to.

    Returns:
        Of type float32, int8 or uint8. Shape: (n, dim), or (n, dim / 8 rounded up) for bits.
    """
    if precision in BITS:
        packed = np.packbits(rounded > 0, axis=1)
        return packed if precision == "ubinary" else (packed - np.uint8(128)).view(np.int8)
    return rounded.astype({"int8": np.int8, "uint8": np.uint8}.get(precision, np.float32))


def _levels(vectors: Embeddings) -> Embeddings:
    """Return the step of each number in its dimension's range, 0 to 255."""
    if not len(vectors):
        return vectors
    starts = vectors.min(axis=0)
    steps = (vectors.max(axis=0) - starts) / _LEVELS
    steps[steps == 0] = 1
    levels = np.clip(np.floor((vectors - starts) / steps), 0, _LEVELS)
    return np.asarray(levels, dtype=np.float32)
