"""Hyperparameters that every fine-tuned transformer has; a method changes their defaults."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from harness.settings import setting

Optimizer: TypeAlias = Literal["adamw", "rmsprop"]

BASE_HELP = (
    "encoder whose trained weights training starts from, such as sbert; its own settings follow"
    " with ; between them: sbert:epochs=2;batch_size=32"
)


@dataclass(frozen=True)
class FineTuningSettings:
    """How a transformer is fine-tuned: linear warm-up, then linear decay to 0."""

    learning_rate: float = setting(5e-5, help="highest learning rate")
    batch_size: int = setting(16, help="examples a step, over all GPUs together")
    epochs: int = setting(1, help="passes over the training text")
    max_steps: int | None = setting(
        None, help="number of steps, whatever epochs says; the schedule fits itself to it"
    )
    warmup: float = setting(0.1, help="share of the steps in which the learning rate rises")
    adam_beta1: float = setting(0.9, help="decay of AdamW's mean gradient")
    adam_beta2: float = setting(0.999, help="decay of AdamW's mean squared gradient")
    weight_decay: float = setting(0.0, help="AdamW's weight decay")
    max_grad_norm: float = setting(1.0, help="gradients are scaled down to this norm; 0 never")
    eval_steps: int = setting(50, help="steps between scorings on the dev task")
    patience: int = setting(10, help="scorings without improvement after which training stops")
    train_length: int = setting(128, help="tokens at which training sentences are cut")
    optimizer: Optimizer = setting("adamw", help="adamw or rmsprop")
    base: str | None = setting(None, help=BASE_HELP)

    def __post_init__(self) -> None:
        """Refuse what no training can have.

        Raises:
            ValueError: If a number is out of its range.
        """
        least = {"batch_size": 2, "epochs": 1, "eval_steps": 1, "patience": 1, "train_length": 3}
        if self.max_steps is not None:
            least["max_steps"] = 1
        for name, smallest in least.items():
            check_setting(name, getattr(self, name) >= smallest, f"at least {smallest}", self)
        check_setting("learning_rate", 0 < self.learning_rate < 1, "between 0 and 1", self)
        check_setting("warmup", 0 <= self.warmup <= 1, "0 to 1", self)
        for name in ("adam_beta1", "adam_beta2"):
            check_setting(name, 0 <= getattr(self, name) < 1, "0 or more and below 1", self)
        for name in ("weight_decay", "max_grad_norm"):
            check_setting(name, getattr(self, name) >= 0, "0 or more", self)


def check_setting(name: str, holds: bool, expected: str, settings: object) -> None:  # noqa: FBT001
    """Refuse a setting whose condition does not hold.

    Args:
        name: Of the setting.
        holds: Whether the condition does.
        expected: The condition in words.
        settings: What it is a field of.

    Raises:
        ValueError: If the condition does not hold.
    """
    if not holds:
        raise ValueError(f"{name} must be {expected}, got {getattr(settings, name)}")
