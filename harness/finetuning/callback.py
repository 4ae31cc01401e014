"""When a training run is scored, saved and stopped, and what it reports."""

import math
from collections.abc import Mapping
from time import monotonic
from typing import Any

import torch
from torch import Tensor
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from typing_extensions import override

from harness.errors import TrainingError
from harness.finetuning.hyperparameters import FineTuningSettings
from harness.finetuning.job import FineTuningJob
from harness.finetuning.resuming import ResumeStates
from harness.machine.distributed import (
    from_first_process,
    is_first_process,
    process_count,
    wait_for_all,
)
from harness.machine.signals import HeldSignal
from harness.trainable import Training

_REPORT_STEPS = 10  # on a GPU reading a loss waits for it, so only every so many steps
DEV = "dev"


class FineTuningCallback(TrainerCallback):
    """Watches one run of `Trainer`; what it must know after a kill is in the trainer's log.

    Args:
        job: What is trained.
        settings: Steps between scorings, patience.
        training: What to call with progress, time between saves.
        states: What is kept for resuming.
        on_gpu: Whether reading a loss makes the device wait.
        held_signal: Whether training is asked to end once its state is kept.
    """

    def __init__(
        self,
        job: FineTuningJob,
        settings: FineTuningSettings,
        training: Training,
        states: ResumeStates,
        *,
        on_gpu: bool,
        held_signal: HeldSignal,
    ) -> None:
        self._job, self._settings, self._training = job, settings, training
        self._states, self._held_signal = states, held_signal
        self._report_steps = _REPORT_STEPS if on_gpu or process_count() > 1 else 1
        self._unread: list[Mapping[str, Tensor]] = []  # of the steps since the last report
        self._values: dict[str, float] = {}
        self._pace: dict[str, float] = {}
        self._saved_at = self._began_at = monotonic()
        self._began_step = 0

    def add(self, values: Mapping[str, Tensor]) -> None:
        """Take note of a step's loss and its parts, without waiting for them."""
        self._unread.append(values)

    def score(self) -> dict[str, float]:
        """Score the weights as they are; the latest losses beside the score."""
        score = self._job.dev_score() if self._job.dev_score is not None else math.nan
        return {DEV: score, **self._values}

    @override
    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        self._began_at, self._began_step = monotonic(), state.global_step

    @override
    def on_step_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        *,
        lr_scheduler: Any = None,
        **_: Any,
    ) -> None:
        self._pace = {"learning_rate": lr_scheduler.get_last_lr()[0]}
        step, last = state.global_step, state.global_step == state.max_steps
        score = last or step % self._settings.eval_steps == 0
        if last or score or step % self._report_steps == 0:
            self._read(state)
            control.should_save = not last and from_first_process(self._is_time_to_save)
            if control.should_save and is_first_process():
                self._states.make_room()
        control.should_evaluate = score and self._job.dev_score is not None

    @override
    def on_evaluate(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        curve = dev_curve(state)
        best = best_step(curve)
        if best is not None and best == state.global_step and is_first_process():
            self._job.save(self._states.best_folder(best))
        score = curve[-1][DEV]
        self._report(state, {DEV: math.nan if score is None else score})
        since = [entry for entry in curve if entry["step"] > (best or 0)]
        if len(since) >= self._settings.patience:
            control.should_training_stop = True

    @override
    def on_save(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        wait_for_all()
        if is_first_process():
            self._states.commit(state.global_step, best_step(dev_curve(state)))
        self._saved_at = monotonic()
        self._held_signal.obey()

    def finish(self, state: TrainerState) -> dict[str, Any]:
        """Restore the best weights and report how training went.

        Raises:
            TrainingError: If no scoring gave a number.
        """
        history: dict[str, Any] = {"steps": state.global_step, "planned_steps": state.max_steps}
        if self._job.dev_score is None:
            return history
        curve = dev_curve(state)
        best = best_step(curve)
        if best is None:
            raise TrainingError(_undefined(curve))
        wait_for_all()
        self._job.restore(self._states.best_folder(best))
        score = next(entry[DEV] for entry in curve if entry["step"] == best)
        return {**history, "best_step": best, DEV: score, "dev_curve": curve}

    def _read(self, state: TrainerState) -> None:
        """Read the losses of the steps since the last report.

        Raises:
            TrainingError: If one is not finite.
        """
        losses = torch.stack([values["loss"] for values in self._unread]).tolist()
        first = state.global_step - len(losses) + 1
        for step, loss in enumerate(losses, first):
            if not math.isfinite(loss):
                raise TrainingError(self._diverged(state, step, loss))
        self._values = {name: float(value) for name, value in self._unread[-1].items()}
        self._unread = []
        self._report(state, self._values)

    def _report(self, state: TrainerState, values: Mapping[str, float]) -> None:
        if not is_first_process():
            return
        sentences = (state.global_step - self._began_step) * self._settings.batch_size
        speed = sentences / max(monotonic() - self._began_at, 1e-9)
        self._training.on_step(
            state.global_step,
            state.max_steps,
            {**values, **self._pace, "sentences_per_second": speed},
        )

    def _is_time_to_save(self) -> bool:
        late = monotonic() - self._saved_at >= self._training.save_seconds
        return late or self._held_signal.is_due

    def _diverged(self, state: TrainerState, step: int, loss: float) -> str:
        best, kept = best_step(dev_curve(state)), "no weights had been scored yet"
        if best is not None:
            folder = self._states.best_folder(best)
            kept = f"the best weights so far, of step {best}, are kept in {folder}"
        return f"loss is {loss} at step {step}: lower learning_rate; {kept}"


def _undefined(curve: list[dict[str, Any]]) -> str:
    """Say why no scoring gave a number: before the first step no learning rate is at fault."""
    if curve and curve[0]["step"] == 0 and curve[0][DEV] is None:
        cure = "the dev task must have gold scores that differ: choose another with --dev"
        return f"dev score is undefined at every scoring, the one before training too: {cure}"
    return "dev score is undefined at every scoring after the first step: lower learning_rate"


def dev_curve(state: TrainerState) -> list[dict[str, Any]]:
    """Return step, dev score and losses of each scoring, step 0 before training among them.

    A score that is not a number is None.
    """
    return [
        {name: value if math.isfinite(value) else None for name, value in entry.items()}
        for entry in state.log_history
        if DEV in entry
    ]


def best_step(curve: list[dict[str, Any]]) -> int | None:
    """Return the trained step with the highest score, the first of equals; None if none has."""
    scored = [entry for entry in curve if entry["step"] > 0 and entry[DEV] is not None]
    return max(scored, key=lambda entry: float(entry[DEV]))["step"] if scored else None
