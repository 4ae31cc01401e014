"""A bag of words: how often each word occurs, and nothing else."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from harness.encoder import Context, Embeddings, Encoder
from harness.encoders.methods.tfidf import TfidfEncoder
from harness.encoders.words.word_counts import WordSettings, count_words


class BowEncoder:
    """Counts of the words between spaces; too quick to be worth keeping in the cache.

    Args:
        context: Ignored: no model is needed.
        settings: How words become dimensions.
    """

    def __init__(self, context: Context, settings: WordSettings) -> None:  # noqa: ARG002 - contract
        self._settings = settings

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        """Count each sentence's words. Shape: (n_sentences, buckets)."""
        return np.asarray(count_words(sentences, self._settings).toarray(), dtype=np.float32)


class BowFactory:
    """A bag of words: how often each word occurs, words being what stands between spaces.

    Words are hashed to dimensions, so that none is unknown. With ``svd`` the counts are brought
    to few dimensions, which must be learned from text.
    """

    Settings: ClassVar[type[WordSettings]] = WordSettings
    learns_with = "svd"

    def __call__(self, context: Context, settings: WordSettings) -> Encoder:
        """Make the encoder, one to be trained if it has an SVD."""
        if settings.svd is None:
            return BowEncoder(context, settings)
        return TfidfEncoder(context, settings, weighted=False)


BOW = BowFactory()
