"""Fine-tune a module with `transformers.Trainer`: resumable, the best weights on dev kept.

The method brings the module, whose forward pass returns its loss, and the order of the examples;
here are optimiser, schedule, precision, several GPUs, scoring, saving and resuming.
"""

import math
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader
from transformers import PrinterCallback, Trainer, TrainingArguments
from typing_extensions import override

from harness.encoder import Dtype
from harness.errors import SettingError, TrainingError, unwritable
from harness.finetuning.callback import FineTuningCallback
from harness.finetuning.hyperparameters import FineTuningSettings
from harness.finetuning.job import FineTuningJob
from harness.finetuning.resuming import ResumeStates
from harness.machine.distributed import from_first_process, process_count
from harness.machine.signals import HeldSignal, signals_held_back
from harness.trainable import Training

_OPTIMIZERS = {"adamw": "adamw_torch_fused", "rmsprop": "rmsprop"}


def fine_tune(
    job: FineTuningJob,
    settings: FineTuningSettings,
    training: Training,
    *,
    device: torch.device,
    dtype: Dtype = "fp32",
) -> dict[str, Any]:
    """Train the job's module in place, and leave it with its best weights on dev.

    Args:
        job: What to train.
        settings: Hyperparameters.
        training: Seed, the folder to resume from, what to call with progress.
        device: Where to train.
        dtype: ``bf16`` and ``fp16`` train in mixed precision; the weights stay float32.

    Returns:
        How training went, as JSON values: steps, best step, dev curve.

    Raises:
        TrainingError: If the loss is not finite, memory or disk is full, no dev score is defined,
            or other processes than these saved what there is to resume from.
        SettingError: If the device is not the first GPU.
    """
    states = ResumeStates(training.folder, f"{process_count()} on {device.type}")
    resumed = from_first_process(states.newest)
    arguments = _arguments(job, settings, training, device, dtype)
    arguments.eval_on_start = job.dev_score is not None and resumed is None
    try:
        with (
            signals_held_back()
            if process_count() == 1
            else nullcontext(HeldSignal()) as held_signal
        ):
            on_gpu = device.type != "cpu"
            callback = FineTuningCallback(
                job, settings, training, states, on_gpu=on_gpu, held_signal=held_signal
            )
            trainer = _Trainer(job, callback, arguments)
            trainer.train(resume_from_checkpoint=str(resumed) if resumed else None)
        return callback.finish(trainer.state)
    except (OSError, SafetensorError, RuntimeError) as error:
        explained = _explain(error, training.folder)
        if explained is None:
            raise
        raise explained from error


class _Trainer(Trainer):
    """`Trainer` over a fixed order of examples, scored by the job's own function."""

    def __init__(
        self, job: FineTuningJob, callback: FineTuningCallback, arguments: TrainingArguments
    ) -> None:
        super().__init__(job.module, arguments, callbacks=[callback])
        self.remove_callback(PrinterCallback)
        self._job, self._callback = job, callback

    @override
    def get_train_dataloader(self) -> Any:
        def collate(rows: Sequence[int]) -> dict[str, Tensor]:
            return self._job.collate(np.asarray(rows, dtype=np.intp))

        loader: DataLoader[int] = DataLoader(
            self._job.order.ravel().tolist(),
            batch_size=self.args.per_device_train_batch_size,
            collate_fn=collate,
            pin_memory=self.args.dataloader_pin_memory,
        )
        return self.accelerator.prepare(loader)

    @override
    def create_scheduler(
        self, num_training_steps: int, optimizer: torch.optim.Optimizer | None = None
    ) -> Any:
        pace = self._job.pace
        if pace is None:
            return super().create_scheduler(num_training_steps, optimizer)
        self.lr_scheduler = LambdaLR(
            optimizer or self.optimizer,  # type: ignore[arg-type] # made before its schedule
            lambda step: pace(step, num_training_steps),
        )
        return self.lr_scheduler

    @override
    def compute_loss(
        self, model: nn.Module, inputs: Mapping[str, Tensor], *_: Any, **__: Any
    ) -> Tensor:
        values: dict[str, Tensor] = model(**inputs)
        self._callback.add({name: value.detach() for name, value in values.items()})
        return values["loss"]

    @override
    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        self._job.module.eval()
        with self.accelerator.autocast():
            metrics = from_first_process(self._callback.score)
        self.log(dict(metrics))
        self.control = self.callback_handler.on_evaluate(
            self.args, self.state, self.control, metrics
        )
        return metrics


def _arguments(
    job: FineTuningJob,
    settings: FineTuningSettings,
    training: Training,
    device: torch.device,
    dtype: Dtype,
) -> TrainingArguments:
    """Say our settings in the words of `TrainingArguments`."""
    steps, batch_size = job.order.shape
    if device.index and process_count() == 1:
        cure = f"set CUDA_VISIBLE_DEVICES={device.index} and --device cuda"
        raise SettingError(f"training device must be the first GPU, got {device}: {cure}")
    arguments = TrainingArguments(
        output_dir=str(training.folder),
        per_device_train_batch_size=batch_size // process_count(),
        max_steps=steps,
        learning_rate=settings.learning_rate,
        lr_scheduler_type="linear",
        warmup_steps=math.ceil(settings.warmup * steps),
        optim=_OPTIMIZERS[settings.optimizer],
        adam_beta1=settings.adam_beta1,
        adam_beta2=settings.adam_beta2,
        weight_decay=settings.weight_decay,
        max_grad_norm=settings.max_grad_norm,
        seed=training.seed,
        bf16=dtype == "bf16",
        fp16=dtype == "fp16",
        use_cpu=device.type == "cpu",
        eval_strategy="no",  # `FineTuningCallback` decides when to score and when to save
        save_strategy="no",
        logging_strategy="no",
        logging_nan_inf_filter=False,
        report_to="none",
        disable_tqdm=True,
        remove_unused_columns=False,
        dataloader_pin_memory=device.type == "cuda",
        ddp_find_unused_parameters=False,
    )
    arguments._n_gpu = min(1, arguments.n_gpu)  # noqa: SLF001 - else one process would use all GPUs
    return arguments


def _explain(error: Exception, folder: Path) -> TrainingError | None:
    """Say what a user can do about an error; None for an error of ours."""
    if isinstance(error, torch.OutOfMemoryError):
        cure = "lower batch_size or train_length, or use --dtype bf16"
        return TrainingError(f"the GPU's memory is too small for a training step: {cure}")
    writing = "PytorchStreamWriter", "inline_container"
    if isinstance(error, (OSError, SafetensorError)) or any(w in str(error) for w in writing):
        what, way = f"training cannot write to {folder}", "name another folder with --records"
        return TrainingError(unwritable(what, error, way))
    return None
