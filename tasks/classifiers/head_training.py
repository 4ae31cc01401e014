"""Many of SentEval's heads trained at once, each with its own rows, L2 and early stop.

SentEval reseeds numpy and torch before every fit. Fits on equally many rows therefore start
from the same weights and go through the same permutations, in lock step, and one batched matrix
product serves them all; the heads of one fold share its batches and differ in their L2 alone. The
arithmetic is SentEval's; only the last bits of the float32 sums depend on the batching.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from harness.tasks.classifiers.batch_order import BatchOrder, folds_of_one_length
from harness.tasks.classifiers.features import LabelledFeatures, append_ones, predicted_classes
from harness.tasks.classifiers.folds import Fold, Rows, refit_fold
from harness.tasks.classifiers.head_bank import Chunk, Head, HeadBank, initial_weights
from harness.tasks.classifiers.optimizers import OPTIMIZERS
from harness.tasks.classifiers.settings import HeadSettings

Progress = Callable[[int], None]  # gets the number of heads that have just finished

CACHE_BYTES = 3 << 20  # what a chunk of heads works on should stay in a core's cache
DEVICE_BYTES = 1 << 30
MOST_WORKERS = 4  # beyond, threads wait for Python more than they compute


def ignore_progress(heads: int) -> None:
    """Take no notice."""
    del heads


@contextmanager
def one_thread() -> Iterator[int]:
    """Keep each torch operation to one CPU thread, and give the number of threads set before.

    An operation here takes some 100 microseconds: splitting it gains little, and waiting for a
    core that is busy with other work has made training 20 times slower.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield threads
    finally:
        torch.set_num_threads(threads)


