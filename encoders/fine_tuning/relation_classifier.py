"""The supervised loss on pairs of natural language inference."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from harness.corpus import LABELS, LabelledPair
from harness.encoders.transformer.backbone import Backbone


class RelationClassifier(nn.Module):
    """Predicts the relation of two sentences from f = [r1, r2, |r1 - r2|] by one linear layer.

    Args:
        dim: Length of a sentence vector.
        seed: Seed of the layer's weights, drawn as `torch.nn.Linear` draws them.

    Source: Reimers & Gurevych (2019), Section 3; Yan et al. (2021), Equation 2.
    """

    def __init__(self, dim: int, seed: int) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.linear = nn.Linear(3 * dim, len(LABELS))

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """Return a logit for each relation.

        Args:
            first: Vectors of the premises. Shape: (batch, dim).
            second: Vectors of the hypotheses. Shape: (batch, dim).

        Returns:
            Shape: (batch, 3).
        """
        logits: Tensor = self.linear(torch.cat([first, second, (first - second).abs()], dim=1))
        return logits

    def loss(self, sentences: Tensor, labels: Tensor) -> Tensor:
        """Return the cross entropy of a batch of pairs.

        Args:
            sentences: Vectors of the premises, then those of the hypotheses.
                Shape: (2 batch, dim).
            labels: Indices into `harness.corpus.LABELS`. Shape: (batch,).

        Returns:
            In nats. Shape: ().
        """
        return cross_entropy(self(*sentences.chunk(2)).float(), labels)


def collate_pairs(source: Backbone, pairs: Sequence[LabelledPair]) -> dict[str, Tensor]:
    """Make one batch of labelled pairs, all premises above all hypotheses.

    Returns:
        ``input_ids`` and ``attention_mask``, of shape (2 batch, length); ``labels``, of shape
        (batch,).
    """
    sentences = [pair.premise for pair in pairs] + [pair.hypothesis for pair in pairs]
    input_ids, mask = source.pad(source.tokenize(sentences))
    labels = torch.tensor([pair.label for pair in pairs], device=input_ids.device)
    return {"input_ids": input_ids, "attention_mask": mask, "labels": labels}
