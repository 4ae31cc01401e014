"""WK pooling as an encoder: token vectors weighted over layers, sentences over tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from harness.encoder import Context, Embeddings, HiddenStates
from harness.encoders.transformer.backbone import Backbone, open_backbone
from harness.encoders.transformer.trained_folder import note_checkpoint
from harness.encoders.transformer.wk_pooling import wk_embedding
from harness.encoding.encoding import encode_reading
from harness.settings import setting

_SOURCE = "Wang & Kuo (2020), Section 4"


@dataclass(frozen=True)
class WkSettings:
    """Which layers are measured against which."""

    first_layer: int = setting(4, help="lowest layer used, 0 the embedding output", source=_SOURCE)
    window: int = setting(
        2, help="layers on either side that a layer is measured against", source=_SOURCE
    )
    drop_last: bool = setting(
        default=True, help="leave out each sentence's last token, [SEP]", source="released code"
    )

    def __post_init__(self) -> None:
        """Refuse layers and windows that cannot be."""
        if self.first_layer < 0:
            raise ValueError(f"first_layer must be 0 or more, got {self.first_layer}")
        if self.window < 1:
            raise ValueError(f"window must be 1 or more, got {self.window}")


class WkEncoder:
    """Layers weighted by novelty and alignment, tokens by how unevenly they change.

    A model of fewer than ``first_layer`` layers is read at its last layer alone, a sentence of
    one or two tokens at its first; see `harness.encoders.transformer.wk_pooling.wk_embedding`.

    Source: Wang & Kuo (2020), SBERT-WK, https://arxiv.org/abs/2002.06652

    Args:
        context: The transformer, device and limits.
        settings: Which layers are measured against which.
    """

    Settings: ClassVar[type[WkSettings]] = WkSettings
    citation = "Wang & Kuo (2020), SBERT-WK, https://arxiv.org/abs/2002.06652"

    def __init__(self, context: Context, settings: WkSettings) -> None:
        self.source: Backbone = open_backbone(context)
        note_checkpoint("wk", self.source.folder)
        self.settings = settings

    def read(self, states: HiddenStates) -> Tensor:
        """Combine all layers of one batch. Shape: (batch, dim)."""
        layers, mask = states.layers, states.mask
        if mask.device.type == "mps":  # Apple's GPUs have no float64
            layers, mask = tuple(layer.cpu() for layer in layers), mask.cpu()
        embeddings = wk_embedding(
            layers,
            mask,
            first_layer=self.settings.first_layer,
            window=self.settings.window,
            drop_last=self.settings.drop_last,
        )
        return embeddings.float()

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        """Embed the sentences, in the order given. Shape: (n_sentences, dim)."""
        return encode_reading(self, sentences)

    def composition(self) -> str:
        """Say why other packages cannot compute the vectors."""
        return "it weights layers and tokens as no module of sentence-transformers does"

    def fingerprint(self) -> str:
        """Name everything that the vectors depend on."""
        return f"{self.settings}; {self.source.fingerprint}"
