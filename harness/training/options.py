"""How encoders are trained, and where their checkpoints lie."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

from harness.argument_types import check_type
from harness.results.records.store import DEFAULT_FOLDER
from harness.settings import Spec
from harness.task import OnProgress, OnRead, no_progress
from harness.trainable import Training
from harness.training.trackers import NO_TRACKER, take_trackers

OnStep = Callable[[str, int, int, Mapping[str, float]], None]
"""Called with the encoder and its seed, the step, the number of steps, and the latest values."""


DevChoice: TypeAlias = str | Path | Spec
"""A task's name or spec, a file of scored pairs, or `NO_DEV`."""
DEFAULT_DEV: Final = "stsb-dev"
"""The task that picks the weights where nothing else is asked for."""
NO_DEV: Final = "none"
"""What is asked for to keep the last weights."""


def checkpoint_folder(out: Path | None) -> Path:
    """Return where checkpoints lie beside the records in `out`."""
    return (out or DEFAULT_FOLDER) / "checkpoints"


@dataclass(frozen=True)
class TrainingOptions:
    """How encoders are trained when they are needed.

    Attributes:
        checkpoints: Folder of the checkpoints.
        text: A text of your own instead of each encoder's corpus: a file, or ``hf:...``, with its
            settings behind it, such as ``mine.csv,columns=text``. Most encoders want sentences,
            those of `nli` labelled pairs or triplets, `bt` paraphrases.
        corpus: Name of a registered corpus, instead of each encoder's own.
        limit: Most sentences, or pairs, to train on, drawn at random with the seed of training.
        dev: What picks the checkpoint of all stages of training: a task, such as ``sickr-dev`` or
            ``pairs:file=dev.tsv``, or a file of scored pairs; ``none`` keeps the last weights.
            None for STS-B dev, if it is there, with a registered corpus, and for none with `text`.
        dev_metric: The metric to pick by, higher if better; None for the first of the task's.
        train: Whether to train at all; if not, a missing checkpoint is an error.
        retrain: Whether to train again even if there is a checkpoint, which stays until the new
            one takes its place; a killed retraining resumes.
        report_to: Experiment trackers that log the progress of training: ``tensorboard``,
            ``trackio`` or ``wandb``, several with commas between them or as a sequence. It
            changes nothing else; one that fails costs a notice, not the training.
        save_seconds: Time between what is kept for resuming.
        on_step: Called with the progress of training.
        on_progress: Called with the progress of the work before it, such as embedding the text.
        on_read: Called with one line about each of the user's own files that is read, and about
            where a tracker's logs lie.
    """

    checkpoints: Path
    text: str | Path | None = None
    corpus: str | None = None
    limit: int | None = None
    dev: DevChoice | None = None
    dev_metric: str | None = None
    train: bool = True
    retrain: bool = False
    report_to: str | Sequence[str] = NO_TRACKER
    save_seconds: float = Training.save_seconds
    on_step: OnStep = field(default=lambda label, step, total, values: None)
    on_progress: OnProgress = no_progress
    on_read: OnRead = lambda understood: None

    def __post_init__(self) -> None:
        """Refuse wrong types, and trackers that are not here.

        Raises:
            TypeError: If what should pick the weights, or the text, is of another type.
            UnknownNameError: If there is no such tracker.
            SettingError: If a tracker's package is not installed.
        """
        if not isinstance(self.text, str | Path):
            check_type(str, text=self.text)
        if not isinstance(self.dev, str | Path | Spec):
            check_type(str, dev=self.dev)
        check_type(str, dev_metric=self.dev_metric)
        _ = self.trackers

    @property
    def trackers(self) -> tuple[str, ...]:
        """The trackers of `report_to`, each once."""
        return take_trackers(self.report_to)
