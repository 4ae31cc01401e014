"""How alike two sets of vectors are, row by row."""

import math
from collections.abc import Callable
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from harness.encoder import Embeddings
from harness.processed_vectors import VectorSimilarity

Similarity: TypeAlias = Literal["cosine", "cosine-tied", "dot", "euclidean", "manhattan"]
Values: TypeAlias = NDArray[np.floating]

_TIED_DECIMALS = 12  # far above float64's rounding, far below what float32 vectors can differ by


def cosine(first: Values, second: Values) -> Values:
    """Return the cosine of each pair of rows, nan for a zero row, in SentEval's arithmetic.

    In float32 and bit for bit what ``u @ v / (norm(u) * norm(v))`` gives pair by pair. So pairs
    of identical sentences differ from 1, and from each other, in the last bit, and rank by it.
    Where a norm is too large for the vectors' format, there is nan too.

    Args:
        first: Shape: (pairs, dim).
        second: Shape: (pairs, dim).

    Returns:
        Shape: (pairs,).
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        norms = np.sqrt(dot(first, first)) * np.sqrt(dot(second, second))
        norms[np.isinf(norms)] = np.nan
        return np.asarray(dot(first, second) / norms)


def cosine_tied(first: Values, second: Values) -> Values:
    """Return the cosine of each pair of rows in float64, rounded so that equal pairs tie.

    As scikit-learn's cosine distance, and sentence-transformers with it, treats them.
    """
    wide = cosine(first.astype(np.float64), second.astype(np.float64))
    return np.asarray(wide.round(_TIED_DECIMALS))


def dot(first: Values, second: Values) -> Values:
    """Return the inner product of each pair of rows. Shape: (pairs,).

    Stacked vector products go through the same BLAS routine as a single ``u @ v``.
    """
    return np.asarray((first[:, None, :] @ second[:, :, None])[:, 0, 0])


def euclidean(first: Values, second: Values) -> Values:
    """Return the negated Euclidean distance of each pair of rows. Shape: (pairs,)."""
    return -np.asarray(np.linalg.norm(first - second, axis=1))


def manhattan(first: Values, second: Values) -> Values:
    """Return the negated city-block distance of each pair of rows. Shape: (pairs,)."""
    return -np.asarray(np.abs(first - second).sum(axis=1))


def hamming(first: Values, second: Values) -> Values:
    """Return the negated number of places where each pair of rows differs. Shape: (pairs,)."""
    return -np.asarray((first != second).sum(axis=1), dtype=np.float64)


SIMILARITIES: dict[VectorSimilarity, Callable[[Values, Values], Values]] = {
    "cosine": cosine,
    "cosine-tied": cosine_tied,
    "dot": dot,
    "euclidean": euclidean,
    "manhattan": manhattan,
    "hamming": hamming,
}


def rounding(first: Embeddings, second: Embeddings, kind: VectorSimilarity) -> float:
    """Return how far apart float32's rounding alone may set two similarities.

    That is 8 ε √dim, with ε = 2^-23: a sum of dim products is rounded about √dim times, and so are
    the vectors themselves. A cosine is at most 1; the others are of the size of the vectors'
    products or lengths, of which the median counts. A Hamming distance is exact.

    Args:
        first: Shape: (pairs, dim).
        second: Shape: (pairs, dim).
        kind: Name of the similarity.
    """
    if kind == "hamming":
        return 0.0
    unit = 8 * float(np.finfo(np.float32).eps) * math.sqrt(first.shape[1])
    if kind in ("cosine", "cosine-tied"):
        return unit
    order = 1 if kind == "manhattan" else 2
    lengths = [np.linalg.norm(side.astype(np.float64), order, axis=1) for side in (first, second)]
    sizes = lengths[0] * lengths[1] if kind == "dot" else lengths[0] + lengths[1]
    return unit * float(np.median(sizes))


def similarities(
    first: Embeddings, second: Embeddings, kind: VectorSimilarity
) -> NDArray[np.float64]:
    """Compare two sets of vectors row by row, in float64 those too large or small for float32.

    Args:
        first: Shape: (pairs, dim).
        second: Shape: (pairs, dim).
        kind: Name of the similarity.

    Returns:
        Higher is more alike; nan where a vector is not finite, or zero unless bits are counted.
        Shape: (pairs,).
    """
    usable = np.isfinite(first).all(axis=1) & np.isfinite(second).all(axis=1)
    if kind != "hamming":
        usable &= first.any(axis=1) & second.any(axis=1)
    with np.errstate(invalid="ignore", over="ignore"):
        values = SIMILARITIES[kind](first, second).astype(np.float64)
        extreme = usable & ~np.isfinite(values)
        wide = (side[extreme].astype(np.float64) for side in (first, second))
        values[extreme] = SIMILARITIES[kind](*wide)
    values[~usable] = np.nan
    return values
