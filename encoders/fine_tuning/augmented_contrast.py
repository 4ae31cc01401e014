"""NT-Xent between two augmented views of each sentence: the loss at the heart of ConSERT."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor, nn
from typing_extensions import Self, override

from harness.encoders.fine_tuning.augmentations import Augmentation
from harness.encoders.fine_tuning.augmented_views import Rates, pool_views
from harness.encoders.fine_tuning.losses import nt_xent
from harness.encoders.transformer.positions import require_position_ids
from harness.finetuning.hyperparameters import FineTuningSettings, check_setting
from harness.machine.distributed import gather_rows
from harness.settings import setting

_PAPER = "Yan et al. (2021), Section 4.1"
_VIEW_HELP = "none, shuffle, token-cutoff, feature-cutoff, dropout or adversarial"


@dataclass(frozen=True)
class AugmentedSettings(FineTuningSettings):
    """Which two views of each sentence are contrasted, and how."""

    batch_size: int = setting(96, help="sentences a step, over all GPUs together", source=_PAPER)
    eval_steps: int = setting(200, help="steps between scorings on the dev task", source=_PAPER)
    train_length: int = setting(
        64, help="tokens at which training sentences are cut", source=_PAPER
    )
    first_view: Augmentation = setting(
        "feature-cutoff", help=f"what makes one view of a sentence: {_VIEW_HELP}", source=_PAPER
    )
    second_view: Augmentation = setting(
        "shuffle", help=f"what makes the other view: {_VIEW_HELP}", source=_PAPER
    )
    token_cutoff: float = setting(
        0.15,
        help="share of a sentence's tokens that token-cutoff zeroes, rounded down",
        source=_PAPER,
    )
    feature_cutoff: float = setting(
        0.2, help="share of the dimensions that feature-cutoff zeroes, rounded down", source=_PAPER
    )
    element_dropout: float = setting(
        0.2, help="probability with which dropout zeroes each element", source=_PAPER
    )
    temperature: float = setting(
        0.1, help="tau, above 0: the smaller, the more the hardest negatives count", source=_PAPER
    )

    @override
    def __post_init__(self) -> None:
        """Refuse what no training can have.

        Raises:
            ValueError: If a number is out of its range.
        """
        super().__post_init__()
        check_setting("temperature", self.temperature > 0, "above 0", self)
        for name in ("token_cutoff", "feature_cutoff", "element_dropout"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(
                    f"{name} must be 0 or more and below 1, got {getattr(self, name)}"
                )

    @property
    def rates(self) -> Rates:
        """How strong each augmentation is."""
        return Rates(self.token_cutoff, self.feature_cutoff, self.element_dropout)


class AugmentedContrast(nn.Module):
    """The unsupervised loss over the transformer being trained, its own dropout off.

    Args:
        transformer: The shared encoder of both views.
        settings: Views and temperature.

    Raises:
        ModelError: If a view is shuffled, and the transformer ignores position ids.
    """

    def __init__(self, transformer: nn.Module, settings: AugmentedSettings) -> None:
        super().__init__()
        self.transformer = transformer
        self._settings = settings
        if "shuffle" in {settings.first_view, settings.second_view}:
            require_position_ids(transformer.eval())

    @override
    def train(self, mode: bool = True) -> Self:
        """Keep the transformer's dropout off: the views differ by their augmentations alone."""
        super().train(mode)
        self.transformer.eval()
        return self

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, draw: Tensor
    ) -> dict[str, Tensor]:
        """Return the loss.

        Args:
            input_ids: Token ids. Shape: (batch, length).
            attention_mask: 1 for a token, 0 for padding. Shape: (batch, length).
            draw: Seed of this step's augmentations. Shape: (1,).

        Returns:
            ``loss``, of shape ().
        """
        views = (self._settings.first_view, self._settings.second_view)
        first, second = pool_views(
            self.transformer,
            input_ids,
            attention_mask,
            views,
            rates=self._settings.rates,
            generator=Generator().manual_seed(int(draw)),
        )
        return {"loss": contrast(first, second, temperature=self._settings.temperature)}


def contrast(first: Tensor, second: Tensor, *, temperature: float) -> Tensor:
    """Return NT-Xent between pooled views, the negatives of all processes together.

    Args:
        first: One view of each sentence. Shape: (batch, dim).
        second: The other. Shape: (batch, dim).
        temperature: Above 0.

    Returns:
        Shape: ().
    """
    with torch.autocast(first.device.type, enabled=False):  # cosines over tau need float32
        rows = (gather_rows(view.float()) for view in (first, second))
        return nt_xent(*rows, temperature=temperature)


def draw_seed(rows: NDArray[np.intp], seed: int) -> Tensor:
    """Return the seed of a step's augmentations, fixed by the run's seed and the step's examples.

    Nothing is carried from step to step, so a resumed run augments as an uninterrupted one.

    Args:
        rows: Indices of the step's examples. Shape: (batch,).
        seed: Seed of the run.

    Returns:
        Shape: (1,).
    """
    state = np.random.SeedSequence([seed, *rows.tolist()]).generate_state(1)
    return torch.from_numpy(state.astype(np.int64))
