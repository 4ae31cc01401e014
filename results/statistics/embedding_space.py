"""How sentence vectors lie in their space: spread in all directions, or in a narrow cone.

Vectors are brought to length 1 first.

- anisotropy: mean cosine over all pairs of different sentences. 0 in all directions alike, 1 all
  the same (Ethayarajh 2019, https://aclanthology.org/D19-1006).
- alignment: mean squared distance of the two sentences of a pair that people call alike, gold
  score 4 or more as in SimCSE. 0 at best (Wang and Isola 2020,
  https://arxiv.org/abs/2005.10242, with their alpha = 2).
- uniformity: log of the mean of exp(-2 d^2) over pairs of different sentences. Lower is more
  uniform; -4 is what vectors spread in all directions of a large space come to (same source, with
  their t = 2).
- spectrum: how the variance is shared by its principal directions; a space collapses to few
  dimensions (Jing et al. 2022, https://arxiv.org/abs/2110.09348).
- bands: where cosines lie for pairs of each gold score; in a collapsed space they are high all
  over (Yan et al. 2021, Figure 1, https://arxiv.org/abs/2105.11741).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.results.statistics.correlation import FloatArray

ALIKE = 4.0
"""Gold score from which on a pair counts as alike, out of 5."""

_PAIRS = 100_000  # random pairs for uniformity: its third digit stands
_BLOCK = 4096  # pairs compared at a time
_DIRECTIONS = 4096  # of which a spectrum is computed; of larger spaces from as many sentences
_SHOWN = 128  # shares of a spectrum that are kept
_SCALE = 2.0  # Wang and Isola's t


@dataclass(frozen=True, slots=True)
class SimilarityBand:
    """Pairs whose gold scores lie in one band, and their cosines.

    Attributes:
        low: Lowest gold score of the band.
        high: Highest, which only the last band includes.
        pairs: How many.
        mean: Mean cosine.
        lower: Their 5 % quantile.
        upper: Their 95 % quantile.
    """

    low: float
    high: float
    pairs: int
    mean: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class EmbeddingSpace:
    """What is recorded of a set of sentence vectors.

    Attributes:
        sentences: How many distinct sentences.
        zero_vectors: How many more have the zero vector, and were left out.
        dim: Length of a vector.
        anisotropy: Mean cosine of pairs, in [-1, 1].
        alike_pairs: How many pairs alignment rests on.
        alignment: Mean squared distance of alike pairs, in [0, 4]; None if there are none.
        uniformity: In [-8, 0].
        effective_dim: Directions that share the variance: 1 over the sum of the squared shares,
            between 1 and `dim` (participation ratio).
        spectrum: Shares of the variance, largest first; at most 128.
        bands: Cosines by gold score.
    """

    sentences: int
    zero_vectors: int
    dim: int
    anisotropy: float
    alike_pairs: int
    alignment: float | None
    uniformity: float
    effective_dim: float
    spectrum: tuple[float, ...]
    bands: tuple[SimilarityBand, ...]


def embedding_space(
    vectors: npt.ArrayLike, pairs: npt.ArrayLike, gold: npt.ArrayLike, *, seed: int = 0
) -> EmbeddingSpace:
    """Measure a space of sentence vectors; memory does not grow with the number of pairs.

    Args:
        vectors: One row a distinct sentence. Shape: (sentences, dim).
        pairs: Rows of the two sentences of each scored pair. Shape: (pairs, 2).
        gold: How alike they are, from 0 to 5. Shape: (pairs,).
        seed: Of the random pairs, and of the sentences that stand for all in a spectrum.

    Raises:
        ValueError: If fewer than two vectors are not zero, one is not finite, or shapes do not
            fit.
    """
    matrix, rows = np.asarray(vectors, dtype=np.float64), np.asarray(pairs, dtype=np.intp)
    scores = np.asarray(gold, dtype=np.float64)
    if rows.shape != (len(scores), 2):
        raise ValueError(f"pairs must have shape ({len(scores)}, 2), got {rows.shape}")
    kept, unit = _unit(matrix)
    known = kept[rows].all(axis=1)
    places = np.cumsum(kept) - 1
    cosines = pair_cosines(unit, places[rows[known]])
    alike = cosines[scores[known] >= ALIKE]
    rng = np.random.default_rng(seed)
    spectrum = _spectrum(unit, rng)
    return EmbeddingSpace(
        sentences=len(unit),
        zero_vectors=len(matrix) - len(unit),
        dim=unit.shape[1],
        anisotropy=_mean_cosine(unit),
        alike_pairs=len(alike),
        alignment=float(np.mean(2 - 2 * alike)) if len(alike) else None,
        uniformity=_uniformity(unit, rng),
        effective_dim=float(1 / (spectrum**2).sum()) if len(spectrum) else 1.0,
        spectrum=tuple(spectrum[:_SHOWN].tolist()),
        bands=tuple(_bands(cosines, scores[known])),
    )


def pair_cosines(unit: FloatArray, pairs: npt.NDArray[np.intp]) -> FloatArray:
    """Return the cosine of each pair of rows, a block of pairs at a time.

    Args:
        unit: Vectors of length 1. Shape: (sentences, dim).
        pairs: Two rows each. Shape: (pairs, 2).

    Returns:
        Shape: (pairs,).
    """
    cosines = np.empty(len(pairs))
    for start in range(0, len(pairs), _BLOCK):
        first, second = pairs[start : start + _BLOCK].T
        cosines[start : start + _BLOCK] = np.einsum("pd,pd->p", unit[first], unit[second])
    return np.clip(cosines, -1.0, 1.0)


def _unit(vectors: FloatArray) -> tuple[npt.NDArray[np.bool_], FloatArray]:
    """Return which vectors are not zero, and those at length 1."""
    lengths = np.linalg.norm(vectors, axis=-1)
    bad = int(np.count_nonzero(~np.isfinite(lengths)))
    if bad:
        raise ValueError(f"vectors must be finite, got {bad} that are not")
    kept = lengths > 0
    if vectors.ndim != 2 or kept.sum() < 2:  # noqa: PLR2004
        raise ValueError(f"vectors must be at least two that are not zero, got {kept.sum()}")
    return kept, np.asarray(vectors[kept] / lengths[kept, None])


def _mean_cosine(unit: FloatArray) -> float:
    """Return the mean over all pairs: from the length of the sum of all vectors."""
    count, total = len(unit), unit.sum(axis=0)
    return float((total @ total - count) / (count * (count - 1)))


def _uniformity(unit: FloatArray, rng: np.random.Generator) -> float:
    """Compare every pair where there are few, random pairs of different sentences elsewhere."""
    count = len(unit)
    if count * (count - 1) // 2 <= _PAIRS:
        first, second = np.triu_indices(count, 1)
    else:
        first = rng.integers(0, count, _PAIRS)
        second = (first + rng.integers(1, count, _PAIRS)) % count
    cosines = pair_cosines(unit, np.stack([first, second], axis=1))
    return float(np.log(np.mean(np.exp(-_SCALE * (2 - 2 * cosines)))))


def _spectrum(unit: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return the shares of the variance in its principal directions; none if there is none."""
    if min(unit.shape) > _DIRECTIONS:
        unit = unit[rng.choice(len(unit), _DIRECTIONS, replace=False)]
    centred = unit - unit.mean(axis=0)
    wide = centred.shape[1] > centred.shape[0]
    variances = np.linalg.eigvalsh(centred @ centred.T if wide else centred.T @ centred)[::-1]
    shares = np.maximum(variances, 0.0)
    total = shares.sum()
    return np.asarray(shares / total) if total > len(unit) * 1e-12 else np.empty(0)


def _bands(cosines: FloatArray, gold: FloatArray) -> Iterator[SimilarityBand]:
    for low in range(5):
        inside = (gold >= low) & ((gold < low + 1) | ((low == 4) & (gold <= 5)))  # noqa: PLR2004
        found = cosines[inside]
        if len(found):
            lower, upper = np.quantile(found, [0.05, 0.95])
            mean = float(found.mean())
            yield SimilarityBand(low, low + 1, len(found), mean, float(lower), float(upper))
