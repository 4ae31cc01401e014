"""The call of an encoder's ``fit``, its progress reported."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from harness.corpus import Corpus
from harness.errors import HarnessError
from harness.keys.checkpoints import CheckpointKey
from harness.machine.distributed import is_first_process
from harness.planning.planned_encoders import PlannedEncoder
from harness.trainable import TrainableEncoder, Training
from harness.training.dev_score import DevData
from harness.training.options import TrainingOptions
from harness.training.trackers import TrackedRun, reporting


def fit(
    planned: PlannedEncoder,
    encoder: TrainableEncoder,
    corpus: Corpus,
    key: CheckpointKey,
    work: Path,
    *,
    dev: DevData | None,
    options: TrainingOptions,
) -> Mapping[str, Any]:
    """Train an encoder, and report its progress to trackers too.

    Args:
        planned: Which encoder.
        encoder: The encoder; leaves with the weights that it has learned.
        corpus: The text.
        key: What training depends on.
        work: Folder of what is needed to resume.
        dev: What picks the weights; None for the last.
        options: How to train.

    Returns:
        What is worth keeping of the run, as JSON values.

    Raises:
        HarnessError: If training fails.
    """
    run = _tracked(planned, key, options)
    with reporting(options.trackers, run, partial(options.on_step, run.name)) as on_step:
        training = Training(
            seed=key.seed,
            folder=work.absolute(),  # whatever the working folder is in `fit`
            dev_score=dev.score if dev else None,
            on_step=on_step,
            save_seconds=options.save_seconds,
            on_progress=options.on_progress,
        )
        return planned.boundary.call_unlimited(
            f"encoder {planned.spec!r} failed in fit",
            lambda: encoder.fit(corpus, training),
            HarnessError,
        )


def _tracked(planned: PlannedEncoder, key: CheckpointKey, options: TrainingOptions) -> TrackedRun:
    """Return a training as trackers show it, and say where their logs lie."""
    logs = options.checkpoints.parent / "tensorboard"
    if "tensorboard" in options.trackers and is_first_process():
        options.on_read(f"TensorBoard logs of training: {logs}")
    return TrackedRun(
        name=f"{planned.spec} seed {key.seed}",
        config={
            **key.encoder.settings,
            "encoder": planned.spec,
            "model": key.model,
            "corpus": key.corpus,
            "dev": key.dev["task"] if key.dev else None,
            "seed": key.seed,
        },
        folder=(logs / key.folder_name).absolute(),
    )
