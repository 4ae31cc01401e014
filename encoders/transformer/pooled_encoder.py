"""Sentence vectors pooled from chosen hidden states: what cls, mean and max share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from harness.encoder import Context, Embeddings, HiddenStates
from harness.encoders.transformer.backbone import Backbone, open_plain_backbone
from harness.encoders.transformer.layers import LAYERS_HELP, parse_layers
from harness.encoders.transformer.pooling import POOLINGS, PoolingName
from harness.encoding.encoding import encode_reading
from harness.modules.composition import Composition
from harness.settings import setting


@dataclass(frozen=True)
class PoolingSettings:
    """Which layers to pool."""

    layers: str = setting("last", help=LAYERS_HELP, source="last layer: Devlin et al. (2019)")

    def __post_init__(self) -> None:
        """Refuse text that names no layers."""
        parse_layers(self.layers)


class PooledEncoder:
    """Pools the average of chosen layers.

    Args:
        context: The transformer, device and limits.
        settings: Which layers.
        source: Where the hidden states come from, if not the context's transformer.
        pooling: Which pooling, if not the class's own.
    """

    Settings: ClassVar[type[PoolingSettings]] = PoolingSettings
    pooling: PoolingName = "mean"

    def __init__(
        self,
        context: Context,
        settings: PoolingSettings,
        source: Backbone | None = None,
        pooling: PoolingName | None = None,
    ) -> None:
        self.source: Backbone = source or open_plain_backbone(context)
        self.settings = settings
        self.pooling = pooling or self.pooling
        self._layers = parse_layers(settings.layers)
        self.source.layers(self._layers)  # refused here if there are none such

    def read(self, states: HiddenStates) -> Tensor:
        """Pool one batch. Shape: (batch, dim).

        Raises:
            ModelError: If it is to be read at the first token, and that sees no other.
        """
        if self.pooling == "cls":
            self.source.require_first_token()
        return POOLINGS[self.pooling](self._layers.average(states.layers), states.mask)

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        """Embed the sentences, in the order given. Shape: (n_sentences, dim)."""
        return encode_reading(self, sentences)

    def fingerprint(self) -> str:
        """Name everything that the vectors depend on."""
        chosen = self._layers.resolve(self.source.layer_count)
        name = f"{self.pooling.capitalize()}Encoder"  # as 0.1.0 wrote it: its records stay known
        return f"{name} layers {chosen}; {self.source.fingerprint}"

    def composition(self) -> Composition | str:
        """Say how the vectors come about: averaged layers, pooled."""
        return self.source.composition(self._layers, self.pooling)
