"""What a transfer task gives."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.tasks.classifiers.folds import Rows


@dataclass(frozen=True)
class TransferResult:
    """Scores, choices and predictions of one task under one protocol; rates are fractions.

    Attributes:
        protocol: Name of the protocol.
        accuracies: On the test rows of each outer fold, or of the one test set.
        dev_accuracies: Mean held-out accuracy at the chosen strength, for each outer fold.
        strengths: Chosen L2 (`sklearn`: C) of each outer fold.
        rounds: Rounds that each final head trained (`sklearn`: steps of the solver).
        heads: Number of heads trained in all.
        unconverged: How many of them met the limit of epochs or steps.
        f1: Of class 1, where there is one test set and two classes.
        predictions: Class of each test row, in the order of the rows. Shape: (test rows,).
        weights: Of each test row in the accuracy, 1 on average: a row of a smaller fold has more.
            Shape: (test rows,).
    """

    protocol: str
    accuracies: tuple[float, ...]
    dev_accuracies: tuple[float, ...]
    strengths: tuple[float, ...]
    rounds: tuple[int, ...]
    heads: int
    unconverged: int
    f1: float | None
    predictions: Rows
    weights: NDArray[np.float64]

    @property
    def accuracy(self) -> float:
        """Mean over the outer folds."""
        return float(np.mean(self.accuracies))

    @property
    def dev_accuracy(self) -> float:
        """Mean over the outer folds."""
        return float(np.mean(self.dev_accuracies))

    def senteval_percent(self) -> tuple[float, float]:
        """Dev and test accuracy as SentEval prints them: every fold rounded, then their mean."""
        dev, test = (
            round(float(np.mean([round(100 * rate, 2) for rate in rates])), 2)
            for rates in (self.dev_accuracies, self.accuracies)
        )
        return dev, test
