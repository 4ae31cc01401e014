"""The settings that make a classifier SentEval's: one frozen value per protocol."""

from dataclasses import dataclass
from typing import Literal

Loss = Literal["mean", "sum"]

SEED = 1111  # SentEval seeds numpy, torch and the folds with it


@dataclass(frozen=True)
class HeadSettings:
    """SentEval's `pytorch` classifier: a linear head, trained until its held-out part stalls.

    Attributes:
        name: What a record calls it.
        folds: Number of folds, of the outer and of the inner cross-validation.
        optimizer: Update rule, at torch's own default learning rate (Adam 1e-3, RMSprop 1e-2).
        batch_size: Rows of one step.
        tenacity: Rounds without improvement, in all, that a head survives.
        epoch_size: Passes over the training rows in one round.
        max_epoch: A round starts only while at most so many passes are done.
        l2: Coupled weight decays to choose from, of weights and bias alike.
        loss: `mean` averages the cross entropy over the batch (SentEval on today's torch), `sum`
            adds it up (SentEval on the torch of its time): the same L2 then weighs less.
    """

    name: str
    folds: int
    optimizer: Literal["adam", "rmsprop"]
    batch_size: int
    tenacity: int
    epoch_size: int
    max_epoch: int = 200
    l2: tuple[float, ...] = (1e-5, 1e-4, 1e-3, 1e-2)
    loss: Loss = "mean"

    def __post_init__(self) -> None:
        """Refuse a loss that SentEval has never had."""
        if self.loss not in {"mean", "sum"}:
            raise ValueError(f"loss must be 'mean' or 'sum', got {self.loss!r}")


@dataclass(frozen=True)
class LogisticSettings:
    """SentEval's `sklearn` classifier: scikit-learn's LogisticRegression at its exact optimum.

    Attributes:
        name: What a record calls it.
        folds: Number of folds, of the outer and of the inner cross-validation.
        c: Inverse penalties to choose from in nested k-fold and train/dev/test.
        c_k_fold: Inverse penalties to choose from in k-fold on train, then test.
        tolerance: Fall of the mean loss, twice over, that a head may still promise (see `solve`).
        max_iterations: Steps of the solver after which a head counts as unconverged.
    """

    name: str = "sklearn"
    folds: int = 10
    c: tuple[float, ...] = tuple(2.0**power for power in range(-2, 4))
    c_k_fold: tuple[float, ...] = tuple(2.0**power for power in range(-1, 6))
    tolerance: float = 1e-12
    max_iterations: int = 200


SENTEVAL = HeadSettings("senteval", 10, "adam", batch_size=64, tenacity=5, epoch_size=4)
SENTEVAL_FAST = HeadSettings(
    "senteval-fast", 5, "rmsprop", batch_size=128, tenacity=3, epoch_size=2
)
SKLEARN = LogisticSettings()
