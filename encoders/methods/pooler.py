"""The pooler's output: the [CLS] vector once more transformed, as in pretraining."""

from collections.abc import Sequence

from torch import Tensor

from harness.encoder import Context, Embeddings, HiddenStates
from harness.encoders.transformer.backbone import Backbone, open_plain_backbone
from harness.encoding.encoding import encode_reading
from harness.errors import ModelError
from harness.settings import NoSettings


class PoolerEncoder:
    """The output of the transformer's own pooler, of BERT tanh(W h + b) of the [CLS] vector h.

    Source: Devlin et al. (2019), https://github.com/google-research/bert

    Args:
        context: The transformer, device and limits.
        settings: None.
    """

    citation = "Devlin et al. (2019), https://github.com/google-research/bert"

    def __init__(self, context: Context, settings: NoSettings) -> None:  # noqa: ARG002 - contract
        self.source: Backbone = open_plain_backbone(context)

    def read(self, states: HiddenStates) -> Tensor:
        """Read the pooler's output of one batch. Shape: (batch, dim).

        Raises:
            ModelError: If there is no pooler, or its weights would be random.
        """
        if states.pooled is None:
            raise ModelError(
                f"model {self.source.name!r} must have a pooler with weights for this reading,"
                " found none: use cls or mean"
            )
        return states.pooled

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        """Embed the sentences, in the order given. Shape: (n_sentences, dim)."""
        return encode_reading(self, sentences)

    def fingerprint(self) -> str:
        """Name everything that the vectors depend on."""
        return f"PoolerEncoder; {self.source.fingerprint}"
