"""What a method hands to the fine-tuning engine."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn


@dataclass(frozen=True)
class FineTuningJob:
    """A module to train, and on what.

    Attributes:
        module: Its forward pass returns a dict with ``loss``, which is minimised, and the loss's
            parts to report, each of shape (). Only parameters that require gradients are trained.
        order: Index of each example of each step. Shape: (steps, batch_size).
        collate: Makes the arguments of the forward pass from a batch's example indices.
        save: Writes the trained weights as safetensors into a folder.
        restore: Reads them back into the module.
        dev_score: Scores the module in eval mode, a fraction; None keeps the last weights.
        pace: The learning rate, as a share of the highest, of a step out of so many; None warms
            up and decays linearly.
    """

    module: nn.Module
    order: NDArray[np.intp]
    collate: Callable[[NDArray[np.intp]], dict[str, Tensor]]
    save: Callable[[Path], None]
    restore: Callable[[Path], None]
    dev_score: Callable[[], float] | None = None
    pace: Callable[[int, int], float] | None = None
