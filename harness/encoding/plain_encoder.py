"""Call an encoder that embeds sentences its own way, and trust nothing that it does."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.encoder import EmbeddedPart, Embeddings, Encoder, ServedEncoder, encoder_hooks
from harness.encoding.float32_loss import float32_loss
from harness.encoding.spot_check import find_misplaced
from harness.errors import PluginError
from harness.machine.boundary import Boundary
from harness.machine.deadline import Deadline


@dataclass
class PlainEncoder:
    """An encoder that does not read hidden states, and what is asked of it.

    Attributes:
        label: How messages name it.
        encoder: The encoder.
        boundary: What its calls pass.
        deadline: Ends its work.
        unchecked: Whether its vectors are still to be compared with those of sentences alone.
        dim: Dimension of its vectors; None before the first.
    """

    label: str
    encoder: Encoder
    boundary: Boundary
    deadline: Deadline
    unchecked: bool
    dim: int | None = None

    def prepare(self, sentences: list[str]) -> None:
        """Show it the sentences, if it wants to see them."""
        self.boundary.call(
            f"encoder {self.label!r} failed in prepare",
            lambda: encoder_hooks(self.encoder).prepare(sentences),
            self.deadline,
        )

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        """Embed sentences. Shape: (n_sentences, dim)."""
        vectors = self._encode(sentences)
        if self.unchecked:
            self.unchecked = False
            fault = find_misplaced(self._encode, sentences, vectors)
            if fault is not None:
                raise PluginError(f"encoder {self.label!r} {fault}")
        return vectors

    @property
    def is_served(self) -> bool:
        """Whether a server computes the vectors, at a price."""
        return isinstance(self.encoder, ServedEncoder)

    def encode_parts(self, sentences: list[str], size: int) -> Iterator[EmbeddedPart]:
        """Yield places of sentences and their vectors: as a served encoder has them, or in order.

        Args:
            sentences: All.
            size: Sentences that an encoder which is not served gets at a time.
        """
        if isinstance(self.encoder, ServedEncoder):
            yield from self._served_parts(self.encoder, sentences)
            return
        for start in range(0, len(sentences), size):
            part = sentences[start : start + size]
            yield np.arange(start, start + len(part)), self.encode(part)

    def _served_parts(
        self, encoder: ServedEncoder, sentences: list[str]
    ) -> Iterator[EmbeddedPart]:
        def next_part() -> EmbeddedPart | None:
            part = next(parts, None)
            if part is None:
                return None
            places = np.arange(len(sentences))[part[0]]
            return places, np.array(check_vectors(self.label, len(places), part[1]))

        culprit = f"encoder {self.label!r} failed in encode_parts"
        parts = self.boundary.call(
            culprit, lambda: iter(encoder.encode_parts(sentences)), self.deadline
        )
        while (part := self.boundary.call(culprit, next_part, self.deadline)) is not None:
            yield part

    def _encode(self, sentences: Sequence[str]) -> Embeddings:
        culprit = f"encoder {self.label!r} failed in encode"
        vectors = self.boundary.call(culprit, lambda: self._call(sentences), self.deadline)
        self.dim = self.dim or vectors.shape[1]
        if vectors.shape[1] != self.dim:
            widths = f"{self.dim}, then {vectors.shape[1]}"
            raise PluginError(f"encoder {self.label!r} must keep one dimension, got {widths}")
        return vectors

    def _call(self, sentences: Sequence[str]) -> Embeddings:
        """Return a copy: an encoder may fill the same array each time."""
        returned = self.encoder.encode(list(sentences))
        return np.array(check_vectors(self.label, len(sentences), returned))


def check_vectors(label: str, count: int, vectors: Any) -> Embeddings:  # noqa: ANN401 - plug-ins err
    """Return what an encoder gave for so many sentences, if it is a matrix with a row for each.

    Raises:
        PluginError: If it is not; the message says how to mend it.
    """
    owner = f"encoder {label!r}"
    if not isinstance(vectors, np.ndarray) or isinstance(vectors, np.ma.MaskedArray):
        got, cure = type(vectors).__name__, "np.asarray(vectors, dtype=np.float32)"
        if hasattr(vectors, "detach"):
            got, cure = f"{got} on {vectors.device}", "vectors.detach().float().cpu().numpy()"
        if isinstance(vectors, np.ma.MaskedArray):
            cure = "vectors.filled(0), which says what a masked value counts as"
        raise PluginError(f"{owner} must return a NumPy array, got {got}: return {cure}")
    if vectors.ndim != 2 or len(vectors) != count or vectors.shape[1] == 0:  # noqa: PLR2004
        raise PluginError(f"{owner} must return shape ({count}, dim), got {vectors.shape}")
    if loss := float32_loss(vectors):
        raise PluginError(f"{owner} must return float32, got {loss}")
    if vectors.dtype != np.float32:
        cure = "return vectors.astype(np.float32)"
        raise PluginError(f"{owner} must return float32, got {vectors.dtype}: {cure}")
    return vectors
