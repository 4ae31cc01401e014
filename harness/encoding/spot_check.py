"""Look whether an encoder's vectors belong to their sentences, and to them alone."""

from collections.abc import Callable, Sequence
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from harness.encoder import Embeddings
from harness.errors import quoted

SPOTS = 4
"""How many sentences an evaluation has each encoder embed once more."""

_FAR = 0.1  # far more than rounding in bf16 (about 0.01), less than dropout left on (0.3)

Encode = Callable[[Sequence[str]], Embeddings]


def choose_spots(count: int) -> list[int]:
    """Return up to `SPOTS` rows of so many, spread evenly and never the middle one alone."""
    spots = np.linspace(0, count - 1, min(SPOTS, count)).round().astype(int)
    return sorted(set(spots.tolist()))


def distances(one: NDArray[np.floating], other: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return how far apart rows are, as a part of the longer one's length.

    Args:
        one: Shape: (n, dim).
        other: Shape: (n, dim), or (dim,) for the same row each time.

    Returns:
        From 0, equal, to 2. Shape: (n,).
    """
    one, other = np.broadcast_arrays(one.astype(np.float64), other.astype(np.float64))
    lengths = np.maximum(np.linalg.norm(one, axis=-1), np.linalg.norm(other, axis=-1))
    apart = np.linalg.norm(one - other, axis=-1)
    return np.asarray(apart / np.where(lengths > 0, lengths, 1.0))


def find_misplaced(encode: Encode, sentences: Sequence[str], vectors: Embeddings) -> str | None:
    """Encode some sentences alone, and compare with what they got among others.

    Args:
        encode: The encoder.
        sentences: All that were encoded together.
        vectors: What came back. Shape: (n_sentences, dim).

    Returns:
        What is wrong, as the end of a message that names the encoder; None if nothing is.
    """
    spots = choose_spots(len(sentences))
    if len(sentences) < 2:  # noqa: PLR2004 - no other sentences
        return None
    chosen = [sentences[spot] for spot in spots]
    alone = encode_alone(encode, chosen)
    if alone.shape[1] != vectors.shape[1]:
        return f"must keep one dimension, got {vectors.shape[1]}, then {alone.shape[1]}"
    apart = distances(vectors[spots], alone)
    wrong = [row for row in range(len(spots)) if apart[row] > _FAR]  # scoring reports nan
    if not wrong:
        return None
    sentence = quoted(chosen[wrong[0]])
    cause = explain_difference(encode, chosen, alone, _FAR)
    return f"{cause}: {sentence} has another vector alone than among {len(sentences)} sentences"


def encode_alone(encode: Encode, sentences: Sequence[str]) -> Embeddings:
    """Encode sentences one by one. Shape: (n_sentences, dim)."""
    return np.concatenate([encode([sentence]) for sentence in sentences])


def explain_difference(
    encode: Encode, sentences: Sequence[str], alone: Embeddings, far: float
) -> str:
    """Say why vectors differ from those of the sentences alone, as the end of a message.

    Args:
        encode: The encoder.
        sentences: A few.
        alone: Their vectors, each encoded alone. Shape: (n_sentences, dim).
        far: Distance from which on rows differ.
    """
    if (distances(encode_alone(encode, sentences), alone) > far).any():
        return "must give a sentence the same vector each time"
    for order in permutations(range(len(sentences)), len(sentences)):
        together = encode([sentences[row] for row in order])
        if together.shape != alone.shape:
            break
        if (distances(together, alone[list(order)]) > far).any():
            nearest = [int(np.argmin(distances(alone, row))) for row in together]
            close = distances(together, alone[nearest]) <= far
            if close.all() and sorted(nearest) == list(range(len(sentences))):
                return "must return rows in the order of its sentences"
            break
    return "must give a sentence the same vector whatever its neighbours are"
