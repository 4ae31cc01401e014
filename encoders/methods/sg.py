"""Self-guided contrastive learning: a transformer learns from a fixed copy of itself."""

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from transformers import PreTrainedModel
from typing_extensions import override

from harness.encoder import Context
from harness.encoders.fine_tuning.fine_tuned_encoder import Collate, FineTunedEncoder, LossInputs
from harness.encoders.fine_tuning.fixed_views import FixedViews
from harness.encoders.fine_tuning.losses import GuidedObjective, guided_loss, nt_xent
from harness.encoders.fine_tuning.projection_head import project
from harness.encoders.fine_tuning.regularised_contrast import (
    RegularisedContrast,
    RegularisedSettings,
)
from harness.encoders.transformer.layers import parse_layers
from harness.encoders.transformer.length_groups import read_by_length
from harness.encoders.transformer.pooling import POOLINGS, PoolingName, first_token
from harness.machine.distributed import gather_rows
from harness.settings import setting

Objective: TypeAlias = Literal["base", "opt1", "opt2", "opt3"]

_PAPER = "Kim et al. (2021)"


@dataclass(frozen=True)
class SgSettings(RegularisedSettings):
    """Hyperparameters of SG and SG-OPT, as published."""

    pool: PoolingName = setting(
        "max",
        help="pooling of the fixed copy's tokens; the released script defaults to mean",
        source=f"{_PAPER}, Section 4.1",
    )
    target_layers: str = setting(
        "all",
        help="the fixed copy's layers to learn from: all, or indices 1,6; 0 is the embeddings",
        source=_PAPER,
    )

    @override
    def __post_init__(self) -> None:
        """Refuse what no training can have.

        Raises:
            ValueError: If a number is out of its range, or there are no such layers.
        """
        super().__post_init__()
        parse_layers(self.target_layers)


class SelfGuidedEncoder(FineTunedEncoder):
    """[CLS] of a transformer that learned to recognise its own sentences.

    Args:
        context: The base transformer, device and limits.
        settings: Hyperparameters.
        objective: Which loss.
    """

    corpus = "stsb"

    def __init__(self, context: Context, settings: SgSettings, objective: Objective) -> None:
        super().__init__(context, settings)
        self._sg_settings, self._objective = settings, objective
        choice = parse_layers(settings.target_layers)
        self._target_layers = self.source.layers(choice, "target_layers: ")

    @override
    def objective(self, inputs: LossInputs) -> tuple[nn.Module, Collate]:
        module = SgLoss(inputs.transformer, self._sg_settings, self._objective, inputs.seed)
        views = FixedViews(
            inputs.source,
            inputs.corpus.sentences,
            inputs.order,
            pool=POOLINGS[self._sg_settings.pool],
            layers=self._target_layers,
        )

        def collate(rows: NDArray[np.intp]) -> dict[str, Tensor]:
            return {**inputs.batch(rows), "targets": views(rows)}

        return module, collate


class SgLoss(RegularisedContrast):
    """The loss of SG and SG-OPT, as a module over the transformer being trained.

    Args:
        transformer: BERT_T.
        settings: Temperature, regulariser, head.
        objective: Which loss.
        seed: Seed of the head's weights.
    """

    def __init__(
        self,
        transformer: PreTrainedModel,
        settings: SgSettings,
        objective: Objective,
        seed: int,
    ) -> None:
        super().__init__(transformer, settings, seed)
        self._objective = objective

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, targets: Tensor
    ) -> dict[str, Tensor]:
        """Return the loss and its parts.

        Args:
            input_ids: Token ids. Shape: (batch, length).
            attention_mask: 1 for a token, 0 for padding. Shape: (batch, length).
            targets: The fixed copy's view of each sentence from each layer.
                Shape: (batch, layers, dim).

        Returns:
            ``loss``, ``contrast`` and ``regulariser``, each of shape ().
        """
        sentences = read_by_length(self.transformer, input_ids, attention_mask, first_token)  # c_i
        return self.total(self._contrast(sentences, self._chosen(targets)))

    def _chosen(self, targets: Tensor) -> Tensor:
        """Return all views for opt3, else one layer's, drawn for each sentence."""
        if self._objective == "opt3":
            return targets
        batch, layers, _ = targets.shape
        drawn = torch.randint(layers, (batch,), device=targets.device)
        rows = torch.arange(batch, device=targets.device)
        return targets[rows, drawn].unsqueeze(1)

    def _contrast(self, sentences: Tensor, targets: Tensor) -> Tensor:
        c, h = project(self.head, sentences, targets)
        temperature = self.settings.temperature
        with torch.autocast(c.device.type, enabled=False):  # cosines / 0.01 need float32
            c, h = gather_rows(c.float()), gather_rows(h.float())
            if self._objective == "base":
                return nt_xent(c, h[:, 0], temperature=temperature)
            return guided_loss(c, h, temperature=temperature, objective=self._objective)


class SgEncoder(SelfGuidedEncoder):
    """[CLS] after self-guided contrastive learning with NT-Xent, the method's plain form.

    The embeddings (layer 0) are always frozen.

    Source: Kim et al. (2021), Section 4.1, L_base, https://arxiv.org/abs/2106.07345
    """

    citation = "Kim et al. (2021), Section 4.1, https://arxiv.org/abs/2106.07345"
    Settings: ClassVar[type[SgSettings]] = SgSettings

    def __init__(self, context: Context, settings: SgSettings) -> None:
        super().__init__(context, settings, "base")


@dataclass(frozen=True)
class SgOptSettings(SgSettings):
    """Hyperparameters of SG-OPT, as published."""

    objective: GuidedObjective = setting(
        "opt3",
        help="anchors are the sentences alone; opt1: other sentences and one layer's targets are"
        " negatives, opt2: targets alone, opt3: the targets of all layers; the plain loss is the"
        " encoder sg",
        source="Kim et al. (2021), Section 4.2",
    )


class SgOptEncoder(SelfGuidedEncoder):
    """[CLS] after self-guided contrastive learning with the optimised loss.

    The embeddings (layer 0) are always frozen.

    Source: Kim et al. (2021), Section 4.2, L_opt3, https://arxiv.org/abs/2106.07345
    """

    citation = "Kim et al. (2021), Section 4.2, https://arxiv.org/abs/2106.07345"
    Settings: ClassVar[type[SgSettings]] = SgOptSettings

    def __init__(self, context: Context, settings: SgOptSettings) -> None:
        super().__init__(context, settings, settings.objective)
