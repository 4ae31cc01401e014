"""How sentence vectors lie in their space: spread in all directions, or in a narrow cone.

Vectors are brought to length 1 first. Three figures and a diagram:

- anisotropy: mean cosine of random pairs of different sentences. 0 in all directions alike, 1 all
  the same (Ethayarajh 2019, https://aclanthology.org/D19-1006).
- alignment: mean squared distance of the two sentences of a pair that people call alike. 0 at best
  (Wang and Isola 2020, https://arxiv.org/abs/2005.10242).
- uniformity: log of the mean of exp(-2 d^2) over random pairs. Lower is more uniform; -4 is what
  vectors spread in all directions of a large space come to (same source).
- similarity by gold score: where cosines lie for pairs of each gold score; a collapsed space has
  them all high (Yan et al. 2021, Figure 1).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from results.correlation import FloatArray

_PAIRS = 100_000  # random pairs, enough for three digits
_ALIKE = 4.0  # gold score from which on a pair counts as alike, out of 5
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
    """What is told of a set of sentence vectors.

    Attributes:
        sentences: How many distinct sentences.
        dim: Length of a vector.
        anisotropy: Mean cosine of random pairs, in [-1, 1].
        alignment: Mean squared distance of alike pairs, in [0, 4]; nan if there are none.
        uniformity: In [-8, 0].
        effective_dim: Directions that share the variance: (sum of its parts)^2 over the sum of
            their squares, between 1 and `dim` (participation ratio).
        bands: Cosines by gold score.
    """

    sentences: int
    dim: int
    anisotropy: float
    alignment: float
    uniformity: float
    effective_dim: float
    bands: tuple[SimilarityBand, ...]


def embedding_space(
    vectors: npt.ArrayLike,
    pairs: npt.ArrayLike,
    gold: npt.ArrayLike,
    *,
    seed: int = 0,
) -> EmbeddingSpace:
    """Measure a space of sentence vectors.

    Args:
        vectors: One row a distinct sentence. Shape: (sentences, dim).
        pairs: Rows of the two sentences of each scored pair. Shape: (pairs, 2).
        gold: How alike they are, from 0 to 5. Shape: (pairs,).
        seed: Of the random pairs.

    Raises:
        ValueError: If there are fewer than two sentences, a vector is zero or not finite, or
            shapes do not fit.
    """
    unit = _unit(np.asarray(vectors, dtype=np.float64))
    rows, scores = np.asarray(pairs), np.asarray(gold, dtype=np.float64)
    if rows.ndim != 2 or rows.shape != (len(scores), 2):  # noqa: PLR2004
        raise ValueError(f"pairs must have shape ({len(scores)}, 2), got {rows.shape}")
    cosines = np.einsum("pd,pd->p", unit[rows[:, 0]], unit[rows[:, 1]])
    random_cosines = _random_cosines(unit, np.random.default_rng(seed))
    alike = cosines[scores >= _ALIKE]
    return EmbeddingSpace(
        sentences=len(unit),
        dim=unit.shape[1],
        anisotropy=float(random_cosines.mean()),
        alignment=float(np.mean(2 - 2 * alike)) if len(alike) else float("nan"),
        uniformity=float(np.log(np.mean(np.exp(-_SCALE * (2 - 2 * random_cosines))))),
        effective_dim=_effective_dim(unit),
        bands=_bands(cosines, scores),
    )


def _unit(vectors: FloatArray) -> FloatArray:
    if vectors.ndim != 2 or len(vectors) < 2:  # noqa: PLR2004
        raise ValueError(f"vectors must be at least two rows, got shape {vectors.shape}")
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    bad = int(np.count_nonzero(~(np.isfinite(lengths) & (lengths > 0))))
    if bad:
        raise ValueError(f"vectors must be finite and not zero, got {bad} that are not")
    return np.asarray(vectors / lengths)


def _random_cosines(unit: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return cosines of pairs of different sentences, every pair where there are few."""
    count = len(unit)
    if count * (count - 1) // 2 <= _PAIRS:
        return np.asarray((unit @ unit.T)[np.triu_indices(count, 1)])
    first = rng.integers(0, count, _PAIRS)
    second = (first + rng.integers(1, count, _PAIRS)) % count
    return np.asarray(np.einsum("pd,pd->p", unit[first], unit[second]))


def _effective_dim(unit: FloatArray) -> float:
    centred = unit - unit.mean(axis=0)
    if not centred.any():
        return 1.0
    variances = np.linalg.svd(centred, compute_uv=False) ** 2
    return float(variances.sum() ** 2 / (variances**2).sum())


def _bands(cosines: FloatArray, gold: FloatArray) -> tuple[SimilarityBand, ...]:
    bands = []
    for low in range(5):
        inside = (gold >= low) & ((gold < low + 1) | ((low == 4) & (gold <= 5)))  # noqa: PLR2004
        found = cosines[inside]
        if len(found):
            lower, upper = np.quantile(found, [0.05, 0.95])
            mean = float(found.mean())
            bands.append(
                SimilarityBand(low, low + 1, len(found), mean, float(lower), float(upper))
            )
    return tuple(bands)
