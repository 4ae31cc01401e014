"""An encoder under examination, and what a check finds."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from harness.encoder import Context, Embeddings, Encoder
from harness.encoding.plain_encoder import check_vectors
from harness.encoding.spot_check import distances, encode_alone
from harness.errors import HarnessError, quoted
from harness.planning.planned_encoders import PlannedEncoder
from harness.trainable import TrainableEncoder

SENTENCES = (
    "A man is playing a guitar.",
    "Stocks fell on Friday after the report.",
    "yes",
    "The committee will meet again in March to discuss the plan for the new bridge.",
    "Zwölf Boxkämpfer jagen Viktor quer über den Sylter Deich.",
    "Is anybody at home?",
    "東京は今日も雨です \U0001f600",
)
"""Short and long, and not all English."""


class Fault(HarnessError):  # noqa: N818 - what a check finds
    """What is wrong with an encoder, in one line."""


class NotApplicable(HarnessError):  # noqa: N818 - no error
    """Why a check does not apply."""


class Subject:
    """An encoder under examination.

    Args:
        planned: Which encoder, with what settings.
        context: What it is made with.
        tolerance: How far apart vectors may be that ought to be the same.
        folder: Where it may be saved.
    """

    def __init__(
        self, planned: PlannedEncoder, context: Context, tolerance: float, folder: Path
    ) -> None:
        self.planned = planned
        self.context = context
        self.tolerance = tolerance
        self.folder = folder
        self.checkpoint: Path | None = None

    def make(self) -> Encoder:
        """Make the encoder, with what it learned if it was trained."""
        encoder = self.planned.make(self.context)
        if self.checkpoint is not None and isinstance(encoder, TrainableEncoder):
            encoder.load(self.checkpoint)
        return encoder

    @cached_property
    def encoder(self) -> Encoder:
        """One encoder, made when it is first needed."""
        return self.make()

    @cached_property
    def together(self) -> Embeddings:
        """The vectors of all sentences, encoded at once. Shape: (n_sentences, dim)."""
        return self.encode(SENTENCES)

    @cached_property
    def alone(self) -> Embeddings:
        """The vectors of all sentences, encoded one by one. Shape: (n_sentences, dim)."""
        return encode_alone(self.encode, SENTENCES)

    def encode(self, sentences: Sequence[str], encoder: Encoder | None = None) -> Embeddings:
        """Encode, and refuse what is no matrix with one row per sentence.

        Returns:
            As float32, whatever it was. Shape: (n_sentences, dim).
        """
        vectors: Any = (encoder or self.encoder).encode(list(sentences))
        if isinstance(vectors, np.ndarray) and np.issubdtype(vectors.dtype, np.number):
            vectors = vectors.astype(np.float32)  # another type is another check's matter
        return check_vectors(self.planned.spec, len(sentences), vectors)

    def compare(self, one: Embeddings, other: Embeddings, problem: str) -> None:
        """Refuse vectors of the sentences that differ.

        Raises:
            Fault: If some do; says which, by how much, and the problem.
        """
        apart = distances(one, other)
        worst = int(np.argmax(apart))
        if apart[worst] > self.tolerance:
            sentence = quoted(SENTENCES[worst])
            raise Fault(f"{sentence} differs by {apart[worst]:.1g} of its length: {problem}")
