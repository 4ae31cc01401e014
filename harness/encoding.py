"""Encode each distinct sentence once, whatever number of encoders and tasks need it."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.cache import VectorCache
from harness.deadline import Deadline
from harness.encoder import Embeddings, Encoder, ReadingEncoder
from harness.errors import CacheError, HarnessError, PluginError, blaming
from harness.plain_encoder import PlainEncoder, check_vectors
from harness.task import OnProgress, Vectors, no_progress

_CHUNK = 2048  # sentences that a plain encoder is handed at a time
_FLUSH_SECONDS = 20.0  # a killed run loses at most this much encoding


@dataclass
class EncodingJob:
    """One encoder's part in an encoding pass.

    Attributes:
        label: How messages name the encoder.
        encoder: The encoder.
        identity: Where the encoder's code comes from; part of the cache's key.
        vectors: The result, once encoded.
        error: Why there is none.
        encoded: How many sentences went through the encoder; the rest came from the cache.
        seconds: Time of the pass, shared with the encoders that read the same hidden states.
    """

    label: str
    encoder: Encoder
    identity: str = ""
    vectors: Vectors | None = None
    error: HarnessError | None = None
    encoded: int = 0
    seconds: float = 0.0

    def fingerprint(self) -> str | None:
        """Text that differs whenever the vectors may differ; None if the encoder has none.

        Raises:
            PluginError: If the encoder cannot tell.
        """
        describe = getattr(self.encoder, "fingerprint", None)
        with blaming(f"encoder {self.label!r} failed in fingerprint"):
            known = describe() if describe is not None else None
        return None if known is None else f"{self.identity}; {known}"


class _Rows:
    """The growing matrix of one job, and its cache."""

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
        self._unsaved: list[int] = []
        self._saved_at = monotonic()

    def put(self, rows: NDArray[np.intp], vectors: Any) -> None:  # noqa: ANN401 - plug-ins err
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
        if monotonic() - self._saved_at > _FLUSH_SECONDS:
            self.flush()

    def flush(self) -> None:
        rows = [row for row in self._unsaved if np.isfinite(self._matrix[row]).all()]
        if self._cache is not None and rows:
            self._cache.add([self._sentences[row] for row in rows], self._matrix[rows])
        self._unsaved = []
        self._saved_at = monotonic()

    def finish(self, lookup: dict[str, int]) -> None:
        self.job.vectors = Vectors(lookup, self._matrix)


def encode_all(
    jobs: Sequence[EncodingJob],
    sentences: Sequence[str],
    *,
    cache_folder: Path | None = None,
    spot_checks: bool = False,
    timeout_seconds: float | None = None,
    on_progress: OnProgress = no_progress,
) -> None:
    """Give every job the vectors of the distinct sentences, or the error that prevented it.

    Encoders that read the same transformer's hidden states share one forward pass; what the
    cache has is not encoded again. An encoder that has a method ``release`` is told when it is
    done.

    Args:
        jobs: Filled in place.
        sentences: Repeats allowed; each distinct one is encoded once.
        cache_folder: Where vectors are kept between runs; None keeps none.
        spot_checks: Whether an encoder that does not read hidden states has a few sentences to
            embed once more, alone, so that rows in another order are found.
        timeout_seconds: Most time of an encoder, or of those that share a pass; None for any.
        on_progress: Told how far each pass is.

    Raises:
        CacheError: If vectors cannot be kept.
    """
    distinct = list(dict.fromkeys(sentences))
    encode_group = partial(
        _encode_group,
        distinct=distinct,
        cache_folder=cache_folder,
        spot_checks=spot_checks,
        timeout_seconds=timeout_seconds,
        on_progress=on_progress,
    )
    for group in _groups(jobs):
        encode_group(group)
        if len(group) > 1 and any(job.error for job in group):  # find out whose fault it was
            for job in group:
                job.error, job.encoded = None, 0
                encode_group([job])
        for job in group:
            getattr(job.encoder, "release", _nothing)()


def encode_reading(encoder: ReadingEncoder, sentences: Sequence[str]) -> Embeddings:
    """Embed sentences with an encoder that reads hidden states: its ``encode``, written once.

    Returns:
        In the order given. Shape: (n_sentences, dim).
    """
    job = EncodingJob("", encoder)
    distinct = list(dict.fromkeys(sentences))
    rows = _Rows(job, None, distinct)
    _read_hidden_states([rows], distinct, Deadline("", None), no_progress)
    rows.finish({sentence: row for row, sentence in enumerate(distinct)})
    if job.vectors is None:
        raise PluginError("no vectors were read")
    return job.vectors.of(sentences)


def _nothing() -> None: ...


def _groups(jobs: Sequence[EncodingJob]) -> list[list[EncodingJob]]:
    """Put together the jobs that can share a forward pass."""
    groups: dict[str, list[EncodingJob]] = {}
    for place, job in enumerate(jobs):
        key = f"alone {place}"
        try:
            with blaming(f"encoder {job.label!r} failed in fingerprint"):
                if isinstance(job.encoder, ReadingEncoder):
                    key = job.encoder.source.fingerprint
        except HarnessError as error:
            job.error = error
            continue
        groups.setdefault(key, []).append(job)
    return list(groups.values())


def _encode_group(
    group: list[EncodingJob],
    *,
    distinct: list[str],
    cache_folder: Path | None,
    spot_checks: bool,
    timeout_seconds: float | None,
    on_progress: OnProgress,
) -> None:
    started = monotonic()
    lookup = {sentence: row for row, sentence in enumerate(distinct)}
    stores: list[_Rows] = []
    with ExitStack() as held:
        try:
            caches = _open_caches(group, cache_folder, held)
            label = ", ".join(job.label for job in group)
            deadline = held.enter_context(Deadline(label, timeout_seconds))
            stores = [
                _Rows(job, cache, distinct) for job, cache in zip(group, caches, strict=True)
            ]
            if isinstance(group[0].encoder, ReadingEncoder):
                _read_hidden_states(stores, distinct, deadline, on_progress)
            else:
                plain = PlainEncoder(label, group[0].encoder, deadline, unchecked=spot_checks)
                _call_encoder(stores[0], plain, distinct, on_progress)
            for rows in stores:
                rows.finish(lookup)
        except CacheError:  # no encoder's fault
            raise
        except HarnessError as error:
            for job in group:
                job.error = error
        finally:
            for rows in stores:
                rows.flush()
    for job in group:
        job.seconds = monotonic() - started


def _open_caches(
    group: list[EncodingJob], folder: Path | None, locks: ExitStack
) -> list[VectorCache | None]:
    """Open and lock each job's cache, in one order for all runs so that none waits in a circle."""
    found: dict[str | None, VectorCache] = {}
    marks = [job.fingerprint() for job in group]
    for mark in sorted({mark for mark in marks if mark is not None}):
        if folder is not None:
            found[mark] = VectorCache(folder, mark)
            locks.enter_context(found[mark].locked())
    return [found.get(mark) for mark in marks]


