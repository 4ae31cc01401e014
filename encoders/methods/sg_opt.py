"""SG-OPT: contrast each sentence with all layers of a fixed copy at once."""

from dataclasses import dataclass
from typing import ClassVar

from harness.encoder import Context
from harness.encoders.fine_tuning.losses import GuidedObjective
from harness.encoders.methods.sg import GuidedEncoder, GuidedSettings
from harness.settings import setting


@dataclass(frozen=True)
class SgOptSettings(GuidedSettings):
    """Hyperparameters of SG-OPT, as published."""

    objective: GuidedObjective = setting(
        "opt3",
        help="anchors are the sentences alone; opt1: other sentences and one layer's targets are"
        " negatives, opt2: targets alone, opt3: the targets of all layers; the plain loss is the"
        " encoder sg",
        source="Kim et al. (2021), Section 4.2",
    )


class SgOptEncoder(GuidedEncoder):
    """[CLS] after self-guided contrastive learning with the optimised loss.

    The embeddings (layer 0) are always frozen.

    Source: Kim et al. (2021), Section 4.2, L_opt3, https://arxiv.org/abs/2106.07345
    """

    citation = "Kim et al. (2021), Section 4.2, https://arxiv.org/abs/2106.07345"
    Settings: ClassVar[type[GuidedSettings]] = SgOptSettings

    def __init__(self, context: Context, settings: SgOptSettings) -> None:
        super().__init__(context, settings, settings.objective)