class HeadTrainer:
    """Trains heads on rows of one shared matrix, as SentEval would one after another.

    On a CPU, chunks of heads are spread over as many threads as torch is set to.

    Attributes:
        data: The matrix and its labels; no head copies its training rows.
        settings: SentEval's settings.
        device: Where to compute.
        chunk_bytes: How much one chunk of heads works on at a time, default by device.
    """

    def __init__(
        self,
        data: LabelledFeatures,
        settings: HeadSettings,
        device: torch.device,
        chunk_bytes: int | None = None,
    ) -> None:
        self.settings = settings
        self.device = device
        self.features = append_ones(data.features, torch.float32, device)
        self.labels = torch.from_numpy(data.labels).to(device)
        self._one_hot = nn.functional.one_hot(self.labels, data.classes).float()
        self._chunk_bytes = chunk_bytes or (CACHE_BYTES if device.type == "cpu" else DEVICE_BYTES)
        self._optimizer = OPTIMIZERS[settings.optimizer]()
        self._start = initial_weights(data.features.shape[1], data.classes).to(device)

    @torch.inference_mode()
    def train(
        self, folds: Sequence[Fold], strengths: Sequence[Sequence[float]], progress: Progress
    ) -> list[list[Head]]:
        """Train one head for each fold and each of its L2 strengths.

        Args:
            folds: Training and held-out rows.
            strengths: Weight decays of each fold. Shape: (folds, strengths).
            progress: Called with the number of heads that have just finished.
        """
        trained: list[list[Head]] = [[] for _ in folds]
        for group in folds_of_one_length(folds, self.settings.batch_size):
            decay = torch.tensor([list(strengths[place]) for place in group], device=self.device)
            bank = HeadBank(self._start, decay, self._optimizer.moments)
            walk = BatchOrder([folds[place] for place in group], self.settings, self.device)
            self._train_group(bank, walk, progress)
            for place, heads in zip(group, bank.heads(), strict=True):
                trained[place] = heads
        return trained

    def refit(
        self, training: Sequence[Rows], strengths: Sequence[float], progress: Progress
    ) -> list[Head]:
        """Train one head on each training set at its chosen L2, 5 % held out."""
        folds = [refit_fold(rows) for rows in training]
        return [row[0] for row in self.train(folds, [[l2] for l2 in strengths], progress)]

    def _train_group(self, bank: HeadBank, walk: BatchOrder, progress: Progress) -> None:
        """Train the heads of folds that walk in lock step until all have stopped."""
        with one_thread() as threads:
            workers = min(threads, MOST_WORKERS) if self.device.type == "cpu" else 1
            with ThreadPoolExecutor(workers) as pool:
                while bank.active.any() and walk.passes <= self.settings.max_epoch:
                    running = int(bank.active.sum())
                    walk.draw_round()
                    chunks = bank.chunks(self._chunk_folds(bank), workers)
                    for chunk in pool.map(partial(self._train_chunk, bank, walk), chunks):
                        bank.judge(*chunk, self.settings.tenacity)
                    progress(running - int(bank.active.sum()))
        progress(int(bank.active.sum()))

    def _chunk_folds(self, bank: HeadBank) -> int:
        """How many folds one chunk may have."""
        weights = bank.weights[0].numel() * (2 + self._optimizer.moments)
        inputs = self.settings.batch_size * self.features.shape[1]
        return max(1, self._chunk_bytes // int(4 * (weights + inputs)))

    @torch.inference_mode()
    def _train_chunk(
        self, bank: HeadBank, walk: BatchOrder, chunk: Chunk
    ) -> tuple[Chunk, NDArray[np.float64]]:
        """Take heads through one round, on copies that lie together, and score them.

        Returns:
            The chunk and its held-out accuracies. Shape: (folds, strengths).
        """
        weights, moments, decay = bank.gather(chunk)
        folds, dim = len(weights), weights.shape[-1]
        buffer = self.features.new_empty(folds * self.settings.batch_size, dim)
        step = walk.steps_before_round
        for rows, scale in walk.round_rows(chunk.folds):
            for batch, share in zip(
                rows.split(self.settings.batch_size, 1),
                scale.split(self.settings.batch_size, 2),
                strict=True,
            ):
                step += 1
                flat = batch.reshape(-1)
                inputs = torch.index_select(self.features, 0, flat, out=buffer[: len(flat)])
                targets = self._one_hot.index_select(0, flat).view(*batch.shape, -1)
                gradient = _gradient(weights, inputs.view(*batch.shape, dim), targets, share)
                self._optimizer.update(weights, gradient.addcmul_(weights, decay), moments, step)
        bank.scatter(chunk, weights, moments)
        return chunk, self._accuracies(walk, chunk.folds, weights)

    def _accuracies(self, walk: BatchOrder, folds: Rows, weights: Tensor) -> NDArray[np.float64]:
        """Accuracy of each head on its fold's held-out rows. Shape: (folds, strengths)."""
        largest = max(len(walk.held_out[fold]) for fold in folds)
        buffer = self.features.new_empty(largest, weights.shape[-1])
        accuracy = []
        for fold, heads in zip(folds, weights, strict=True):
            rows = walk.held_out[fold]
            inputs = torch.index_select(self.features, 0, rows, out=buffer[: len(rows)])
            right = predicted_classes(inputs, heads) == self.labels[rows]
            accuracy.append(right.sum(1).cpu().numpy() / len(rows))
        return np.stack(accuracy)


def _gradient(weights: Tensor, inputs: Tensor, targets: Tensor, share: Tensor) -> Tensor:
    """Gradient of the cross entropy, shaped as the weights: (folds, l2, classes, dim + 1).

    By the logits it is softmax - one-hot. Two classes need one product where more need two:
    softmax depends on the difference of their weights, and their gradients differ in sign.

    Args:
        weights: Shape: (folds, l2, classes, dim + 1).
        inputs: Shape: (folds, batch, dim + 1).
        targets: One-hot. Shape: (folds, batch, classes).
        share: Weight of each row in the loss, 0 for a row that fills up: (folds, 1, batch).
    """
    folds, l2, classes, dim = weights.shape
    columns = inputs.transpose(1, 2)
    if classes == 2:  # noqa: PLR2004
        chance = torch.bmm(weights[:, :, 1] - weights[:, :, 0], columns).sigmoid_()
        error = chance.sub_(targets[:, None, :, 1]).mul_(share)
        gradient = torch.bmm(error, inputs)
        return torch.stack([-gradient, gradient], 2)
    logits = torch.bmm(weights.view(folds, -1, dim), columns).view(folds, l2, classes, -1)
    error = logits.softmax(2).sub_(targets.transpose(1, 2)[:, None]).mul_(share[:, None])
    return torch.bmm(error.view(folds, l2 * classes, -1), inputs).view_as(weights)
