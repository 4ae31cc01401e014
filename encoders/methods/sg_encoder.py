"""SG: contrast with a fixed copy's layers, each sentence's layer drawn at random."""

from typing import ClassVar

from harness.encoder import Context
from harness.encoders.methods.sg import GuidedEncoder, GuidedSettings


class SgEncoder(GuidedEncoder):
    """[CLS] after self-guided contrastive learning with NT-Xent, the method's plain form.

    The embeddings (layer 0) are always frozen.

    Source: Kim et al. (2021), Section 4.1, L_base, https://arxiv.org/abs/2106.07345
    """

    citation = "Kim et al. (2021), Section 4.1, https://arxiv.org/abs/2106.07345"
    Settings: ClassVar[type[GuidedSettings]] = GuidedSettings

    def __init__(self, context: Context, settings: GuidedSettings) -> None:
        super().__init__(context, settings, "base")
