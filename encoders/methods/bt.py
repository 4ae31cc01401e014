"""Contrast with back-translations: a sentence's other view is its paraphrase."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from typing_extensions import override

from harness.corpus import Corpus
from harness.encoders.fine_tuning.fine_tuned_encoder import Collate, FineTunedEncoder, LossInputs
from harness.encoders.fine_tuning.losses import nt_xent
from harness.encoders.fine_tuning.regularised_contrast import (
    RegularisedContrast,
    RegularisedSettings,
)
from harness.encoders.transformer.length_groups import read_by_length
from harness.encoders.transformer.pooling import first_token
from harness.machine.distributed import gather_rows
from harness.settings import setting


@dataclass(frozen=True)
class BtSettings(RegularisedSettings):
    """Hyperparameters of contrast with paraphrases: those of SG, with which it is compared."""

    batch_size: int = setting(
        16, help="pairs a step, over all GPUs together", source="as for SG, Kim et al. (2021)"
    )


class BtEncoder(FineTunedEncoder):
    """[CLS] of a transformer that learned to match each back-translation with its sentence.

    The embeddings (layer 0) are always frozen, as in SG.

    Source: Fang & Xie (2020), CERT, https://arxiv.org/abs/2005.12766, in the form that Kim et al.
    (2021) compare SG with
    """

    citation = "Fang & Xie (2020), https://arxiv.org/abs/2005.12766; Kim et al. (2021), Table 1"
    Settings: ClassVar[type[BtSettings]] = BtSettings
    settings: BtSettings
    corpus = "back-translated"

    @override
    def count(self, corpus: Corpus) -> tuple[int, str]:
        return len(corpus.paraphrases), "pairs of a sentence and its paraphrase"

    @override
    def objective(self, inputs: LossInputs) -> tuple[nn.Module, Collate]:
        def collate(rows: NDArray[np.intp]) -> dict[str, Tensor]:
            pairs = [inputs.corpus.paraphrases[row] for row in rows]
            sentences = [first for first, _ in pairs] + [second for _, second in pairs]
            return inputs.tokens(sentences)

        return ParaphraseContrast(inputs.transformer, self.settings, inputs.seed), collate


class ParaphraseContrast(RegularisedContrast):
    """NT-Xent between sentences and their paraphrases: SG's loss with another positive."""

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> dict[str, Tensor]:
        """Return the loss and its parts.

        Args:
            input_ids: Sentences, then their paraphrases. Shape: (2 batch, length).
            attention_mask: 1 for a token, 0 for padding. Shape: (2 batch, length).

        Returns:
            ``loss``, ``contrast`` and ``regulariser``, each of shape ().
        """
        sentences = read_by_length(self.transformer, input_ids, attention_mask, first_token)
        views = self.head(sentences).float().chunk(2)
        with torch.autocast(input_ids.device.type, enabled=False):  # cosines / tau need float32
            contrast = nt_xent(*map(gather_rows, views), temperature=self.settings.temperature)
        return self.total(contrast)
