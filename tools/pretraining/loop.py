"""Train by masked language modelling for a planned time, resumably."""

import io
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import BertConfig, BertForMaskedLM, PreTrainedTokenizerBase

from harness.results.files import write_atomically
from pretraining.masking import WordMasking
from pretraining.plan import Budget, PretrainingSettings, learning_rate_share

CHECKPOINT = "checkpoint.pt"
_ADAM_BETAS = (0.9, 0.98)
_REPORT_SECONDS = 10.0


@dataclass
class History:
    """How far a run has come.

    Attributes:
        step: Steps taken.
        seconds: Seconds of training, interruptions not counted.
        curve: Step, seconds and mean training loss since the entry before.
    """

    step: int = 0
    seconds: float = 0.0
    curve: list[tuple[int, float, float]] = field(default_factory=list)


@dataclass(frozen=True)
class Pace:
    """When a run reports, saves and stops.

    Attributes:
        budget: How long the run lasts in all.
        save_seconds: Seconds between checkpoints.
        pause_seconds: Stop after so many seconds of this call, to be resumed; None never.
        report: Called with the history, its progress and the tokens a second.
    """

    budget: Budget
    save_seconds: float
    pause_seconds: float | None
    report: Callable[[History, float, float], None]


def make_model(
    settings: PretrainingSettings, tokenizer: PreTrainedTokenizerBase, device: torch.device
) -> BertForMaskedLM:
    """Return a BERT of these sizes with random weights, drawn on the CPU with the seed."""
    torch.manual_seed(settings.seed)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=settings.width,
        num_hidden_layers=settings.layers,
        num_attention_heads=settings.heads,
        intermediate_size=4 * settings.width,
        max_position_embeddings=settings.length,
        hidden_dropout_prob=settings.dropout,
        attention_probs_dropout_prob=settings.dropout,
        pad_token_id=tokenizer.pad_token_id,
    )
    model = BertForMaskedLM(config)
    torch.nn.Module.to(model, device)
    return model


class Learner:
    """A model and what trains it.

    Args:
        model: On the device to train on.
        masking: On the same device.
        settings: Hyperparameters.
    """

    def __init__(
        self, model: BertForMaskedLM, masking: WordMasking, settings: PretrainingSettings
    ) -> None:
        self.model, self.masking, self.settings = model, masking, settings
        decayed = [p for p in model.parameters() if p.ndim > 1]
        others = [p for p in model.parameters() if p.ndim <= 1]
        groups = [
            {"params": decayed, "weight_decay": settings.weight_decay},
            {"params": others, "weight_decay": 0.0},
        ]
        self._optimizer = torch.optim.AdamW(groups, lr=settings.learning_rate, betas=_ADAM_BETAS)

    def learn(self, ids: Tensor, step: int, progress: float) -> Tensor:
        """Take one step; masks and dropout follow from the seed and the step alone.

        Args:
            ids: Token ids. Shape: (batch, length).
            step: From 0.
            progress: How much of the run is over, from 0 to 1.

        Returns:
            The loss before the step. Shape: ().
        """
        settings, device = self.settings, self.model.device
        seed = settings.seed * 1_000_003 + step
        torch.manual_seed(seed)
        generator = torch.Generator(device).manual_seed(seed)
        inputs, labels = self.masking(ids.to(device), generator)
        share = learning_rate_share(progress, settings.warmup)
        for group in self._optimizer.param_groups:
            group["lr"] = settings.learning_rate * share
        with _autocast(device):
            loss: Tensor = self.model(input_ids=inputs, labels=labels).loss
        self._optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), settings.max_grad_norm)
        self._optimizer.step()
        return loss.detach()

    def save(self, history: History, folder: Path) -> None:
        """Write all that resuming needs."""
        weights, moments = self.model.state_dict(), self._optimizer.state_dict()
        content = io.BytesIO()
        torch.save({"model": weights, "optimizer": moments, **vars(history)}, content)
        write_atomically(folder / CHECKPOINT, content.getvalue())

    def restore(self, folder: Path) -> History:
        """Take over what `save` wrote, if anything; return how far that run had come."""
        path = folder / CHECKPOINT
        if not path.is_file():
            return History()
        state = torch.load(path, map_location=self.model.device, weights_only=True)
        self.model.load_state_dict(state.pop("model"))
        self._optimizer.load_state_dict(state.pop("optimizer"))
        return History(**state)


def train(learner: Learner, rows: NDArray[np.uint16], pace: Pace, folder: Path) -> History:
    """Train until the budget is spent, from the checkpoint in `folder` if there is one.

    A resumed run of a given number of steps ends with the weights of an unbroken one.

    Args:
        learner: The model with its optimiser.
        rows: Packed text. Shape: (n_rows, length).
        pace: When to report, save and stop.
        folder: Holds the checkpoint.

    Returns:
        How far it came: the whole budget, or to the pause.
    """
    history = learner.restore(folder)
    settings = learner.settings
    started, before = perf_counter(), history.seconds
    saved = reported = started
    losses: list[Tensor] = []
    learner.model.train()
    while (progress := pace.budget.progress(history.seconds, history.step)) < 1:
        chosen = rows[step_rows(len(rows), settings, history.step)].astype(np.int64)
        losses.append(learner.learn(torch.from_numpy(chosen), history.step, progress))
        now = perf_counter()
        history.step += 1
        history.seconds = before + now - started
        paused = pace.pause_seconds is not None and now - started >= pace.pause_seconds
        if now - reported >= _REPORT_SECONDS:
            mean = float(torch.stack(losses).mean())
            history.curve.append((history.step, history.seconds, mean))
            speed = len(losses) * settings.batch_size * settings.length / (now - reported)
            pace.report(history, progress, speed)
            reported, losses = now, []
        if paused or now - saved >= pace.save_seconds:
            learner.save(history, folder)
            saved = now
        if paused:
            return history
    learner.save(history, folder)
    return history


def step_rows(count: int, settings: PretrainingSettings, step: int) -> NDArray[np.intp]:
    """Return which rows a step sees: each once an epoch, in an order of the epoch's own.

    Args:
        count: Rows of the text.
        settings: Batch size and seed.
        step: From 0.

    Returns:
        Indices of the rows. Shape: (batch_size,), or fewer if the text has fewer rows.
    """
    size = min(settings.batch_size, count)
    epoch, batch = divmod(step, count // size)
    return _epoch_order(count, settings.seed, epoch)[batch * size : (batch + 1) * size]


@lru_cache(maxsize=1)
def _epoch_order(count: int, seed: int, epoch: int) -> NDArray[np.intp]:
    return np.random.default_rng((seed, epoch)).permutation(count)


def _autocast(device: torch.device) -> AbstractContextManager[Any]:
    """Compute in bfloat16 on a GPU, in float32 elsewhere."""
    return torch.autocast("cuda", torch.bfloat16) if device.type == "cuda" else nullcontext()
