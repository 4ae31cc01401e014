"""Contrast with back-translations: a sentence's other view is its paraphrase."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from transformers import PreTrainedModel
from typing_extensions import override

from encoders.contrastive import nt_xent
from encoders.fine_tuned import Collate, FineTunedEncoder, Lesson, freeze_pooler
from encoders.length_groups import read_by_length
from encoders.pooling import first_token
from encoders.projection import projection_head
from harness.corpus import Corpus
from harness.distributed import gather_rows
from harness.hyperparameters import FineTuningSettings
from harness.settings import setting

_PAPER = "as for SG, Kim et al. (2021)"


@dataclass(frozen=True)
class BtSettings(FineTuningSettings):
    """Hyperparameters of contrast with paraphrases: those of SG, with which it is compared."""

    learning_rate: float = setting(5e-5, help="highest learning rate", source=_PAPER)
    batch_size: int = setting(16, help="pairs a step, over all GPUs together", source=_PAPER)
    adam_beta2: float = setting(0.9, help="decay of AdamW's mean squared gradient", source=_PAPER)
    temperature: float = setting(
        0.01, help="tau, above 0: the smaller, the more the hardest negatives count", source=_PAPER
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
        if not self.temperature > 0 or self.head_width < 1:
            got = f"{self.temperature} and {self.head_width}"
            raise ValueError(f"temperature and head_width must be above 0, got {got}")


class BtEncoder(FineTunedEncoder):
    """[CLS] of a transformer that learned to tell which sentence a back-translation comes from.

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
    def objective(self, lesson: Lesson) -> tuple[nn.Module, Collate]:
        freeze_pooler(lesson.transformer)

        def collate(rows: NDArray[np.intp]) -> dict[str, Tensor]:
            pairs = [lesson.corpus.paraphrases[row] for row in rows]
            sentences = [first for first, _ in pairs] + [second for _, second in pairs]
            return lesson.tokens(sentences)

        return ParaphraseContrast(lesson.transformer, self.settings, lesson.seed), collate


class ParaphraseContrast(nn.Module):
    """NT-Xent between sentences and their paraphrases, over the transformer being trained.

    Args:
        transformer: The encoder of both.
        settings: Temperature, head.
        seed: Seed of the head's weights.
    """

    def __init__(self, transformer: PreTrainedModel, settings: BtSettings, seed: int) -> None:
        super().__init__()
        self.transformer = transformer
        generator = torch.Generator().manual_seed(seed)
        dim, width = int(transformer.config.hidden_size), settings.head_width
        self.head = projection_head(dim, width, generator) if settings.head else nn.Identity()
        self._temperature = settings.temperature

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> dict[str, Tensor]:
        """Return the loss.

        Args:
            input_ids: Sentences, then their paraphrases. Shape: (2 batch, length).
            attention_mask: 1 for a token, 0 for padding. Shape: (2 batch, length).

        Returns:
            ``loss``, of shape ().
        """
        sentences = read_by_length(self.transformer, input_ids, attention_mask, first_token)
        views = self.head(sentences).float().chunk(2)
        with torch.autocast(input_ids.device.type, enabled=False):  # cosines / tau need float32
            return {"loss": nt_xent(*map(gather_rows, views), temperature=self._temperature)}
