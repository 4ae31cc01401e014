"""Which examples each training step sees: fixed by the seed, the same on every machine."""

import numpy as np
from numpy.typing import NDArray

from harness.errors import TrainingError
from harness.finetuning.hyperparameters import FineTuningSettings


def draw_batches(
    examples: int,
    settings: FineTuningSettings,
    seed: int,
    *,
    text: str = "training text",
    kind: str = "sentences",
) -> NDArray[np.intp]:
    """Shuffle the examples again in each epoch and cut each epoch into whole batches.

    The examples left over at an epoch's end are not seen in it: a smaller batch would have fewer
    negatives.

    Args:
        examples: How many there are.
        settings: Batch size, epochs, steps.
        seed: Seed of the order.
        text: How messages name the text.
        kind: What messages call an example.

    Returns:
        Index of each example of each step. Shape: (steps, batch_size).

    Raises:
        TrainingError: If there are too few examples for a batch.
    """
    steps = step_count(examples, settings, text=text, kind=kind)
    per_epoch = examples // settings.batch_size
    epochs = [
        np.random.default_rng([seed, epoch]).permutation(examples)
        for epoch in range(-(-steps // per_epoch))
    ]
    rows = [order[: per_epoch * settings.batch_size] for order in epochs]
    return np.concatenate(rows).reshape(-1, settings.batch_size)[:steps]


def step_count(
    examples: int,
    settings: FineTuningSettings,
    *,
    text: str = "training text",
    kind: str = "sentences",
) -> int:
    """Return how many steps training takes where no dev scores end it.

    Args:
        examples: How many there are.
        settings: Batch size, epochs, steps.
        text: How messages name the text.
        kind: What messages call an example.

    Raises:
        TrainingError: If there are too few examples for a batch.
    """
    if examples < 2:  # noqa: PLR2004 - a contrast needs two
        raise TrainingError(f"{text} must have at least 2 {kind}, got {examples}")
    if settings.batch_size > examples:
        raise TrainingError(
            f"batch_size must be at most the {examples} {kind} of {text},"
            f" got {settings.batch_size}: set batch_size={examples}, or give more text"
        )
    return settings.max_steps or settings.epochs * (examples // settings.batch_size)
