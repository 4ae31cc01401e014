"""Count the words of sentences, without a vocabulary: what bow and tfidf share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import HashingVectorizer

from harness.settings import setting


@dataclass(frozen=True)
class WordSettings:
    """How words become dimensions."""

    buckets: int = setting(
        4096, help="dimensions that words are hashed to; fewer make more words share one"
    )
    lowercase: bool = setting(default=True, help="count A and a as one word")
    svd: int | None = setting(
        None,
        help="dimensions to keep, those of the largest singular values; none keeps the buckets."
        " The decomposition takes text, so this makes bow an encoder to be trained",
    )

    def __post_init__(self) -> None:
        """Refuse empty vectors."""
        if self.buckets < 1:
            raise ValueError(f"buckets must be 1 or more, got {self.buckets}")
        if self.svd is not None and not 1 <= self.svd <= self.buckets:
            raise ValueError(f"svd must be none or 1 to {self.buckets} (buckets), got {self.svd}")


def count_words(sentences: Sequence[str], settings: WordSettings) -> Any:  # noqa: ANN401 - scipy's sparse matrix has no type
    """Count the words between spaces, hashed to a fixed number of dimensions.

    Hashing leaves no word out, whatever the text; on STS12 and STS13 4096 buckets move the score
    of exact counts by about 0.001.

    Returns:
        Sparse counts. Shape: (n_sentences, buckets).
    """
    counter = HashingVectorizer(
        n_features=settings.buckets,
        token_pattern=r"\S+",  # noqa: S106 - tokens of text, no secret
        lowercase=settings.lowercase,
        alternate_sign=False,
        norm=None,
        dtype=np.float32,
    )
    return counter.transform(sentences)
