"""The feature matrix that all heads of a task share, and its labels."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from harness.tasks.classifiers.folds import Rows

Features = NDArray[np.float32]


@dataclass(frozen=True)
class LabelledFeatures:
    """All rows of a task: train, dev and test under one another.

    Attributes:
        features: One row a sentence or pair. Shape: (rows, dim), finite.
        labels: Class of each row. Shape: (rows,), in 0 .. classes - 1.
        classes: Number of classes of the task, absent ones counted.

    Raises:
        ValueError: A shape is off, a feature is not finite or a label is outside the set.
    """

    features: Features
    labels: Rows
    classes: int

    def __post_init__(self) -> None:
        """Check once what no classifier checks again."""
        check_features(self.features, self.labels)
        outside = np.flatnonzero((self.labels < 0) | (self.labels >= self.classes))
        if len(outside):
            raise ValueError(
                f"labels must be 0 .. {self.classes - 1},"
                f" got {self.labels[outside[0]]} in row {outside[0]}"
            )


def check_features(features: Features, gold: NDArray[np.generic]) -> None:
    """Refuse a matrix that no head can be trained on.

    Raises:
        ValueError: Features are not (rows, dim), gold is not (rows,), or a feature is not finite.
    """
    if features.ndim != 2 or gold.shape != features.shape[:1]:  # noqa: PLR2004 - (rows, dim)
        raise ValueError(
            "features must be (rows, dim) and labels (rows,),"
            f" got {features.shape} and {gold.shape}"
        )
    broken = np.flatnonzero(~np.isfinite(features).all(axis=1))
    if len(broken):
        raise ValueError(
            f"features must be finite, got nan or inf in {len(broken)} rows,"
            f" first in row {broken[0]}"
        )


def append_ones(features: Features, dtype: torch.dtype, device: torch.device) -> Tensor:
    """Copy the matrix to the device with the column that the bias multiplies: (rows, dim + 1)."""
    matrix = torch.ones(len(features), features.shape[1] + 1, dtype=dtype, device=device)
    matrix[:, :-1] = torch.from_numpy(features)
    return matrix


def predicted_classes(features: Tensor, weights: Tensor) -> Tensor:
    """Class with the largest logit, the first of equals.

    Args:
        features: Rows with the column of ones. Shape: (rows, dim + 1).
        weights: One or more heads. Shape: (..., classes, dim + 1).

    Returns:
        Shape: (..., rows).
    """
    logits = weights.reshape(-1, weights.shape[-1]) @ features.T
    return logits.view(*weights.shape[:-1], len(features)).argmax(-2)
