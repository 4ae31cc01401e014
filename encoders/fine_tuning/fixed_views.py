"""The fixed transformer's views of each sentence, computed ahead of the steps that need them."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from harness.encoder import HiddenStates
from harness.encoders.transformer.backbone import Backbone
from harness.results.progress import doing

_WINDOW = 1024  # distinct sentences read together, sorted by length
_MEMORY_BYTES = 4 << 30


class FixedViews:
    """Pooled hidden states of chosen layers for each sentence of the training text.

    Each distinct sentence is read once, in large batches of like length, shortly before a step
    first needs it, and stays in memory. Which sentences share a batch depends on nothing but
    their order of use, so that a resumed run gets the same numbers. Where memory would not hold
    them all, each batch is read when it is needed and nothing is kept.

    Args:
        source: The fixed transformer.
        sentences: The training text.
        order: Index of the sentence of each example, in the order of training.
        pool: Makes sentence vectors from tokens and mask.
        layers: Hidden states to pool, 0 the embedding output.
        memory_bytes: Most memory that kept views may take.
    """

    def __init__(
        self,
        source: Backbone,
        sentences: Sequence[str],
        order: NDArray[np.intp],
        *,
        pool: Callable[[Tensor, Tensor], Tensor],
        layers: Sequence[int],
        memory_bytes: int = _MEMORY_BYTES,
    ) -> None:
        self._source, self._pool, self._layers = source, pool, tuple(layers)
        self._sentences = sentences
        self._distinct = list(dict.fromkeys(sentences[row] for row in order.ravel().tolist()))
        self._place = {sentence: place for place, sentence in enumerate(self._distinct)}
        bytes_each = len(self._layers) * int(source.config.hidden_size) * 4
        self._kept = len(self._distinct) * bytes_each <= memory_bytes
        self._windows: dict[int, Tensor] = {}

    def __call__(self, rows: Sequence[int] | NDArray[np.intp]) -> Tensor:
        """Return the views of some sentences, float32, on the CPU.

        Args:
            rows: Their indices in the training text; each is one of the order's. Shape: (batch,).

        Returns:
            Shape: (batch, layers, dim).
        """
        sentences = [self._sentences[row] for row in rows]
        if not self._kept:
            return self._read(sentences)
        return torch.stack([self._look_up(self._place[sentence]) for sentence in sentences])

    def _look_up(self, place: int) -> Tensor:
        """Return one sentence's views, reading its whole window first. Shape: (layers, dim)."""
        window, row = divmod(place, _WINDOW)
        if window not in self._windows:
            start = window * _WINDOW
            sentences = self._distinct[start : start + _WINDOW]
            with doing(f"embedding {len(sentences):,} sentences with the fixed copy"):
                self._windows[window] = self._read(sentences)
        return self._windows[window][row]

    def _read(self, sentences: Sequence[str]) -> Tensor:
        """Read sentences in batches of like length. Shape: (sentences, layers, dim)."""
        rows, vectors = zip(*self._source.read(sentences, [self._views]), strict=True)
        views = np.concatenate([batch for (batch,) in vectors])
        back = np.argsort(np.concatenate(rows))
        return torch.from_numpy(views[back]).reshape(len(sentences), len(self._layers), -1)

    def _views(self, states: HiddenStates) -> Tensor:
        """Pool each layer of one batch. Shape: (batch, layers * dim)."""
        pooled = [self._pool(states.layers[layer], states.mask) for layer in self._layers]
        return torch.stack(pooled, dim=1).flatten(1)
