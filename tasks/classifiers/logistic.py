"""SentEval's `sklearn` classifier: logistic regression at its optimum for every fold and C."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from harness.tasks.classifiers.features import LabelledFeatures, append_ones, predicted_classes
from harness.tasks.classifiers.folds import Fold, Rows
from harness.tasks.classifiers.head_bank import Head
from harness.tasks.classifiers.head_training import Progress
from harness.tasks.classifiers.logistic_solver import Problem, Solution, solve
from harness.tasks.classifiers.settings import LogisticSettings

CHUNK_BYTES = 256 << 20  # of logits and their like at a time


class LogisticTrainer:
    """Solves the heads of all folds together, one C after another.

    All training sets of a task are nearly the same rows. The optimum over all of them is every
    fold's first guess and its Hessian every fold's metric: the result does not depend on either,
    the number of steps does.
    """

    def __init__(
        self, data: LabelledFeatures, settings: LogisticSettings, device: torch.device
    ) -> None:
        self.settings = settings
        self.classes = data.classes
        self.features = append_ones(data.features, torch.float64, device)
        self.labels = torch.from_numpy(data.labels).to(device)

    @torch.inference_mode()
    def train(
        self, folds: Sequence[Fold], strengths: Sequence[Sequence[float]], progress: Progress
    ) -> list[list[Head]]:
        """Solve one head for each fold and each of its inverse penalties.

        Args:
            folds: Training and held-out rows; with none held out a head's accuracy is nan.
            strengths: Inverse penalties C of each fold. Shape: (folds, strengths).
            progress: Called with the number of heads that have just finished.
        """
        used = np.unique(np.concatenate([fold.train for fold in folds]))
        present, labels = self.labels[used].unique(return_inverse=True)
        targets = nn.functional.one_hot(labels, len(present)).T.to(self.features)
        targets = targets[1:] if len(present) == 2 else targets  # noqa: PLR2004 - one output
        features = self.features[used]
        start = features.new_zeros(1, len(targets), features.shape[1])
        heads: list[dict[float, Head]] = [{} for _ in folds]
        for c in sorted({c for row in strengths for c in row}):
            problem = Problem(features, targets, c)
            start = self._solve(problem, features.new_ones(1, len(used)), start).weights
            asked = [place for place, row in enumerate(strengths) if c in row]
            size = max(1, CHUNK_BYTES // (8 * 8 * targets.numel()))
            for chunk in (asked[i : i + size] for i in range(0, len(asked), size)):
                keep = np.stack([np.isin(used, folds[place].train) for place in chunk])
                solution = self._solve(problem, torch.from_numpy(keep).to(features), start)
                for place, head in zip(chunk, self._heads(solution, present), strict=True):
                    heads[place][c] = self._judged(head, folds[place].held_out)
                progress(len(chunk))
        return [[found[c] for c in row] for found, row in zip(heads, strengths, strict=True)]

    def refit(
        self, training: Sequence[Rows], strengths: Sequence[float], progress: Progress
    ) -> list[Head]:
        """Solve one head for each training set at its chosen C."""
        nothing = np.empty(0, dtype=np.int64)
        folds = [Fold(rows, nothing) for rows in training]
        return [row[0] for row in self.train(folds, [[c] for c in strengths], progress)]

    def _solve(self, problem: Problem, keep: Tensor, start: Tensor) -> Solution:
        return solve(
            problem,
            keep,
            start,
            problem.metric(start),
            tolerance=self.settings.tolerance,
            max_iterations=self.settings.max_iterations,
        )

    def _heads(self, solution: Solution, present: Tensor) -> list[Head]:
        """Give each class a row of weights; a class without training rows can never win."""
        outputs = solution.weights.shape[1]
        weights = solution.weights.new_zeros(
            len(solution.weights), self.classes, solution.weights.shape[2]
        )
        weights[..., -1] = -torch.inf
        weights[:, present, -1] = 0.0
        weights[:, present[-outputs:]] = solution.weights
        return [
            Head(head, np.nan, solution.iterations, bool(converged))
            for head, converged in zip(weights, solution.converged, strict=True)
        ]

    def _judged(self, head: Head, held_out: Rows) -> Head:
        """Add the accuracy on the held-out rows."""
        if not len(held_out):
            return head
        rows = torch.from_numpy(held_out).to(self.labels.device)
        right = predicted_classes(self.features[rows], head.weights) == self.labels[rows]
        return replace(head, accuracy=int(right.sum()) / len(held_out))
