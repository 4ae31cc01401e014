"""One encoder's part in an encoding pass, and the vectors it has so far."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import isfinite
from time import monotonic
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from harness.encoder import Embeddings, Encoder, ReadingEncoder, encoder_hooks
from harness.encoding.made_with import Described, to_keep
from harness.encoding.plain_encoder import check_vectors
from harness.encoding.prompted_texts import PromptedTexts
from harness.encoding.vector_cache import VectorCache
from harness.errors import HarnessError, PluginError
from harness.keys.registered import RegisteredEncoder
from harness.keys.vectors import vector_key
from harness.machine.boundary import Boundary
from harness.machine.deadline import Deadline
from harness.task import Vectors

T = TypeVar("T")

_FLUSH_SECONDS = 20.0  # a killed run loses at most this much encoding


@dataclass
class EncodingJob:
    """One encoder's part in an encoding pass.

    Attributes:
        label: How messages name the encoder.
        encoder: The encoder.
        planned: What the encoder was made from; part of the key of its kept vectors.
        learned: Its seed or the checksum of its learned weights, as `vector_key` takes it.
        prompts: What is put before a first sentence, and before a second one.
        vectors: The result, once encoded.
        error: Why there is none.
        encoded: How many sentences went through the encoder; the rest came from the cache.
        seconds: Time of the pass, shared with the encoders that read the same hidden states.
        made_with: What the encoder reported of its device and limits, each time that it encoded
            some of the vectors: in this run, and in those that kept them.
    """

    label: str
    encoder: Encoder
    planned: RegisteredEncoder | None = None
    learned: str = ""
    prompts: tuple[str, str] = ("", "")
    vectors: Vectors | None = None
    error: HarnessError | None = None
    encoded: int = 0
    seconds: float = 0.0
    made_with: list[Described] = field(default_factory=list)

    def key(self) -> str | None:
        """Return the key of the encoder's kept vectors, see `vector_key`.

        Raises:
            PluginError: If the encoder's fingerprint fails.
        """
        return self.call(
            "fingerprint", lambda: vector_key(self.encoder, self.planned, self.learned)
        )

    @cached_property
    def second(self) -> "EncodingJob | None":
        """The part of the encoder of second sentences, where that is another one.

        Raises:
            PluginError: If the encoder fails to say.
        """
        other = self.call("second_side", lambda: encoder_hooks(self.encoder).second_side())
        if other is None:
            return None
        if not isinstance(other, Encoder):
            got = type(other).__name__
            raise PluginError(f"second_side of {self.label!r} must be an encoder, got {got}")
        return EncodingJob(self.label, other, self.planned, self.learned)

    def recorded_key(self) -> str | None:
        """Return what all vectors depend on: the key, or that of each side's encoder.

        Raises:
            PluginError: If a fingerprint fails.
        """
        keys = [each.key() for each in (self, self.second) if each is not None]
        return None if None in keys else "; second side: ".join(filter(None, keys))

    def add_second(self, second: "EncodingJob") -> None:
        """Put the vectors of second sentences, which another encoder made, beside the first ones'.

        There are none if one of them failed, or they are of different dimensions.
        """
        self.encoded += second.encoded
        self.seconds += second.seconds
        self.made_with += [each for each in second.made_with if each not in self.made_with]
        if self.vectors is None or second.vectors is None:
            self.vectors, self.error = None, self.error or second.error
            return
        widths = [each.matrix.shape[1] for each in (self.vectors, second.vectors)]
        if widths[0] != widths[1]:
            got = "{} and {}".format(*widths)
            self.vectors, self.error = (
                None,
                PluginError(
                    f"encoder {self.label!r} must have one dimension for both sides, got {got}"
                ),
            )
            return
        self.vectors = self.vectors.beside(second.vectors)

    @cached_property
    def boundary(self) -> Boundary:
        """What calls of the encoder pass."""
        return self.planned.boundary if self.planned else Boundary()

    @property
    def model(self) -> str:
        """The transformer that the encoder reads, as far as it says; empty for none."""
        if not self.is_ours or not isinstance(self.encoder, ReadingEncoder):
            return ""
        return str(getattr(self.encoder.source, "name", ""))

    @property
    def is_ours(self) -> bool:
        """Whether the encoder's class is one of the harness's own."""
        return type(self.encoder).__module__.partition(".")[0] == __name__.partition(".")[0]

    def call(self, what: str, work: Callable[[], T], deadline: Deadline | None = None) -> T:
        """Call the encoder.

        Args:
            what: Of its methods which, for the message.
            work: The call.
            deadline: Ends it; None for the limit of each call.

        Raises:
            PluginError: If it fails, or takes too long.
        """
        return self.boundary.call(f"encoder {self.label!r} failed in {what}", work, deadline)

    def require_key(self, key: str | None) -> None:
        """Refuse an encoder that is no longer the one whose vectors have this key.

        Raises:
            PluginError: If it is not.
        """
        if self.key() != key:
            raise PluginError(
                f"encoder {self.label!r} must keep its fingerprint during a run, got another: its"
                " code or files have changed, start the run again"
            )

    def describe(self) -> dict[str, str | int | float]:
        """Return what the encoder reports of its device and limits, for the record.

        Raises:
            PluginError: If it fails to.
        """
        return self.call("describe", self._describe)

    def _describe(self) -> dict[str, str | int | float]:
        if isinstance(self.encoder, ReadingEncoder):
            described: Mapping[str, object] = self.encoder.source.describe()
        else:
            described = encoder_hooks(self.encoder).describe()
        return {_encodable(str(name)): _recorded(value) for name, value in described.items()}


class EncodedRows:
    """The growing matrix of one job, and its cache.

    Args:
        job: Receives the number of encoded sentences, and in the end the vectors.
        cache: Has what need not be encoded, and gets what is; None keeps nothing.
        sentences: Distinct; each has a row.
    """

    def __init__(
        self, job: EncodingJob, cache: VectorCache | None, sentences: Sequence[str]
    ) -> None:
        self.job = job
        self._sentences = sentences
        self._cache = cache
        self._matrix: Embeddings = np.zeros((len(sentences), 0), dtype=np.float32)
        self.known = np.zeros(len(sentences), dtype=bool)
        if cache is not None:
            self.known, self._matrix = cache.load(sentences)
            job.made_with = list(cache.made_with)
        self._made_with: Described = {}
        self._unsaved: list[int] = []
        self._saved_at = monotonic()

    def put(self, rows: NDArray[np.intp], vectors: Any) -> None:  # noqa: ANN401 - plug-ins err
        """Fill rows with what the encoder gave.

        Args:
            rows: Which. Shape: (n,).
            vectors: Shape: (n, dim).

        Raises:
            PluginError: If it is no matrix with a row each, or of another dimension than before,
                or the encoder fails to describe itself.
            CacheError: If vectors cannot be kept.
        """
        vectors = check_vectors(self.job.label, len(rows), vectors)
        if self._matrix.shape[1] == 0:
            self._matrix = np.zeros((len(self._sentences), vectors.shape[1]), dtype=np.float32)
        if vectors.shape[1] != self._matrix.shape[1]:
            widths = f"{self._matrix.shape[1]}, then {vectors.shape[1]}"
            raise PluginError(f"encoder {self.job.label!r} must keep one dimension, got {widths}")
        self._matrix[rows] = vectors
        self.known[rows] = True
        self.job.encoded += len(rows)
        self._unsaved.extend(rows.tolist())
        if not self._made_with:
            self._describe()
        if monotonic() - self._saved_at > _FLUSH_SECONDS:
            self.flush()

    def require_all(self) -> None:
        """Refuse an encoder that left sentences without a vector.

        Raises:
            PluginError: If some have none.
        """
        missing = int((~self.known).sum())
        if missing:
            got = f"got none for {missing} of {len(self.known)}"
            raise PluginError(f"encoder {self.job.label!r} must embed every sentence, {got}")

    def flush(self) -> None:
        """Keep the finite vectors that are not kept yet, unless the encoder has changed.

        Raises:
            CacheError: If the disk refuses.
        """
        rows = [row for row in self._unsaved if np.isfinite(self._matrix[row]).all()]
        if self._cache is not None and rows and self._is_current():
            kept = [self._sentences[row] for row in rows]
            self._cache.add(kept, self._matrix[rows], self._made_with)
            if self._made_with not in self.job.made_with:
                self.job.made_with.append(self._made_with)
        self._unsaved = []
        self._saved_at = monotonic()

    def finish(self, texts: PromptedTexts) -> None:
        """Give the job its vectors, found by the sentences without prompts.

        Raises:
            PluginError: If the encoder has changed, or fails to describe itself.
        """
        if self._cache is not None and self.job.encoded:
            self.job.require_key(self._cache.key)
            self._describe()  # once more: the batch budget may have been halved
        self.job.vectors = Vectors(texts.first, self._matrix, texts.second)

    def _is_current(self) -> bool:
        """Whether the encoder is still the one that the cache is of."""
        try:
            return self._cache is not None and self.job.key() == self._cache.key
        except HarnessError:  # a fingerprint that fails is none; whoever asks again says so
            return False

    def _describe(self) -> None:
        """Note what the vectors of this run are made with, if they are kept."""
        if self._cache is not None:
            self._made_with = to_keep(self.job.describe())


def _recorded(value: object) -> str | int | float:
    """Return a value as a record can have it: JSON has no infinity and no half of a character."""
    if isinstance(value, int) or (isinstance(value, float) and isfinite(value)):
        return value
    return _encodable(str(value))


def _encodable(text: str) -> str:
    """Return text with what is no character as an escape."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
