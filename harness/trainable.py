"""The contract of encoders that must be trained before they can encode."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol, runtime_checkable

from harness.corpus import Corpus
from harness.encoder import Context, Encoder

NO_MODEL = "no model"
"""The `base_fingerprint` of an encoder whose training starts from no transformer."""


@dataclass(frozen=True)
class Training:
    """What a training run is given besides its text.

    Attributes:
        seed: Seed of everything random in it.
        folder: For what is needed to resume; the same folder when the run is tried again.
        dev_score: Scores the encoder as it is on the dev task, a fraction that is higher if
            better, nan where it is undefined; None where the last weights are to be kept.
        on_step: Called with the step, the number of steps, and the latest values: ``loss`` and its
            parts, ``dev``, ``learning_rate``, ``sentences_per_second``.
        save_seconds: Time between what is kept for resuming.
        on_progress: Called with what else is being done, the pieces done and their number.
    """

    seed: int
    folder: Path
    dev_score: Callable[[Encoder], float] | None = None
    on_step: Callable[[int, int, Mapping[str, float]], None] = lambda step, total, values: None
    save_seconds: float = 60.0
    on_progress: Callable[[str, int, int], None] = lambda label, done, total: None


@runtime_checkable
class TrainableEncoder(Encoder, Protocol):
    """An encoder with weights of its own to learn; until `load`, `encode` may fail.

    Attributes:
        corpus: Registered name of the text it is trained on by default.
    """

    corpus: ClassVar[str]

    def base_fingerprint(self) -> str:
        """Text that differs whenever training would start from other weights."""
        ...

    def fit(self, corpus: Corpus, training: Training) -> Mapping[str, Any]:
        """Learn, resuming from what `training.folder` holds of an earlier try.

        Returns:
            What is worth keeping of the run, as JSON values: steps, losses, dev curve.

        Raises:
            TrainingError: If the text is unusable or training fails.
        """
        ...

    def save(self, folder: Path) -> None:
        """Write the learned weights as safetensors into an empty folder."""
        ...

    def load(self, folder: Path) -> None:
        """Take over the weights that `save` wrote."""
        ...


@runtime_checkable
class StagedEncoder(TrainableEncoder, Protocol):
    """A trainable encoder that can start from another one's trained weights."""

    @property
    def base(self) -> str | None:
        """Spec of the encoder that is trained first, ``;`` between its settings; None for none."""
        ...

    @property
    def context(self) -> Context:
        """What the encoder was made with, and what its base is to be made with."""
        ...

    def start_from(self, folder: Path) -> None:
        """Begin training at the weights that the base wrote; called before `base_fingerprint`."""
        ...
