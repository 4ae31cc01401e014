"""SBERT: a transformer learns from labelled pairs of natural language inference."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn
from transformers import PreTrainedModel
from typing_extensions import override

from harness.corpus import Corpus
from harness.encoder import Context
from harness.encoders.fine_tuning.fine_tuned_encoder import (
    Collate,
    FineTunedEncoder,
    LossInputs,
    freeze,
)
from harness.encoders.fine_tuning.relation_classifier import RelationClassifier, collate_pairs
from harness.encoders.transformer.layers import LAYERS_HELP, parse_layers
from harness.encoders.transformer.length_groups import read_by_length
from harness.encoders.transformer.pooling import masked_mean
from harness.finetuning.hyperparameters import FineTuningSettings
from harness.settings import setting

_PAPER = "Reimers & Gurevych (2019), Section 3.1"


@dataclass(frozen=True)
class SbertSettings(FineTuningSettings):
    """Hyperparameters of SBERT on NLI, as published."""

    learning_rate: float = setting(2e-5, help="highest learning rate", source=_PAPER)
    batch_size: int = setting(16, help="pairs a step, over all GPUs together", source=_PAPER)
    epochs: int = setting(1, help="passes over the labelled pairs", source=_PAPER)
    eval_steps: int = setting(
        1000, help="steps between scorings on the dev task", source="released script"
    )
    layers: str = setting(
        "last", help=f"{LAYERS_HELP}; training reads the last", source="released script"
    )

    @override
    def __post_init__(self) -> None:
        """Refuse what no training can have.

        Raises:
            ValueError: If a number is out of its range, or there are no such layers.
        """
        super().__post_init__()
        parse_layers(self.layers)


class SbertEncoder(FineTunedEncoder):
    """Mean of the last layer, or of others, after learning the relations of NLI pairs.

    Source: Reimers & Gurevych (2019), Section 3, classification, https://arxiv.org/abs/1908.10084
    """

    citation = "Reimers & Gurevych (2019), Section 3, https://arxiv.org/abs/1908.10084"
    Settings: ClassVar[type[SbertSettings]] = SbertSettings
    corpus = "nli"
    pool = staticmethod(masked_mean)

    def __init__(self, context: Context, settings: SbertSettings) -> None:
        self.layers = settings.layers
        super().__init__(context, settings)
        self.source.layers(self._layers)  # refused here if there are none such

    @override
    def count(self, corpus: Corpus) -> tuple[int, str]:
        return len(corpus.pairs), "labelled pairs"

    @override
    def objective(self, inputs: LossInputs) -> tuple[nn.Module, Collate]:
        freeze(inputs.transformer, "pooler")

        def collate(rows: NDArray[np.intp]) -> dict[str, Tensor]:
            return collate_pairs(inputs.source, [inputs.corpus.pairs[row] for row in rows])

        return RelationLoss(inputs.transformer, inputs.seed), collate


class RelationLoss(nn.Module):
    """Cross entropy of the pairs' relations, over the transformer being trained.

    Args:
        transformer: The encoder of both sides.
        seed: Seed of the classifier's weights.
    """

    def __init__(self, transformer: PreTrainedModel, seed: int) -> None:
        super().__init__()
        self.transformer = transformer
        self.classifier = RelationClassifier(int(transformer.config.hidden_size), seed)

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, labels: Tensor
    ) -> dict[str, Tensor]:
        """Return the loss.

        Args:
            input_ids: Premises, then hypotheses. Shape: (2 batch, length).
            attention_mask: 1 for a token, 0 for padding. Shape: (2 batch, length).
            labels: Shape: (batch,).

        Returns:
            ``loss``, of shape ().
        """
        sentences = read_by_length(self.transformer, input_ids, attention_mask, masked_mean)
        return {"loss": self.classifier.loss(sentences, labels)}
