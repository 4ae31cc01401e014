"""SentEval's trained relatedness of pairs: SICK-R and STS-B with a head on the pair's features.

A score y is taken as a soft class among 1 .. 5 and predicted as p . (1, .., 5), where p is
softmax(W f + b) (Tai, Socher and Manning 2015, section 4.2). SentEval fits p by squared error,
where they had the KL divergence.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import spearmanr
from torch import Tensor

from harness.results.statistics.correlation import pearson
from harness.tasks.classifiers.features import Features, append_ones, check_features
from harness.tasks.classifiers.folds import Rows
from harness.tasks.classifiers.head_bank import initial_weights
from harness.tasks.classifiers.head_training import Progress, ignore_progress, one_thread
from harness.tasks.classifiers.optimizers import Adam
from harness.tasks.classifiers.settings import SEED, Loss

CLASSES = 5
BATCH_SIZE = 64
PASSES = 50  # of one round
MAX_PASSES = 1000
TENACITY = 3

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class RelatednessResult:
    """Correlations and mean squared error on the test rows.

    Attributes:
        pearson: In [-1, 1]; 0 where undefined, as in SentEval.
        spearman: In [-1, 1]; 0 where undefined.
        mse: In squared points of the gold scale.
        dev_pearson: The best on the dev rows, whose weights are kept.
        rounds: Rounds of 50 passes that were trained.
        converged: Whether training stopped of itself, not at the limit of passes.
        predictions: Score of each test row, 1 to 5. Shape: (test rows,).
    """

    pearson: float
    spearman: float
    mse: float
    dev_pearson: float
    rounds: int
    converged: bool
    predictions: Floats


def soft_labels(gold: Floats) -> Features:
    """Spread each score over its two neighbouring classes 1 .. 5, equation 15 of Tai et al.

    As in SentEval there is no class 0: a score y below 1 (STS-B has them) leaves y in class 1 and
    drops the rest.

    Args:
        gold: Scores in [0, 5]. Shape: (rows,).

    Returns:
        Shape: (rows, 5).
    """
    floor = np.floor(gold)[:, None]
    classes = np.arange(1, CLASSES + 1)
    share = np.where(classes == floor + 1, gold[:, None] - floor, 0.0)
    return np.where(classes == floor, floor - gold[:, None] + 1, share).astype(np.float32)


@torch.inference_mode()
def train_relatedness(
    features: Features,
    gold: Floats,
    *,
    train: Rows,
    dev: Rows,
    test: Rows,
    loss: Loss = "mean",
    device: str | torch.device = "cpu",
    progress: Progress = ignore_progress,
) -> RelatednessResult:
    """Train on `train`, keep the weights with the best Pearson on `dev`, score `test`.

    Args:
        features: [abs(u - v), u * v] of each pair. Shape: (rows, dim), finite.
        gold: Scores in [0, 5]. Shape: (rows,).
        train: Rows in SentEval's order: by (tokens left, tokens right, score), stable.
        dev: Rows that stop the training.
        test: Rows to score.
        loss: Whether the squared error is averaged (SentEval on today's torch) or summed.
        device: Where to compute.
        progress: Called with 1 after every round.

    Raises:
        ValueError: Features are not finite or gold scores not in [0, 5].
    """
    check_features(features, gold)
    if not ((gold >= 0) & (gold <= CLASSES)).all():
        raise ValueError(f"gold scores must be in [0, 5], got {gold.min()} to {gold.max()}")
    matrix = append_ones(features, torch.float32, torch.device(device))
    targets = torch.from_numpy(soft_labels(gold[train])).to(matrix.device)
    head = _RelatednessHead(matrix[train], targets, loss)
    best, best_pearson, misses, rounds = head.weights.clone(), -1.0, 0, 0
    with one_thread():
        while misses <= TENACITY and rounds * PASSES <= MAX_PASSES:
            head.train_round()
            rounds += 1
            dev_pearson = pearson(head.scores(matrix[dev], head.weights), gold[dev])
            if dev_pearson > best_pearson:  # nan, of a constant side, is not
                best, best_pearson = head.weights.clone(), dev_pearson
            else:
                misses += 1
            progress(1)
    predictions = head.scores(matrix[test], best)
    varied = np.ptp(predictions) > 0 and np.ptp(gold[test]) > 0
    return RelatednessResult(
        pearson=pearson(predictions, gold[test]) if varied else 0.0,
        spearman=float(spearmanr(predictions, gold[test]).statistic) if varied else 0.0,
        mse=float(np.square(predictions - gold[test]).mean()),
        dev_pearson=best_pearson,
        rounds=rounds,
        converged=misses > TENACITY,
        predictions=predictions,
    )


class _RelatednessHead:
    """A softmax head fitted to soft classes by squared error, with Adam and no weight decay."""

    def __init__(self, features: Tensor, targets: Tensor, loss: Loss) -> None:
        self._features = features
        self._targets = targets
        self._loss = loss
        self._optimizer = Adam()
        self._stream = np.random.RandomState(SEED)
        self._steps = 0
        self.weights = initial_weights(features.shape[1] - 1, CLASSES).to(features.device)
        self._moments = torch.zeros_like(self.weights), torch.zeros_like(self.weights)

    def train_round(self) -> None:
        """Go over the rows 50 times."""
        for _ in range(PASSES):
            order = torch.from_numpy(self._stream.permutation(len(self._features)))
            for batch in order.to(self._features.device).split(BATCH_SIZE):
                self._steps += 1
                gradient = self._gradient(self._features[batch], self._targets[batch])
                self._optimizer.update(self.weights, gradient, self._moments, self._steps)

    def _gradient(self, inputs: Tensor, targets: Tensor) -> Tensor:
        """Gradient of the squared error: by the logits it is p (e - p . e), with e = 2 (p - t)."""
        chance = (inputs @ self.weights.T).softmax(1)
        error = (chance - targets).mul_(2 / targets.numel() if self._loss == "mean" else 2)
        by_logits = chance * (error - (chance * error).sum(1, keepdim=True))
        return by_logits.T @ inputs

    @staticmethod
    def scores(features: Tensor, weights: Tensor) -> Floats:
        """Expected class of each row, in [1, 5]."""
        chance = (features @ weights.T).softmax(1).double().cpu().numpy()
        expected: Floats = chance @ np.arange(1, CLASSES + 1)
        return expected
