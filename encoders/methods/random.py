"""A transformer that was never trained: what its architecture and tokenizer are worth alone."""

from collections.abc import Sequence
from functools import cached_property
from typing import ClassVar

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from harness.encoder import Context, Embeddings, HiddenStates
from harness.encoders.learned_maps.mapped_encoder import MappedSettings
from harness.encoders.transformer.backbone import Backbone
from harness.encoders.transformer.model_folder import find_model
from harness.encoders.transformer.number_formats import DTYPES
from harness.encoders.transformer.pooled_encoder import PooledEncoder
from harness.encoders.transformer.text_encoder import build_encoder
from harness.encoding.encoding import encode_reading


class RandomBackbone(Backbone):
    """A model's architecture and tokenizer with the random weights that training starts from.

    Args:
        context: The model, device, limits, and the seed of the weights.
    """

    def __init__(self, context: Context) -> None:
        super().__init__(find_model(context.model, offline=context.offline), context)
        self._seed = context.seed

    @cached_property
    def model(self) -> PreTrainedModel:
        """The transformer in eval mode on its device."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self._seed)
            model = build_encoder(self.config)
        nn.Module.to(model, device=self.device, dtype=DTYPES[self.dtype])
        model.eval()
        return model

    @cached_property
    def fingerprint(self) -> str:
        """Text that differs whenever the hidden states may differ."""
        return f"random weights of seed {self._seed}; {super().fingerprint}"


class RandomEncoder:
    """The floor: pooled hidden states of the model's architecture with random weights.

    With several seeds it is scored once for each.

    Args:
        context: The model whose architecture and tokenizer are used, device, limits, and seed.
        settings: Which layers to pool, and how.
    """

    Settings: ClassVar[type[MappedSettings]] = MappedSettings
    seeded = True

    def __init__(self, context: Context, settings: MappedSettings) -> None:
        self.source: Backbone = RandomBackbone(context)
        self._pooled = PooledEncoder(context, settings, self.source, settings.pooling)

    def read(self, states: HiddenStates) -> Tensor:
        """Pool one batch. Shape: (batch, dim)."""
        return self._pooled.read(states)

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        """Embed the sentences, in the order given. Shape: (n_sentences, dim)."""
        return encode_reading(self, sentences)

    def release(self) -> None:
        """Free the weights, which are drawn again when they are needed."""
        self.source.release()

    def composition(self) -> str:
        """Say why other packages cannot compute the vectors."""
        return "its weights are random, and worth nothing to others"

    def fingerprint(self) -> str:
        """Name everything that the vectors depend on."""
        return self._pooled.fingerprint()
