"""Contrastive tension: two copies of a transformer learn which of their sentences are the same."""

import copy
from dataclasses import dataclass, replace
from typing import ClassVar

from torch import Tensor, nn
from transformers import PreTrainedModel
from typing_extensions import Self, override

from harness.encoders.fine_tuning.fine_tuned_encoder import (
    Collate,
    FineTunedEncoder,
    LossInputs,
    freeze,
)
from harness.encoders.fine_tuning.losses import tension_loss
from harness.encoders.transformer.length_groups import read_by_length
from harness.encoders.transformer.pooling import masked_mean
from harness.errors import SettingError
from harness.finetuning.hyperparameters import FineTuningSettings, Optimizer
from harness.settings import setting

_PAPER = "Carlsson et al. (2021), Section 4"
_CODE = "released code"
_PACE = ((500, 1.0), (1000, 0.8), (1500, 0.6), (2000, 0.4))
_LAST_PACE = 0.2


@dataclass(frozen=True)
class CtSettings(FineTuningSettings):
    """Hyperparameters of contrastive tension, as published."""

    learning_rate: float = setting(
        1e-5, help="learning rate of the first steps; pace says how it falls", source=_CODE
    )
    optimizer: Optimizer = setting("rmsprop", help="adamw or rmsprop", source=_PAPER)
    batch_size: int = setting(16, help="pairs a step, a multiple of negatives + 1", source=_PAPER)
    epochs: int = setting(1, help="passes over the training text", source=_PAPER)
    warmup: float = setting(0.0, help="none: pace says how the learning rate goes", source=_CODE)
    max_grad_norm: float = setting(
        0.0, help="gradients are scaled down to this norm; 0 never", source=_CODE
    )
    eval_steps: int = setting(500, help="steps between scorings on the dev task", source=_CODE)
    train_length: int = setting(
        75, help="tokens at which training sentences are cut", source=_CODE
    )
    negatives: int = setting(
        7, help="other sentences that each sentence is paired with", source=_PAPER
    )

    @override
    def __post_init__(self) -> None:
        """Refuse what no training can have.

        Raises:
            ValueError: If a number is out of its range, or the batch has no whole groups.
        """
        super().__post_init__()
        if self.negatives < 1 or self.batch_size % (self.negatives + 1):
            got = f"{self.batch_size} and {self.negatives}"
            msg = (
                f"batch_size must be a multiple of negatives + 1, and negatives above 0, got {got}"
            )
            raise ValueError(msg)
        if self.warmup:
            raise ValueError(
                f"warmup must be 0 for ct, which has a pace of its own, got {self.warmup}"
            )


class CtEncoder(FineTunedEncoder):
    """Mean of the last layer after contrastive tension between two copies of the transformer.

    The second copy is the encoder; the released code keeps the one that scores better on dev.

    Source: Carlsson et al. (2021), Section 3, https://openreview.net/forum?id=Ov_sMNau-PF
    """

    citation = "Carlsson et al. (2021), Section 3, https://openreview.net/forum?id=Ov_sMNau-PF"
    Settings: ClassVar[type[CtSettings]] = CtSettings
    settings: CtSettings
    corpus = "sts"
    pool = staticmethod(masked_mean)

    @override
    def objective(self, inputs: LossInputs) -> tuple[nn.Module, Collate]:
        freeze(inputs.transformer, "pooler")
        group, rows = self.settings.negatives + 1, inputs.order.shape[1]
        if rows % group:
            msg = f"each process must have a multiple of {group} pairs a step, got {rows}"
            raise SettingError(f"{msg}: raise batch_size")

        return TensionLoss(inputs.transformer, self.settings.negatives), inputs.batch

    @override
    def fitted_settings(self, examples: int) -> CtSettings:
        group = self.settings.negatives + 1
        size = min(self.settings.batch_size, max(examples // group, 1) * group)
        return replace(self.settings, batch_size=size)

    @override
    def pace(self, step: int, steps: int) -> float:
        """Hold the learning rate, and lower it after 500, 1000, 1500 and 2000 steps."""
        return next((pace for until, pace in _PACE if step < until), _LAST_PACE)


class TensionLoss(nn.Module):
    """The loss of contrastive tension, both copies' own dropout off.

    Each group of a batch is one sentence followed by those it is paired with as negatives.

    Args:
        transformer: The copy that becomes the encoder.
        negatives: Negatives of each group.
    """

    def __init__(self, transformer: PreTrainedModel, negatives: int) -> None:
        super().__init__()
        self.transformer = transformer
        self.other = copy.deepcopy(transformer)
        self._group = negatives + 1

    @override
    def train(self, mode: bool = True) -> Self:
        """Keep the dropout off, as the released code does."""
        super().train(mode)
        self.transformer.eval()
        self.other.eval()
        return self

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> dict[str, Tensor]:
        """Return the loss and its parts.

        Args:
            input_ids: Token ids. Shape: (groups * (negatives + 1), length).
            attention_mask: 1 for a token, 0 for padding. The same shape.

        Returns:
            ``loss``, ``positive`` and ``negative``, each of shape ().
        """
        anchors = read_by_length(
            self.other, input_ids[:: self._group], attention_mask[:: self._group], masked_mean
        )
        sentences = read_by_length(self.transformer, input_ids, attention_mask, masked_mean)
        return tension_loss(anchors.float(), sentences.unflatten(0, (-1, self._group)).float())
