"""ConSERT: a transformer learns to know its sentences again after augmentations."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn
from typing_extensions import override

from harness.encoders.fine_tuning.augmented_contrast import (
    AugmentedContrast,
    AugmentedSettings,
    draw_seed,
)
from harness.encoders.fine_tuning.fine_tuned_encoder import (
    Collate,
    FineTunedEncoder,
    LossInputs,
    freeze,
)
from harness.encoders.transformer.pooling import masked_mean
from harness.finetuning.hyperparameters import BASE_HELP
from harness.settings import setting

_PAPER = "Yan et al. (2021), Section 4.1"


@dataclass(frozen=True)
class ConsertSettings(AugmentedSettings):
    """Hyperparameters of unsupervised ConSERT, as published.

    The authors later reported learning_rate 2e-5 with temperature 0.05 as better.
    """

    learning_rate: float = setting(5e-7, help="highest learning rate", source=_PAPER)
    epochs: int = setting(10, help="passes over the training text", source="released script")

    @override
    def __post_init__(self) -> None:
        """Refuse what no training can have.

        Raises:
            ValueError: If a number is out of its range, or a view needs labels.
        """
        super().__post_init__()
        if "adversarial" in {self.first_view, self.second_view}:
            raise ValueError(
                "an adversarial view needs a supervised loss: use consert-joint, or another view"
            )


class ConsertEncoder(FineTunedEncoder):
    """Mean of the last two layers after contrasting augmented views of unlabelled sentences.

    Source: Yan et al. (2021), Section 3, https://arxiv.org/abs/2105.11741
    """

    citation = "Yan et al. (2021), Section 3, https://arxiv.org/abs/2105.11741"
    Settings: ClassVar[type[ConsertSettings]] = ConsertSettings
    settings: ConsertSettings
    corpus = "sts"
    layers = "last2"
    pool = staticmethod(masked_mean)

    @override
    def objective(self, inputs: LossInputs) -> tuple[nn.Module, Collate]:
        freeze(inputs.transformer, "pooler")

        def collate(rows: NDArray[np.intp]) -> dict[str, Tensor]:
            return {**inputs.batch(rows), "draw": draw_seed(rows, inputs.seed)}

        return AugmentedContrast(inputs.transformer, self.settings), collate


@dataclass(frozen=True)
class ConsertSupUnsupSettings(ConsertSettings):
    """Hyperparameters of the second stage; those of the first belong to its encoder."""

    base: str | None = setting(
        "sbert:batch_size=96;eval_steps=200;train_length=64;layers=last2",
        help=BASE_HELP,
        source="Yan et al. (2021), Sections 3.3 and 4.1",
    )


class ConsertSupUnsupEncoder(ConsertEncoder):
    """ConSERT that starts from the weights of sbert instead of the plain transformer.

    Source: Yan et al. (2021), Section 3.3, sup-unsup, https://arxiv.org/abs/2105.11741
    """

    citation = "Yan et al. (2021), Section 3.3, sup-unsup, https://arxiv.org/abs/2105.11741"
    Settings: ClassVar[type[ConsertSupUnsupSettings]] = ConsertSupUnsupSettings


@dataclass(frozen=True)
class ConsertJointUnsupSettings(ConsertSettings):
    """Hyperparameters of the second stage; those of the first belong to its encoder."""

    base: str | None = setting(
        "consert-joint", help=BASE_HELP, source="Yan et al. (2021), Section 3.3"
    )


class ConsertJointUnsupEncoder(ConsertEncoder):
    """ConSERT that starts from the weights of consert-joint instead of the plain transformer.

    Source: Yan et al. (2021), Section 3.3, joint-unsup, https://arxiv.org/abs/2105.11741
    """

    citation = "Yan et al. (2021), Section 3.3, joint-unsup, https://arxiv.org/abs/2105.11741"
    Settings: ClassVar[type[ConsertJointUnsupSettings]] = ConsertJointUnsupSettings
