"""Contrast of [CLS] vectors while the transformer is held near where it began: SG's training."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel
from typing_extensions import override

from harness.encoders.fine_tuning.fine_tuned_encoder import freeze
from harness.encoders.fine_tuning.projection_head import projection_head
from harness.encoders.fine_tuning.weight_distance import WeightDistance
from harness.finetuning.hyperparameters import FineTuningSettings, check_setting
from harness.settings import setting

_PAPER = "Kim et al. (2021)"


@dataclass(frozen=True)
class RegularisedSettings(FineTuningSettings):
    """Hyperparameters that SG, SG-OPT and the contrast they are compared with share."""

    learning_rate: float = setting(5e-5, help="highest learning rate", source=_PAPER)
    batch_size: int = setting(16, help="sentences a step, over all GPUs together", source=_PAPER)
    epochs: int = setting(1, help="passes over the training text", source=_PAPER)
    warmup: float = setting(
        0.1, help="share of the steps in which the learning rate rises", source=_PAPER
    )
    adam_beta1: float = setting(0.9, help="decay of AdamW's mean gradient", source=_PAPER)
    adam_beta2: float = setting(0.9, help="decay of AdamW's mean squared gradient", source=_PAPER)
    weight_decay: float = setting(0.0, help="AdamW's weight decay", source=_PAPER)
    max_grad_norm: float = setting(
        1.0, help="gradients are scaled down to this norm; 0 never", source=_PAPER
    )
    eval_steps: int = setting(50, help="steps between scorings on the dev task", source=_PAPER)
    patience: int = setting(
        10, help="scorings without improvement after which training stops", source=_PAPER
    )
    temperature: float = setting(
        0.01, help="tau, above 0: the smaller, the more the hardest negatives count", source=_PAPER
    )
    regularizer: float = setting(
        0.1,
        help="lambda, weight of the squared distance to the weights before training",
        source=_PAPER,
    )
    head: bool = setting(default=True, help="project vectors before comparing them", source=_PAPER)
    head_width: int = setting(4096, help="width of the projection head", source=_PAPER)

    @override
    def __post_init__(self) -> None:
        """Refuse what no training can have.

        Raises:
            ValueError: If a number is out of its range.
        """
        super().__post_init__()
        check_setting("temperature", self.temperature > 0, "above 0", self)
        if not self.regularizer >= 0 or self.head_width < 1:
            got = f"{self.regularizer} and {self.head_width}"
            raise ValueError(f"regularizer must be 0 or more and head_width above 0, got {got}")


class RegularisedContrast(nn.Module):
    """What the losses share: a projection head, frozen embeddings, and the regulariser.

    L = L_contrast + lambda ||theta - theta_0||^2, over the parameters that are trained.

    Args:
        transformer: To be trained; its embeddings are frozen, and its pooler, which no loss
            reaches.
        settings: Temperature, regulariser, head.
        seed: Seed of the head's weights.

    Source: Kim et al. (2021), Section 4.1.
    """

    def __init__(
        self, transformer: PreTrainedModel, settings: RegularisedSettings, seed: int
    ) -> None:
        super().__init__()
        self.transformer = transformer
        self.settings = settings
        freeze(transformer, "embeddings", "pooler")
        generator = torch.Generator().manual_seed(seed)
        dim, width = int(transformer.config.hidden_size), settings.head_width
        self.head = projection_head(dim, width, generator) if settings.head else nn.Identity()
        self._distance = WeightDistance([p for p in transformer.parameters() if p.requires_grad])

    def total(self, contrast: Tensor) -> dict[str, Tensor]:
        """Add the regulariser to a contrast of shape ().

        Returns:
            ``loss``, ``contrast`` and ``regulariser``, each of shape ().
        """
        weight = self.settings.regularizer
        distance = self._distance() if weight else contrast.new_zeros(())
        loss = contrast + weight * distance
        return {"loss": loss, "contrast": contrast, "regulariser": distance}
