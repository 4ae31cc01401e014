"""Words weighted by how rare they are, optionally brought to few dimensions."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.preprocessing import normalize
from torch import Tensor

from harness.corpus import Corpus
from harness.encoder import Context, Embeddings
from harness.encoders.learned_maps.weights_file import hash_weights, load_weights, save_weights
from harness.encoders.words.word_counts import WordSettings, count_words
from harness.errors import TrainingError
from harness.results.progress import doing
from harness.trainable import NO_MODEL, Training


class TfidfEncoder:
    """Word counts weighted by how rare the words are.

    Hashed counts times log((1 + n) / (1 + sentences with the word)) + 1, at length 1. Learned
    from each of the text's n distinct sentences once; a word that is not in it weighs most.

    Source: Salton & Buckley (1988), as scikit-learn computes it; with ``svd`` Deerwester et al.
    (1990), latent semantic analysis

    Args:
        context: Ignored: no model is needed.
        settings: How words become dimensions.
        weighted: Whether words are weighted at all; bow's are not.
    """

    Settings: ClassVar[type[WordSettings]] = WordSettings
    citation = "Salton & Buckley (1988), https://doi.org/10.1016/0306-4573(88)90021-0"
    corpus: ClassVar[str] = "sts"
    uses_dev: ClassVar[bool] = False

    def __init__(
        self,
        context: Context,  # noqa: ARG002 - contract
        settings: WordSettings,
        *,
        weighted: bool = True,
    ) -> None:
        self._settings = settings
        self._weighted = weighted
        self._weights: dict[str, Tensor] = {}

    def base_fingerprint(self) -> str:
        """Say that training starts from nothing."""
        return NO_MODEL

    def fit(self, corpus: Corpus, training: Training) -> Mapping[str, Any]:
        """Learn each word's weight, and the directions to keep.

        Raises:
            TrainingError: If the text has too few sentences for so many directions.
        """
        with doing("learning the weights of words"):
            return self._fit(corpus, training)

    def _fit(self, corpus: Corpus, training: Training) -> Mapping[str, Any]:
        sentences = list(dict.fromkeys(corpus.text))
        counts = count_words(sentences, self._settings)
        idf = np.ones(self._settings.buckets, dtype=np.float32)
        if self._weighted:
            idf = TfidfTransformer().fit(counts).idf_.astype(np.float32)
        self._weights = {"idf": torch.from_numpy(idf)}
        history: dict[str, Any] = {"distinct_sentences": len(sentences)}
        if self._settings.svd is not None:
            svd = TruncatedSVD(self._settings.svd, random_state=training.seed)
            try:
                svd.fit(self._weigh(counts))
            except ValueError as error:
                raise TrainingError(f"svd={self._settings.svd} cannot be had: {error}") from error
            directions = svd.components_.T.astype(np.float32)
            self._weights["directions"] = torch.from_numpy(directions).contiguous()
            history["explained_variance"] = float(svd.explained_variance_ratio_.sum())
        return history

    def save(self, folder: Path) -> None:
        """Write the words' weights, shape (buckets,), and the directions, (buckets, svd)."""
        save_weights(folder, self._learned())

    def load(self, folder: Path) -> None:
        """Take over what `save` wrote."""
        self._weights = load_weights(folder)

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        """Embed the sentences, in the order given. Shape: (n_sentences, buckets or svd)."""
        weighted = self._weigh(count_words(sentences, self._settings))
        if "directions" in self._weights:
            return np.asarray(weighted @ self._weights["directions"].numpy(), dtype=np.float32)
        return np.asarray(weighted.toarray(), dtype=np.float32)

    def fingerprint(self) -> str:
        """Name everything that the vectors depend on."""
        return f"{self._settings} weighted {self._weighted} {hash_weights(self._learned())}"

    def _weigh(self, counts: Any) -> Any:  # noqa: ANN401 - scipy's sparse matrix has no type
        weighted = counts.multiply(self._learned()["idf"].numpy()).tocsr()
        return normalize(weighted) if self._weighted else weighted

    def _learned(self) -> dict[str, Tensor]:
        if not self._weights:
            raise TrainingError("tfidf, or bow with svd, must be trained or loaded first")
        return self._weights
