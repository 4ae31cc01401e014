"""Whitening: a linear map after which the vectors it was fitted on are isotropic.

Source: Su et al. (2021), Whitening Sentence Representations, https://arxiv.org/abs/2103.15316
"""

from typing import NamedTuple

import torch
from torch import Tensor


class RankError(ValueError):
    """The vectors vary in fewer directions than are asked for.

    Attributes:
        rank: Directions that they vary in.
        k: Directions asked for.
    """

    def __init__(self, rank: int, k: int, count: int) -> None:
        cure = f"pass more distinct vectors than k (there are {count}) or a smaller k"
        super().__init__(f"rank of the vectors must be at least k = {k}, got rank {rank}: {cure}")
        self.rank = rank
        self.k = k


class Whitening(NamedTuple):
    """The map x -> (x - mean) kernel."""

    mean: Tensor
    """Shape: (dim,)."""

    kernel: Tensor
    """U S^(-1/2), columns by falling variance. Shape: (dim, k)."""

    def whiten(self, vectors: Tensor) -> Tensor:
        """Map the vectors. Shape: (n, dim) to (n, k)."""
        return (vectors - self.mean) @ self.kernel


def fit_whitening(vectors: Tensor, k: int | None = None) -> Whitening:
    """Fit the map that gives the vectors mean 0 and covariance 1: U S U^T = cov(vectors).

    The covariance (over n - 1) and its eigenvectors are computed in float64. A direction counts
    towards the rank if its variance stands above the rounding of the vectors' own dtype.

    Args:
        vectors: Sentence vectors. Shape: (n, dim).
        k: Directions of largest variance to keep; all of them without it.

    Returns:
        The map, in the vectors' dtype, float32 at least.

    Raises:
        ValueError: If the vectors are not (n, dim) or not finite, or k is not within 1..dim.
        RankError: If their rank is below k: a missing direction would be divided by a variance
            of 0.
    """
    if vectors.ndim != 2 or len(vectors) == 0:  # noqa: PLR2004 - the axes
        raise ValueError(f"vectors must be (n, dim) with n > 0, got {tuple(vectors.shape)}")
    if not vectors.isfinite().all():
        raise ValueError("vectors must be finite, got NaN or infinity among them")
    n, dim = vectors.shape
    k = dim if k is None else k
    if not 1 <= k <= dim:
        raise ValueError(f"k must be within 1..{dim}, got {k}")
    wide = vectors.double()
    mean = wide.mean(dim=0)
    centred = wide - mean
    variances, directions = torch.linalg.eigh(centred.T @ centred / max(1, n - 1))  # rising
    rank = int((variances > _rounding(vectors, variances)).sum())
    if rank < k:
        raise RankError(rank, k, n)
    kept = slice(dim - k, dim)
    kernel = (directions[:, kept] / variances[kept].sqrt()).flip(1).contiguous()
    dtype = torch.promote_types(vectors.dtype, torch.float32)
    return Whitening(mean.to(dtype), kernel.to(dtype))


def _rounding(vectors: Tensor, variances: Tensor) -> float:
    """Bound the variance that rounding alone can make: of the input, and of the eigenvalues."""
    freedom = max(1, len(vectors) - 1)
    input_error = (torch.finfo(vectors.dtype).eps * vectors.double().norm()).square() / freedom
    eigenvalue_error = len(variances) * torch.finfo(variances.dtype).eps * variances[-1]
    return float(torch.maximum(input_error, eigenvalue_error))
