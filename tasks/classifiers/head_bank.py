"""Linear heads: how they start, how they fare round by round, which weights are kept."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from harness.tasks.classifiers.folds import Rows
from harness.tasks.classifiers.settings import SEED


@dataclass(frozen=True)
class Head:
    """A trained linear head.

    Attributes:
        weights: Bias in the last column. Shape: (classes, dim + 1).
        accuracy: On its held-out rows, in [0, 1].
        rounds: How long it trained.
        converged: Whether it stopped of itself, not at the limit.
    """

    weights: Tensor
    accuracy: float
    rounds: int
    converged: bool


def initial_weights(dim: int, classes: int) -> Tensor:
    """Draw the weights that nn.Linear starts with under SentEval's seed.

    The caller's random state is left alone. Shape: (classes, dim + 1).
    """
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(SEED)
        linear = nn.Linear(dim, classes)
    return torch.cat([linear.weight.detach(), linear.bias.detach()[:, None]], dim=1)


@dataclass(frozen=True)
class Chunk:
    """Heads trained together: the same number of each of some folds.

    Attributes:
        folds: Positions of the folds. Shape: (folds,).
        columns: Positions of the strengths of each. Shape: (folds, strengths).
    """

    folds: Rows
    columns: Rows

    @property
    def place(self) -> tuple[Rows, Rows]:
        """Index into any (folds, strengths, ...) array."""
        return self.folds[:, None], self.columns


class HeadBank:
    """State of the heads of some folds, one per fold and strength.

    Attributes:
        weights: As trained so far. Shape: (folds, strengths, classes, dim + 1).
        moments: State of the optimizer, each shaped as the weights.
        decay: Weight decay of each head. Shape: (folds, strengths).
        best: Weights of the best round, shaped as the weights.
        accuracy: Held-out accuracy of the best round. Shape: (folds, strengths).
        misses: Rounds without improvement. Shape: (folds, strengths).
        rounds: Rounds trained. Shape: (folds, strengths).
        active: Whether a head still trains. Shape: (folds, strengths).
    """

    def __init__(self, start: Tensor, decay: Tensor, moments: int) -> None:
        shape = tuple(decay.shape)
        self.weights = start.repeat(*shape, 1, 1)
        self.moments = [torch.zeros_like(self.weights) for _ in range(moments)]
        self.decay = decay
        self.best = self.weights.clone()
        self.accuracy = np.full(shape, -1.0)
        self.misses = np.zeros(shape, dtype=np.int64)
        self.rounds = np.zeros(shape, dtype=np.int64)
        self.active = np.ones(shape, dtype=np.bool_)

    def chunks(self, size: int, workers: int) -> list[Chunk]:
        """Cut the folds that have active heads into chunks of at most `size`.

        Folds with equally many active heads come together. Where they must mix, a stopped head
        trains on to fill the row up; its best weights stay.
        """
        counts = self.active.sum(axis=1)
        folds = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)]
        parts = max(workers, -(-len(folds) // size))
        return [
            Chunk(
                part, np.argsort(~self.active[part], axis=1, kind="stable")[:, : counts[part[0]]]
            )
            for part in np.array_split(folds, min(parts, len(folds)))
        ]

    def gather(self, chunk: Chunk) -> tuple[Tensor, list[Tensor], Tensor]:
        """Copies of the weights and moments of a chunk, and its decay ready to multiply them."""
        place = chunk.place
        moments = [moment[place] for moment in self.moments]
        return self.weights[place], moments, self.decay[place][..., None, None]

    def scatter(self, chunk: Chunk, weights: Tensor, moments: list[Tensor]) -> None:
        """Put trained weights and moments back."""
        for whole, part in zip([self.weights, *self.moments], [weights, *moments], strict=True):
            whole[chunk.place] = part

    def judge(self, chunk: Chunk, accuracy: NDArray[np.float64], tenacity: int) -> None:
        """Keep the weights of heads that improved; stop those that have failed to too often.

        Args:
            chunk: Heads that have gone through a round.
            accuracy: On their held-out rows. Shape: (folds, strengths).
            tenacity: Misses that a head survives.
        """
        folds, columns = np.broadcast_arrays(*chunk.place)
        active = self.active[folds, columns]
        places = folds[active], columns[active]
        better = accuracy[active] > self.accuracy[places]
        improved = places[0][better], places[1][better]
        self.best[improved] = self.weights[improved]
        self.accuracy[improved] = accuracy[active][better]
        self.misses[places] += ~better
        self.rounds[places] += 1
        self.active[places] = self.misses[places] <= tenacity

    def heads(self) -> list[list[Head]]:
        """Every head at its best round, by fold and strength."""
        folds, strengths = self.active.shape
        return [
            [
                Head(
                    weights=self.best[fold, column],
                    accuracy=float(self.accuracy[fold, column]),
                    rounds=int(self.rounds[fold, column]),
                    converged=not self.active[fold, column],
                )
                for column in range(strengths)
            ]
            for fold in range(folds)
        ]
