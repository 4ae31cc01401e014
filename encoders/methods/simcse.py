"""Unsupervised SimCSE: a sentence's two views differ by the transformer's own dropout alone."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel
from typing_extensions import override

from harness.encoders.fine_tuning.fine_tuned_encoder import (
    Collate,
    FineTunedEncoder,
    LossInputs,
    freeze,
)
from harness.encoders.fine_tuning.losses import info_nce
from harness.encoders.transformer.length_groups import read_by_length
from harness.encoders.transformer.pooling import first_token
from harness.finetuning.hyperparameters import FineTuningSettings, check_setting
from harness.machine.distributed import gather_rows
from harness.settings import setting

_PAPER = "Gao et al. (2021), Appendix A"


@dataclass(frozen=True)
class SimcseSettings(FineTuningSettings):
    """Hyperparameters of unsupervised SimCSE, as published for BERT-base."""

    learning_rate: float = setting(3e-5, help="highest learning rate", source=_PAPER)
    batch_size: int = setting(64, help="sentences a step, over all GPUs together", source=_PAPER)
    epochs: int = setting(1, help="passes over the training text", source=_PAPER)
    warmup: float = setting(
        0.0,
        help="share of the steps in which the learning rate rises",
        source="released script",
    )
    eval_steps: int = setting(125, help="steps between scorings on the dev task", source=_PAPER)
    train_length: int = setting(
        32, help="tokens at which training sentences are cut", source="released script"
    )
    temperature: float = setting(
        0.05, help="tau, above 0: the smaller, the more the hardest negatives count", source=_PAPER
    )
    head: bool = setting(
        default=True,
        help="train through a dense layer with tanh, left out of the encoder",
        source="Gao et al. (2021), Section 6.1",
    )

    @override
    def __post_init__(self) -> None:
        """Refuse what no training can have.

        Raises:
            ValueError: If a number is out of its range.
        """
        super().__post_init__()
        check_setting("temperature", self.temperature > 0, "above 0", self)


class SimcseEncoder(FineTunedEncoder):
    """[CLS] of a transformer that learned to find each sentence again under other dropout masks.

    Source: Gao et al. (2021), Section 3, unsupervised, https://arxiv.org/abs/2104.08821
    """

    citation = "Gao et al. (2021), Section 3, https://arxiv.org/abs/2104.08821"
    Settings: ClassVar[type[SimcseSettings]] = SimcseSettings
    settings: SimcseSettings
    corpus = "sts"

    @override
    def objective(self, inputs: LossInputs) -> tuple[nn.Module, Collate]:
        freeze(inputs.transformer, "pooler")
        return DropoutContrast(inputs.transformer, self.settings, inputs.seed), inputs.batch


class DropoutContrast(nn.Module):
    """The loss of SimCSE, over the transformer being trained.

    Args:
        transformer: The encoder; it must have dropout.
        settings: Temperature, head.
        seed: Seed of the head's weights.
    """

    def __init__(self, transformer: PreTrainedModel, settings: SimcseSettings, seed: int) -> None:
        super().__init__()
        self.transformer = transformer
        self._temperature = settings.temperature
        dim = int(transformer.config.hidden_size)
        self.head = _dense(dim, seed) if settings.head else nn.Identity()

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> dict[str, Tensor]:
        """Return the loss.

        Args:
            input_ids: Token ids. Shape: (batch, length).
            attention_mask: 1 for a token, 0 for padding. Shape: (batch, length).

        Returns:
            ``loss``, of shape ().
        """
        twice = input_ids.repeat(2, 1), attention_mask.repeat(2, 1)
        sentences = read_by_length(self.transformer, *twice, first_token)
        views = self.head(sentences).float().chunk(2)
        with torch.autocast(input_ids.device.type, enabled=False):  # cosines / tau need float32
            first, second = map(gather_rows, views)
            return {"loss": info_nce(first, second, temperature=self._temperature)}


def _dense(dim: int, seed: int) -> nn.Sequential:
    """Return tanh(W x + b), W drawn from N(0, 0.02), b 0, as BERT draws its layers."""
    layer = nn.Linear(dim, dim)
    nn.init.normal_(layer.weight, std=0.02, generator=torch.Generator().manual_seed(seed))
    nn.init.zeros_(layer.bias)
    return nn.Sequential(layer, nn.Tanh())
