"""ConSERT sup-unsup: supervised training on NLI, then contrast on the target's own text."""

from dataclasses import dataclass
from typing import ClassVar

from harness.encoders.methods.consert import ConsertEncoder, ConsertSettings
from harness.finetuning.hyperparameters import BASE_HELP
from harness.settings import setting


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
