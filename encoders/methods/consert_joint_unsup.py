"""ConSERT joint-unsup: joint training on NLI, then contrast on the target's own text."""

from dataclasses import dataclass
from typing import ClassVar

from harness.encoders.methods.consert import ConsertEncoder, ConsertSettings
from harness.finetuning.hyperparameters import BASE_HELP
from harness.settings import setting


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
