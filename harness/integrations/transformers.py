"""The harness as a callback of transformers' trainer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any, Literal, TypeAlias
from weakref import finalize

import torch
from safetensors.torch import save_file
from torch import nn
from transformers import (
    PreTrainedModel,
    PreTrainedTokenizerBase,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)
from typing_extensions import Self, override

from harness.data import DataFolder
from harness.encoder import Context, Dtype, Embeddings, Encoder, ReadingEncoder
from harness.errors import SettingError
from harness.integrations.scores_in_training import AVERAGE, ScoresInTraining, left_as_it_was
from harness.machine.distributed import from_first_process
from harness.planning.asked_tasks import TaskArgument
from harness.planning.planned_encoders import PlannedEncoder, plan_encoders
from harness.results.records.model_names import model_name
from harness.trainable import TrainableEncoder

Every: TypeAlias = int | Literal["evaluate", "save"]
"""Every so many steps, or whenever the trainer evaluates or saves."""

_DTYPES: Mapping[torch.dtype, Dtype] = {
    torch.float32: "fp32",
    torch.bfloat16: "bf16",
    torch.float16: "fp16",
}


class HarnessCallback(TrainerCallback):
    """Scores the transformer that a `Trainer` trains on tasks of the harness.

    The tasks are read when it is made. Its scores, ``eval_harness_average`` and by task and metric
    ``eval_harness_stsb-dev_spearman``, join the trainer's metrics and log, so that
    ``metric_for_best_model`` may name one; trackers get them once it is attached. Training goes on
    to the bit as it would without it. The trainer must have the tokenizer as its
    ``processing_class``.

    Args:
        tasks: Names, suites and specs such as ``stsb-dev`` or ``pairs:file=mine.tsv``.
        data: ``sample``, a data folder, or None for ``HARNESS_DATA`` or the user's folder.
        task_settings: For every task that has them.
        encoder: How sentence vectors are read: ``mean``, ``mean:layers=last2``, ``cls``, or any
            other encoder that reads hidden states and does not learn.
        every: When to score: ``evaluate``, ``save``, or a number of steps.
        max_length: Longest input in tokens; None for the model's own.
        out: Folder for records of each scoring, with step and epoch; None writes none.
        name: What metrics begin with behind ``eval_``, and records call the model.

    Raises:
        HarnessError: If the request is wrong, or data is missing or damaged.
        TypeError: If the tasks are no names or specs.
    """

    def __init__(
        self,
        tasks: TaskArgument | Sequence[TaskArgument] = ("sts",),
        *,
        data: str | Path | DataFolder | None = None,
        task_settings: Mapping[str, Any] | None = None,
        encoder: str = "mean",
        every: Every = "evaluate",
        max_length: int | None = None,
        out: str | Path | None = None,
        name: str = "harness",
    ) -> None:
        if every not in {"evaluate", "save"} and not (isinstance(every, int) and every > 0):
            raise SettingError(f"every must be evaluate, save or a number of steps, got {every!r}")
        (self._planned,) = plan_encoders([encoder], {})
        if self._planned.model is not None:
            raise SettingError(f"encoder must have no model of its own here, got {encoder!r}")
        if self._planned.own is not self._planned:
            common = ", ".join(self._planned.common.changed())
            raise SettingError(f"encoder must be without {common} here, got {encoder!r}")
        self._scores = ScoresInTraining(
            tasks, data=data, task_settings=task_settings, primary=AVERAGE, out=out
        )
        self._every, self._max_length, self._name = every, max_length, name
        self._trainer: Any = None
        self._reading: _ReadInTraining | None = None

    def attach(self, trainer: Trainer) -> Self:
        """Join a trainer's callbacks, and log through it, so that its trackers have the scores.

        Args:
            trainer: Its callbacks may have this one already.
        """
        if self not in trainer.callback_handler.callbacks:
            trainer.add_callback(self)
        self._trainer = trainer
        return self

    @override
    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any
    ) -> None:
        self._read(given["model"], given["processing_class"])

    @override
    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any
    ) -> None:
        if isinstance(self._every, int) and state.global_step % self._every == 0:
            self._log(self._score(state, given), state, control)

    @override
    def on_evaluate(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        *,
        metrics: dict[str, float] | None = None,
        **given: Any,
    ) -> None:
        if self._every == "evaluate":
            scores = self._score(state, given)
            if metrics is not None:
                metrics.update(scores)
            self._log(scores, state, control)

    @override
    def on_save(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any
    ) -> None:
        if self._every == "save":
            self._log(self._score(state, given), state, control)

    def _score(self, state: TrainerState, given: Mapping[str, Any]) -> dict[str, float]:
        model = given["model"]
        reading = self._read(model, given["processing_class"])

        def score() -> dict[str, float]:
            with left_as_it_was(model):
                encoder = reading.of(model, state)
                return self._scores.score(f"{self._name} step {state.global_step}", encoder)

        return {f"eval_{self._name}_{key}": x for key, x in from_first_process(score).items()}

    def _read(
        self, model: nn.Module, tokenizer: PreTrainedTokenizerBase | None
    ) -> "_ReadInTraining":
        if self._reading is None:
            self._reading = _ReadInTraining(self._planned, model, tokenizer, self._max_length)
        return self._reading

    def _log(
        self, scores: Mapping[str, float], state: TrainerState, control: TrainerControl
    ) -> None:
        if self._trainer is None:
            state.log_history.append({**scores, "epoch": state.epoch, "step": state.global_step})
            return
        asked = control.should_log  # which the log of scores must not settle
        self._trainer.log(dict(scores))
        control.should_log = asked


class _ReadInTraining:
    """Makes the encoder that reads a transformer as it is now.

    Args:
        planned: The encoder.
        model: The model that is trained: the transformer, one with a head on it, or PEFT's.
        tokenizer: Its tokenizer.
        max_length: Longest input in tokens; None for the model's own.

    Raises:
        SettingError: If the encoder does not read hidden states, or must be trained itself.
    """

    def __init__(
        self,
        planned: PlannedEncoder,
        model: nn.Module,
        tokenizer: PreTrainedTokenizerBase | None,
        max_length: int | None,
    ) -> None:
        if tokenizer is None:
            raise SettingError("Trainer must have processing_class, got none: give its tokenizer")
        transformer = _transformer(model)
        self._spec, self._name = planned.spec, str(transformer.config.name_or_path or "model")
        folder = mkdtemp(prefix="harness-")
        finalize(self, rmtree, folder)
        transformer.config.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        save_file({}, Path(folder) / "model.safetensors")  # the weights are in memory
        device, dtype = transformer.device, _DTYPES.get(transformer.dtype)
        if dtype is None:
            known = ", ".join(_DTYPES.values())
            raise SettingError(f"weights must be {known}, got {transformer.dtype}")
        context = Context(
            folder, device=str(device), dtype=dtype, max_length=max_length, offline=True
        )
        made: Any = planned.make(context)
        is_reading = isinstance(made, ReadingEncoder) and hasattr(made.source, "over")
        if not is_reading or isinstance(made, TrainableEncoder):
            expected = "encoder must read hidden states and not learn, such as mean"
            raise SettingError(f"{expected}, got {planned.spec!r}")
        self._made, self._source = made, made.source

    def of(self, model: nn.Module, state: TrainerState) -> "_Reading":
        """Return the encoder over the weights as they are."""
        self._made.source = self._source.over(_transformer(model))
        facts = {**self._made.source.describe(), "reading": self._spec}
        facts |= {"model": model_name(self._name), "epoch": state.epoch, "step": state.global_step}
        return _Reading(self._made, facts)


@dataclass(frozen=True)
class _Reading:
    """An encoder whose weights change from scoring to scoring: nothing of it is kept."""

    made: Encoder
    facts: Mapping[str, Any]

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        return self.made.encode(sentences)

    def describe(self) -> Mapping[str, Any]:
        return self.facts


def _transformer(model: nn.Module) -> PreTrainedModel:
    """Return the transformer of what is trained, without a head, PEFT or a decoder around it."""
    whole: Any = getattr(model, "module", model)  # of several processes
    if hasattr(whole, "peft_config") and hasattr(whole, "get_base_model"):
        whole = whole.get_base_model()
    transformer: PreTrainedModel = whole.base_model
    return transformer.get_encoder() if transformer.config.is_encoder_decoder else transformer
