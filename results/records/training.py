"""How an encoder was trained, as records say it."""

from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

USUAL_DEV = ("stsb-dev", "spearman")
"""Task and metric that picked all weights before there was a choice."""


class DevRecord(BaseModel):
    """On what scores the weights were picked.

    Attributes:
        task: The task's name.
        metric: The metric, of all pairs.
        data_checksum: One checksum over the task's files.
        settings: The task's settings that differ from the usual ones.
    """

    model_config = ConfigDict(frozen=True)

    task: str
    metric: str
    data_checksum: str
    settings: dict[str, Any] = Field(default_factory=dict)

    @property
    def short_name(self) -> str:
        """Name it; empty for STS-B dev, which picked all weights before there was a choice."""
        is_usual = (self.task, self.metric) == USUAL_DEV and not self.settings
        return "" if is_usual else f"dev {self.task}"

    @property
    def full_name(self) -> str:
        """Name it with all that the scores depend on; empty as for `short_name`."""
        settings = "".join(f" {name}={value}" for name, value in self.settings.items())
        details = f" {self.data_checksum[:12]} {self.metric}{settings}"
        return f"{self.short_name}{details}" if self.short_name else ""


LAST_WEIGHTS: Literal["last weights"] = "last weights"
"""What was kept where no scores picked."""
PickedBy: TypeAlias = DevRecord | Literal["last weights"]
"""The scores that picked the weights, or that the last ones were kept."""


class TrainingRecord(BaseModel):
    """How and on what text the encoder was trained.

    Attributes:
        corpus: Name of the training text.
        corpus_sha256: Checksum of its sentences in order.
        sentences: How many.
        tasks: Tasks whose sentences are among the training text, that of the base included, and
            the task whose scores picked the weights.
        picked_by: The scores that picked the weights, or that the last ones were kept; None in
            records of before there was a choice, and of encoders for which there is none.
        checkpoint: The checkpoint's key.
        seconds: Time of training.
        base: How the weights that training started from were trained, if they were.
    """

    model_config = ConfigDict(frozen=True)

    corpus: str
    corpus_sha256: str
    sentences: int
    tasks: tuple[str, ...] = ()
    picked_by: PickedBy | None = None
    checkpoint: str = ""
    seconds: float = 0.0
    base: "TrainingRecord | None" = None

    @property
    def sources(self) -> tuple[str, ...]:
        """Checksums of the training text and of those of the base, and what picked the weights."""
        own = filter(None, (self.corpus_sha256, self.choice))
        return (*own, *(self.base.sources if self.base else ()))

    @property
    def choice(self) -> str:
        """What picked the weights, checksum and all; empty where it is as usual, or not known."""
        dev = self.picked_by
        return dev.full_name if isinstance(dev, DevRecord) else dev or ""

    @property
    def short_choice(self) -> str:
        """What picked the weights by its name alone; empty where it is as usual, or not known."""
        dev = self.picked_by
        return dev.short_name if isinstance(dev, DevRecord) else dev or ""
