"""A map learned on a frozen transformer's sentence vectors: what flow and whitening share."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from harness.corpus import Corpus
from harness.encoder import Context, Embeddings, HiddenStates
from harness.encoders.learned_maps.weights_file import hash_weights, load_weights, save_weights
from harness.encoders.transformer.backbone import Backbone, open_backbone
from harness.encoders.transformer.pooled_encoder import PooledEncoder, PoolingSettings
from harness.encoders.transformer.pooling import PoolingName
from harness.encoding.encoding import encode_all, encode_reading
from harness.encoding.job import EncodingJob
from harness.errors import PluginError, TrainingError
from harness.results.progress import Counted
from harness.settings import setting
from harness.trainable import Training


@dataclass(frozen=True)
class MappedSettings(PoolingSettings):
    """Which vectors the map is learned on."""

    pooling: PoolingName = setting("mean", help="how the tokens of a sentence become one vector")


class MappedEncoder(ABC):
    """Maps pooled vectors of a frozen transformer; its subclasses learn the map.

    Args:
        context: The transformer, device and limits.
        settings: Which vectors the map is learned on.
    """

    corpus: ClassVar[str] = "stsb"
    uses_dev: ClassVar[bool] = False

    def __init__(self, context: Context, settings: MappedSettings) -> None:
        pooled = PoolingSettings(layers=settings.layers)
        self._pooled = PooledEncoder(context, pooled, open_backbone(context), settings.pooling)
        self.source: Backbone = self._pooled.source
        self._weights_hash = ""

    @abstractmethod
    def learn(self, vectors: Tensor, rows: Tensor, training: Training) -> Mapping[str, Any]:
        """Learn the map.

        Args:
            vectors: One a distinct sentence, on the device. Shape: (n_distinct, dim).
            rows: The vector of each sentence of the corpus. Shape: (n_sentences,).
            training: Seed and reporting.

        Returns:
            What is worth keeping, as JSON values.

        Raises:
            TrainingError: If there is no such map of these vectors.
        """

    @abstractmethod
    def transform(self, vectors: Tensor) -> Tensor:
        """Map vectors. Shape: (n, dim) to (n, mapped)."""

    @abstractmethod
    def weights(self) -> dict[str, Tensor]:
        """Return the learned weights by name."""

    @abstractmethod
    def take(self, weights: Mapping[str, Tensor]) -> None:
        """Take over what `weights` returned."""

    def base_fingerprint(self) -> str:
        """Name what the vectors that the map is learned on depend on, settings left out."""
        source = self.source
        return f"{source.checksum} max_length {source.max_length} dtype {source.dtype}"

    def fit(self, corpus: Corpus, training: Training) -> Mapping[str, Any]:
        """Embed each distinct sentence once, then learn the map from the stored vectors.

        The vectors are kept in `training.folder`, so that a second try need not embed again.

        Raises:
            TrainingError: If there is too little text, or no such map of its vectors.
        """
        sentences = corpus.text
        if len(set(sentences)) < 2:  # noqa: PLR2004 - one vector has no spread
            msg = f"training text {corpus.name!r} must have two different sentences or more"
            raise TrainingError(f"{msg}, got {len(set(sentences))}")
        job = EncodingJob("vectors of the training text", self._pooled)

        def report(_: str, done: int, total: int) -> None:
            training.on_progress(Counted("embedding the training text", "sentences"), done, total)

        encode_all([job], sentences, cache_folder=training.folder, on_progress=report)
        if job.vectors is None:
            raise job.error or PluginError("no vectors were read")
        vectors = torch.from_numpy(job.vectors.matrix).to(self.source.device)
        rows = torch.from_numpy(job.vectors.rows(sentences).astype(np.int64))
        history = self.learn(vectors, rows, training)
        self._weights_hash = hash_weights(self.weights())
        return {"sentences": len(sentences), "distinct_sentences": len(vectors), **history}

    def save(self, folder: Path) -> None:
        """Write the learned weights as safetensors."""
        save_weights(folder, self.weights())

    def load(self, folder: Path) -> None:
        """Take over the weights that `save` wrote.

        Raises:
            TrainingError: If they are absent, damaged or of another model.
        """
        self.take(load_weights(folder))
        self._weights_hash = hash_weights(self.weights())

    def read(self, states: HiddenStates) -> Tensor:
        """Pool and map one batch. Shape: (batch, mapped).

        Raises:
            TrainingError: If nothing was learned yet.
        """
        if not self._weights_hash:
            raise TrainingError(f"{type(self).__name__} must be trained or loaded before encoding")
        return self.transform(self._pooled.read(states).float())

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        """Embed the sentences, in the order given. Shape: (n_sentences, mapped)."""
        return encode_reading(self, sentences)

    def fingerprint(self) -> str:
        """Name everything that the vectors depend on."""
        return f"{type(self).__name__} {self._weights_hash}; {self._pooled.fingerprint()}"
