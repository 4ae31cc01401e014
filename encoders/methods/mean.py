"""Mean pooling, the baseline of all others; frequent tokens are left out if asked."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor

from harness.corpus import Corpus
from harness.encoder import Context, Embeddings, Encoder, HiddenStates
from harness.encoders.learned_maps.weights_file import hash_weights, load_weights, save_weights
from harness.encoders.transformer.pooled_encoder import PooledEncoder, PoolingSettings
from harness.encoding.encoding import encode_reading
from harness.errors import TrainingError
from harness.settings import setting
from harness.trainable import Training


class MeanEncoder(PooledEncoder):
    """The average of all token vectors, [CLS] and [SEP] among them.

    Source: Reimers & Gurevych (2019), Section 3, MEAN, https://arxiv.org/abs/1908.10084
    """

    citation = "Reimers & Gurevych (2019), Section 3, MEAN, https://arxiv.org/abs/1908.10084"
    pooling = "mean"


@dataclass(frozen=True)
class MeanSettings(PoolingSettings):
    """Which layers, and which tokens of them, to average."""

    drop_frequent: int = setting(
        0,
        help="leave out the N most frequent tokens, [CLS] and [SEP] first; counting them"
        " takes text, so this makes mean an encoder to be trained",
        source="Yan et al. (2021), ConSERT, Section 5.1: 34",
    )

    def __post_init__(self) -> None:
        """Refuse text that names no layers, and a negative number."""
        super().__post_init__()
        if self.drop_frequent < 0:
            raise ValueError(f"drop_frequent must be 0 or more, got {self.drop_frequent}")


class MeanWithoutFrequentEncoder:
    """The average of a sentence's token vectors, the most frequent tokens left out.

    The transformer still reads every token. A sentence of frequent tokens alone keeps them all.

    Source: Yan et al. (2021), ConSERT, Section 5.1, https://arxiv.org/abs/2105.11741

    Args:
        context: The transformer, device and limits.
        settings: Which layers, and how many tokens to leave out.
    """

    corpus: ClassVar[str] = "stsb-test"  # what the paper counts over
    uses_dev: ClassVar[bool] = False

    def __init__(self, context: Context, settings: MeanSettings) -> None:
        self._mean = MeanEncoder(context, settings)
        self.source = self._mean.source
        self._count = settings.drop_frequent
        self._frequent: Tensor | None = None

    def base_fingerprint(self) -> str:
        """Name the tokenizer, with its model."""
        return f"{self.source.checksum} max_length {self.source.max_length}"

    def fit(self, corpus: Corpus, training: Training) -> Mapping[str, Any]:  # noqa: ARG002 - counts
        """Count tokens; of equally frequent ones the lower id counts as more frequent.

        Raises:
            TrainingError: If the text has fewer different tokens than are to be left out.
        """
        counts = Counter[int]()
        for ids in self.source.tokenize(corpus.text):
            counts.update(ids)
        if len(counts) < self._count:
            msg = f"drop_frequent must be at most the {len(counts)} tokens of {corpus.name!r}"
            raise TrainingError(f"{msg}, got {self._count}")
        ranked = sorted(counts, key=lambda token: (-counts[token], token))[: self._count]
        self._frequent = torch.tensor(ranked)
        return {"tokens": {text: counts[i] for text, i in zip(self._words(), ranked, strict=True)}}

    def save(self, folder: Path) -> None:
        """Write the frequent tokens' ids, most frequent first."""
        save_weights(folder, {"frequent": self._counted()})

    def load(self, folder: Path) -> None:
        """Take over the ids that `save` wrote."""
        self._frequent = load_weights(folder)["frequent"]

    def read(self, states: HiddenStates) -> Tensor:
        """Average the rarer tokens of one batch. Shape: (batch, dim)."""
        frequent = self._counted().to(states.input_ids.device)
        rare = states.mask.bool() & ~torch.isin(states.input_ids, frequent)
        kept = torch.where(rare.any(dim=1, keepdim=True), rare, states.mask.bool())
        return self._mean.read(HiddenStates(states.layers, kept.long(), states.input_ids))

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        """Embed the sentences, in the order given. Shape: (n_sentences, dim)."""
        return encode_reading(self, sentences)

    def fingerprint(self) -> str:
        """Name everything that the vectors depend on."""
        dropped = hash_weights({"frequent": self._counted()})
        return f"without {dropped}; {self._mean.fingerprint()}"

    def composition(self) -> str:
        """Say why other packages cannot compute the vectors."""
        return "it leaves out frequent tokens, as no pooling of sentence-transformers does"

    def _words(self) -> list[str]:
        words: list[str] = self.source.tokenizer.convert_ids_to_tokens(self._counted().tolist())
        return words

    def _counted(self) -> Tensor:
        if self._frequent is None:
            raise TrainingError("mean with drop_frequent must be trained or loaded first")
        return self._frequent


class MeanFactory:
    """The average of all token vectors, [CLS] and [SEP] among them.

    Source: Reimers & Gurevych (2019), Section 3, MEAN, https://arxiv.org/abs/1908.10084
    """

    Settings: ClassVar[type[MeanSettings]] = MeanSettings
    citation = MeanEncoder.citation
    learns_with = "drop_frequent"

    def __call__(self, context: Context, settings: MeanSettings) -> Encoder:
        """Make the encoder, one to be trained if tokens are to be left out."""
        if settings.drop_frequent:
            return MeanWithoutFrequentEncoder(context, settings)
        return MeanEncoder(context, settings)


MEAN = MeanFactory()
