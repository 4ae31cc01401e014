"""Folds that take the same number of steps a pass, walked through together."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from harness.tasks.classifiers.folds import Fold, Rows
from harness.tasks.classifiers.settings import SEED, HeadSettings


def folds_of_one_length(folds: Sequence[Fold], batch_size: int) -> list[list[int]]:
    """Group folds by their number of steps a pass, as positions in `folds`."""
    groups: dict[int, list[int]] = {}
    for place, fold in enumerate(folds):
        groups.setdefault(-(-len(fold.train) // batch_size), []).append(place)
    return list(groups.values())


class BatchOrder:
    """The order in which each fold of a group sees its training rows, round by round.

    SentEval reseeds the permutations for every fit, so folds of one size share theirs. Folds
    shorter than the longest are filled up in their last batch with rows of no weight.

    Attributes:
        held_out: Held-out rows of each fold.
        passes: Passes drawn so far.
    """

    def __init__(
        self, folds: Sequence[Fold], settings: HeadSettings, device: torch.device
    ) -> None:
        self.held_out = [torch.from_numpy(fold.held_out).to(device) for fold in folds]
        self.passes = 0
        self._folds = folds
        self._settings = settings
        self._longest = max(len(fold.train) for fold in folds)
        self._shares = torch.stack([self._row_shares(len(fold.train)) for fold in folds]).to(
            device
        )
        self._streams = {
            (len(fold.train), fold.drawn): np.random.RandomState(SEED) for fold in folds
        }
        for (_, drawn), stream in self._streams.items():
            stream.permutation(drawn)
        self._orders: list[dict[tuple[int, int], Rows]] = []

    def _row_shares(self, size: int) -> Tensor:
        """Weight of each place of a pass in its batch's loss. Shape: (1, longest)."""
        shares = torch.zeros(self._longest)
        shares[:size] = 1.0
        if self._settings.loss == "mean":
            for batch in shares.split(self._settings.batch_size):
                batch.div_(batch.sum())
        return shares[None]

    def draw_round(self) -> None:
        """Draw the permutations of the next round."""
        self._orders = [
            {kind: stream.permutation(kind[0]) for kind, stream in self._streams.items()}
            for _ in range(self._settings.epoch_size)
        ]
        self.passes += self._settings.epoch_size

    @property
    def steps_before_round(self) -> int:
        """Steps that each fold took before the round last drawn."""
        steps = -(-self._longest // self._settings.batch_size)
        return (self.passes - self._settings.epoch_size) * steps

    def round_rows(self, places: Rows) -> Iterator[tuple[Tensor, Tensor]]:
        """Rows of some folds in the order of each pass of the round last drawn.

        Args:
            places: Positions of the folds. Shape: (folds,).

        Yields:
            Rows of the shared matrix, shape (folds, longest), and their shares in their batch's
            loss, shape (folds, 1, longest).
        """
        shares = self._shares[places]
        for order in self._orders:
            rows = np.zeros((len(places), self._longest), dtype=np.int64)
            for row, fold in zip(rows, (self._folds[place] for place in places), strict=True):
                size = len(fold.train)
                row[:size] = fold.train[order[size, fold.drawn]]
            yield torch.from_numpy(rows).to(shares.device), shares
