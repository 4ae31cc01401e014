"""What everything that evaluates shares: data, transformer, folders, training, progress."""

from dataclasses import dataclass, field
from pathlib import Path

from harness.argument_types import check_type
from harness.data import DataFolder
from harness.encoder import Context
from harness.results.records.store import DEFAULT_FOLDER
from harness.task import OnProgress, OnRead, no_progress
from harness.training.options import TrainingOptions, checkpoint_folder


@dataclass(frozen=True)
class RunOptions:
    """How encoders are evaluated, whichever they are and whatever they are scored on.

    Attributes:
        data: Where the data sets and training texts lie.
        context: Transformer, device and limits.
        out: Folder of the records; None writes none.
        cache: Whether to keep vectors between runs.
        training: How to train; None trains what has no checkpoint below `out`.
        on_progress: Receives how far encoding and scoring are.
        reuse: Whether a slow task's record in `out` spares scoring it again; see `evaluate`.
        timeout_seconds: Maximum time of a call of an encoder or task; see `evaluate`.
        on_read: Called with one line about each of the user's own files that is read.

    Raises:
        TypeError: If an attribute has the wrong type.
    """

    data: DataFolder
    context: Context = field(default_factory=Context)
    out: Path | None = DEFAULT_FOLDER
    cache: bool = True
    training: TrainingOptions | None = None
    on_progress: OnProgress = no_progress
    reuse: bool = True
    timeout_seconds: float | None = None
    on_read: OnRead = lambda understood: None

    def __post_init__(self) -> None:
        """Refuse wrong types."""
        check_type(Context, context=self.context)
        check_type(TrainingOptions, training=self.training)

    @property
    def training_options(self) -> TrainingOptions:
        """How to train: as asked, or what has no checkpoint below `out`."""
        return self.training or TrainingOptions(checkpoint_folder(self.out))
