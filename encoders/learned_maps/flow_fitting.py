"""Fit a Glow to stored vectors by maximum likelihood."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from harness.encoders.learned_maps.glow import Glow
from harness.errors import TrainingError
from harness.trainable import Training

_INITIAL = 1024  # vectors that the actnorms' first scales and shifts are computed from
_MEASURED = 1024  # vectors of the training text that are measured where none are held out
_REPORTS = 10  # times that the bits per dimension are measured


@dataclass(frozen=True)
class FlowTraining:
    """How a flow is trained.

    Attributes:
        learning_rate: Of AdamW, falling linearly to 0.
        weight_decay: Of AdamW.
        max_grad_norm: Gradients are scaled down to this norm; 0 never.
        batch_size: Vectors a step.
        epochs: Passes over the vectors.
        held_out: Fraction of the distinct vectors that is only measured; 0 trains on all.
    """

    learning_rate: float
    weight_decay: float
    max_grad_norm: float
    batch_size: int
    epochs: int
    held_out: float


def train_flow(
    glow: Glow, vectors: Tensor, rows: Tensor, options: FlowTraining, training: Training
) -> dict[str, Any]:
    """Minimise the bits per dimension of the vectors, in place.

    Args:
        glow: Fresh; its actnorms are initialised from the vectors.
        vectors: One a distinct sentence, on the flow's device. Shape: (n_distinct, dim).
        rows: The vector of each sentence; repeated sentences count as often. Shape: (n,).
        options: How to train.
        training: Seed and reporting; its ``loss`` is the latest of the bits per dimension.

    Returns:
        Steps; sentences held out; bits per dimension under a standard normal; and those of the
        flow by step: ``held_out_bits_per_dim``, or where nothing is held out
        ``training_bits_per_dim``, measured on 1024 of the training text's own vectors at most.

    Raises:
        TrainingError: If the loss stops being finite.
    """
    generator = torch.Generator().manual_seed(training.seed)
    shuffled = torch.randperm(len(vectors), generator=generator)
    spare = int(options.held_out * len(vectors))
    held_out, kept = shuffled[:spare], shuffled[spare:]
    rows = rows[torch.isin(rows, kept)]
    glow.initialise(vectors[kept[:_INITIAL]])
    optimizer = torch.optim.AdamW(
        glow.parameters(), lr=options.learning_rate, weight_decay=options.weight_decay
    )
    batches = list(_batches(rows, options, generator))
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, total_iters=len(batches))
    measured = vectors[held_out if spare else kept[-_MEASURED:]]
    curve = [{"step": 0, "bits_per_dim": _measure(glow, measured)}]
    glow.train()
    for step, batch in enumerate(batches, start=1):
        loss = glow.bits_per_dim(vectors[batch]).mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if options.max_grad_norm:
            nn.utils.clip_grad_norm_(glow.parameters(), options.max_grad_norm)
        optimizer.step()
        schedule.step()
        if step % max(1, len(batches) // _REPORTS) == 0 or step == len(batches):
            curve.append({"step": step, "bits_per_dim": _measure(glow, measured)})
            training.on_step(step, len(batches), {"loss": curve[-1]["bits_per_dim"]})
            _refuse_divergence(step, curve[-1]["bits_per_dim"])
    glow.eval()
    return {
        "steps": len(batches),
        "held_out_sentences": spare,
        "standard_normal_bits_per_dim": _standard_normal_bits(measured),
        "held_out_bits_per_dim" if spare else "training_bits_per_dim": curve,
    }


def _batches(rows: Tensor, options: FlowTraining, generator: torch.Generator) -> Iterator[Tensor]:
    """Yield the rows of each batch, every epoch in a new order."""
    for _ in range(options.epochs):
        order = torch.randperm(len(rows), generator=generator)
        yield from rows[order].split(options.batch_size)


@torch.no_grad()
def _measure(glow: Glow, vectors: Tensor) -> float:
    return float(glow.bits_per_dim(vectors).mean())


def _standard_normal_bits(vectors: Tensor) -> float:
    """Bits per dimension of the vectors themselves under N(0, I)."""
    nats = vectors.square().mean() / 2 + math.log(2 * math.pi) / 2
    return float(nats) / math.log(2)


def _refuse_divergence(step: int, bits: float) -> None:
    if not math.isfinite(bits):
        raise TrainingError(
            f"flow diverged at step {step}: --set learning_rate=1e-4 takes smaller steps"
        )
