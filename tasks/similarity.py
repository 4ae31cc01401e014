"""How alike two sets of vectors are, row by row."""

from collections.abc import Callable
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from harness.encoder import Embeddings

Similarity: TypeAlias = Literal["cosine", "dot", "euclidean", "manhattan"]
Values: TypeAlias = NDArray[np.float64]

_DECIMALS = 12  # far above float64's rounding, far below a difference between float32 vectors


def cosine(first: Values, second: Values) -> Values:
    """Return the cosine of each pair of rows, nan for a zero row. Shape: (pairs,)."""
    norms = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        similarity: Values = np.einsum("ij,ij->i", first, second) / norms
    return similarity


def dot(first: Values, second: Values) -> Values:
    """Return the inner product of each pair of rows. Shape: (pairs,)."""
    product: Values = np.einsum("ij,ij->i", first, second)
    return product


def euclidean(first: Values, second: Values) -> Values:
    """Return the negated Euclidean distance of each pair of rows. Shape: (pairs,)."""
    distance: Values = np.linalg.norm(first - second, axis=1)
    return -distance


def manhattan(first: Values, second: Values) -> Values:
    """Return the negated city-block distance of each pair of rows. Shape: (pairs,)."""
    distance: Values = np.abs(first - second).sum(axis=1)
    return -distance


SIMILARITIES: dict[str, Callable[[Values, Values], Values]] = {
    "cosine": cosine,
    "dot": dot,
    "euclidean": euclidean,
    "manhattan": manhattan,
}


def similarities(first: Embeddings, second: Embeddings, kind: Similarity) -> Values:
    """Compare two sets of vectors row by row, in float64.

    Pairs of identical sentences tie, as they do in scikit-learn's cosine; SentEval's float32
    breaks such ties by rounding noise, which moves STS12's SMTeuroparl by up to 0.0006.

    Args:
        first: Shape: (pairs, dim).
        second: Shape: (pairs, dim).
        kind: Name of the similarity.

    Returns:
        Higher is more alike; nan where a vector is zero or not finite. Shape: (pairs,).
    """
    with np.errstate(invalid="ignore", over="ignore"):
        values = SIMILARITIES[kind](first.astype(np.float64), second.astype(np.float64))
    usable = [np.isfinite(side).all(axis=1) & side.any(axis=1) for side in (first, second)]
    values[~(usable[0] & usable[1])] = np.nan
    rounded: Values = values.round(_DECIMALS)
    return rounded