def _read_hidden_states(
    stores: list[_Rows], distinct: list[str], deadline: Deadline, on_progress: OnProgress
) -> None:
    """One forward pass over the sentences that any job lacks."""
    missing = np.flatnonzero(~np.all([rows.known for rows in stores], axis=0))
    if len(missing) == 0:
        return
    encoders = [rows.job.encoder for rows in stores]
    readings = [encoder.read for encoder in encoders if isinstance(encoder, ReadingEncoder)]
    source = encoders[0].source  # type: ignore[attr-defined] # all are readings of equal sources
    label, done = ", ".join(rows.job.label for rows in stores), 0
    on_progress(label, 0, len(missing))
    with blaming(f"encoder {label!r} failed in read"):
        batches = iter(source.read([distinct[row] for row in missing], readings))
        while (batch := deadline.run(lambda: next(batches, None))) is not None:
            places, vectors = batch
            for rows, part in zip(stores, vectors, strict=True):
                rows.put(missing[places], part)
            done += len(places)
            on_progress(label, done, len(missing))


def _call_encoder(
    rows: _Rows, encoder: PlainEncoder, distinct: list[str], on_progress: OnProgress
) -> None:
    """Hand a plain encoder the sentences it lacks, a chunk at a time."""
    missing = np.flatnonzero(~rows.known)
    if len(missing):
        encoder.prepare([distinct[row] for row in missing])
    for start in range(0, len(missing), _CHUNK):
        on_progress(encoder.label, start, len(missing))
        places = missing[start : start + _CHUNK]
        rows.put(places, encoder.encode([distinct[row] for row in places]))
    on_progress(encoder.label, len(missing), len(missing))
