"""ConSERT joint: the supervised loss on NLI pairs and the contrast of their views, at once."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor, nn
from transformers import PreTrainedModel
from typing_extensions import override

from harness.corpus import Corpus
from harness.encoders.fine_tuning.augmentations import adversarial_shift
from harness.encoders.fine_tuning.augmented_contrast import (
    AugmentedContrast,
    AugmentedSettings,
    contrast,
    draw_seed,
)
from harness.encoders.fine_tuning.augmented_views import edited_embeddings, pool_views
from harness.encoders.fine_tuning.fine_tuned_encoder import (
    Collate,
    FineTunedEncoder,
    LossInputs,
    freeze,
)
from harness.encoders.fine_tuning.relation_classifier import RelationClassifier, collate_pairs
from harness.encoders.transformer.length_groups import read_by_length
from harness.encoders.transformer.pooling import masked_mean
from harness.settings import setting

_PAPER = "Yan et al. (2021), Section 4.1"


@dataclass(frozen=True)
class JointSettings(AugmentedSettings):
    """Hyperparameters of ConSERT's joint training."""

    learning_rate: float = setting(2e-5, help="highest learning rate", source="released script")
    batch_size: int = setting(96, help="pairs a step, over all GPUs together", source=_PAPER)
    epochs: int = setting(1, help="passes over the labelled pairs", source="released script")
    contrast_weight: float = setting(
        0.15, help="alpha, weight of the contrast beside the supervised loss", source=_PAPER
    )
    adversarial_step: float = setting(
        1.0, help="length of an adversarial view's step, for each token", source="released code"
    )

    @override
    def __post_init__(self) -> None:
        """Refuse what no training can have.

        Raises:
            ValueError: If a number is out of its range.
        """
        super().__post_init__()
        if self.contrast_weight < 0 or self.adversarial_step < 0:
            got = f"{self.contrast_weight} and {self.adversarial_step}"
            msg = f"contrast_weight and adversarial_step must be 0 or more, got {got}"
            raise ValueError(msg)


class ConsertJointEncoder(FineTunedEncoder):
    """Mean of the last two layers after learning NLI relations and contrasting views together.

    Source: Yan et al. (2021), Section 3.3, joint, https://arxiv.org/abs/2105.11741
    """

    citation = "Yan et al. (2021), Section 3.3, joint, https://arxiv.org/abs/2105.11741"
    Settings: ClassVar[type[JointSettings]] = JointSettings
    settings: JointSettings
    corpus = "nli"
    layers = "last2"
    pool = staticmethod(masked_mean)

    @override
    def count(self, corpus: Corpus) -> tuple[int, str]:
        return len(corpus.pairs), "labelled pairs"

    @override
    def objective(self, inputs: LossInputs) -> tuple[nn.Module, Collate]:
        freeze(inputs.transformer, "pooler")

        def collate(rows: NDArray[np.intp]) -> dict[str, Tensor]:
            batch = collate_pairs(inputs.source, [inputs.corpus.pairs[row] for row in rows])
            return {**batch, "draw": draw_seed(rows, inputs.seed)}

        return JointLoss(inputs.transformer, self.settings, inputs.seed), collate


class JointLoss(AugmentedContrast):
    """L_ce + alpha L_con over the transformer being trained, its own dropout off.

    The supervised loss reads the sentences as they are. The contrast is averaged over the two
    sides, each sentence's negatives from its own side: a hypothesis that follows from its premise
    is no negative of it. The released code adds where the paper averages, sides and directions,
    so that its weight of 0.15 is one of 0.6 here.

    Args:
        transformer: The encoder of both sides and all views.
        settings: Views, temperature, weight.
        seed: Seed of the classifier's weights.
    """

    def __init__(self, transformer: PreTrainedModel, settings: JointSettings, seed: int) -> None:
        super().__init__(transformer, settings)
        self.classifier = RelationClassifier(int(transformer.config.hidden_size), seed)
        self._joint = settings

    @override
    def forward(  # type: ignore[override] # labels are the point
        self, input_ids: Tensor, attention_mask: Tensor, labels: Tensor, draw: Tensor
    ) -> dict[str, Tensor]:
        """Return the loss and its parts.

        Args:
            input_ids: Premises, then hypotheses. Shape: (2 batch, length).
            attention_mask: 1 for a token, 0 for padding. Shape: (2 batch, length).
            labels: Shape: (batch,).
            draw: Seed of this step's augmentations. Shape: (1,).

        Returns:
            ``loss``, ``relation`` and ``contrast``, each of shape ().
        """
        settings = self._joint
        relation, shift = self._relation(input_ids, attention_mask, labels)
        views = pool_views(
            self.transformer,
            input_ids,
            attention_mask,
            (settings.first_view, settings.second_view),
            rates=settings.rates,
            generator=Generator().manual_seed(int(draw)),
            shift=shift,
        )
        sides = zip(*(view.chunk(2) for view in views), strict=True)
        contrasts = [contrast(*side, temperature=settings.temperature) for side in sides]
        mean = torch.stack(contrasts).mean()
        loss = relation + settings.contrast_weight * mean
        return {"loss": loss, "relation": relation, "contrast": mean}

    def _relation(
        self, input_ids: Tensor, mask: Tensor, labels: Tensor
    ) -> tuple[Tensor, Tensor | None]:
        """Return the supervised loss, and the adversarial step where a view needs it."""
        if "adversarial" not in {self._joint.first_view, self._joint.second_view}:
            sentences = read_by_length(self.transformer, input_ids, mask, masked_mean)
            return self.classifier.loss(sentences, labels), None
        embedded: list[Tensor] = []

        def note(output: Tensor) -> Tensor:
            embedded.append(output if output.requires_grad else output.requires_grad_())
            return embedded[0]

        with edited_embeddings(self.transformer, note):
            states = self.transformer(input_ids=input_ids, attention_mask=mask)
        loss = self.classifier.loss(masked_mean(states.last_hidden_state, mask), labels)
        (gradient,) = torch.autograd.grad(loss, embedded, retain_graph=True)
        return loss, adversarial_shift(gradient, mask, self._joint.adversarial_step)
