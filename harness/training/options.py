"""How encoders are trained, and where their checkpoints lie."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.results.records.store import DEFAULT_FOLDER
from harness.task import OnProgress, no_progress
from harness.trainable import Training

OnStep = Callable[[str, int, int, Mapping[str, float]], None]
"""Called with the encoder and its seed, the step, the number of steps, and the latest values."""


def checkpoint_folder(out: Path | None) -> Path:
    """Return where checkpoints lie beside the records in `out`."""
    return (out or DEFAULT_FOLDER) / "checkpoints"


@dataclass(frozen=True)
class TrainingOptions:
    """How encoders are trained when they are needed.

    Attributes:
        checkpoints: Folder of the checkpoints.
        text: A file in the form of each encoder's own corpus, instead of it; for most encoders
            one sentence per line.
        corpus: Name of a registered corpus, instead of each encoder's own.
        limit: Most sentences, or pairs, to train on, drawn at random with the seed of training.
        train: Whether to train at all; if not, a missing checkpoint is an error.
        retrain: Whether to train again even if there is a checkpoint, which stays until the new
            one takes its place; a killed retraining resumes.
        save_seconds: Time between what is kept for resuming.
        on_step: Called with the progress of training.
        on_progress: Called with the progress of the work before it, such as embedding the text.
    """

    checkpoints: Path
    text: Path | None = None
    corpus: str | None = None
    limit: int | None = None
    train: bool = True
    retrain: bool = False
    save_seconds: float = Training.save_seconds
    on_step: OnStep = field(default=lambda label, step, total, values: None)
    on_progress: OnProgress = no_progress
