"""Encode each distinct sentence once, whatever number of encoders and tasks need it."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from harness.encoder import Embeddings, Encoder, Reading, ReadingEncoder, encoder_hooks
from harness.encoding.job import EncodedRows, EncodingJob
from harness.encoding.plain_encoder import PlainEncoder, check_vectors
from harness.encoding.prompted_texts import PromptedTexts
from harness.encoding.vector_cache import VectorCache
from harness.errors import CacheError, HarnessError, PluginError
from harness.machine.boundary import blaming
from harness.machine.deadline import Deadline
from harness.results.progress import Counted
from harness.task import OnProgress, Sides, no_progress

T = TypeVar("T")
Batch: TypeAlias = tuple[NDArray[np.intp], list[Embeddings]]
"""Which sentences, and each reading's rows for them."""

_CHUNK = 2048  # sentences that a plain encoder is handed at a time


def encode_all(
    jobs: Sequence[EncodingJob],
    sentences: Sequence[str],
    *,
    cache_folder: Path | None = None,
    stays_loaded: bool = False,
    on_progress: OnProgress = no_progress,
) -> None:
    """Give every job its vectors, or the error that prevented it, as `encode_in_turn` does."""
    for _ in encode_in_turn(
        jobs,
        sentences,
        cache_folder=cache_folder,
        stays_loaded=stays_loaded,
        on_progress=on_progress,
    ):
        pass


def encode_in_turn(
    jobs: Sequence[EncodingJob],
    sentences: Sequence[str],
    sides: Sides | None = None,
    *,
    cache_folder: Path | None = None,
    spot_checks: bool = False,
    timeout_seconds: float | None = None,
    stays_loaded: bool = False,
    on_progress: OnProgress = no_progress,
) -> Iterator[EncodingJob]:
    """Yield each job with the vectors of the distinct sentences, or the error that prevented it.

    Jobs come in the order given, each encoded when its turn comes, so that few vectors are alive
    at a time where each job's are dropped before the next is asked for. Encoders that read the
    same transformer's hidden states of the same texts share one forward pass, when the first one's
    turn comes. What the cache has is not encoded again. Each encoder is released when it is done.

    Args:
        jobs: Filled in place.
        sentences: Repeats allowed; each distinct one is encoded once, behind its prompt.
        sides: The same by where they stand in pairs, if any stands second. A sentence on both
            sides is encoded twice where their prompts or encoders differ.
        cache_folder: Where vectors are kept between runs; None keeps none.
        spot_checks: Whether an encoder that neither reads hidden states nor is served has a few
            sentences to embed once more, alone, so that rows in another order are found.
        timeout_seconds: Most time of an encoder, or of those that share a pass; None for any.
        stays_loaded: Whether encoders are not released, as more sentences follow soon.
        on_progress: Called with the progress of each pass.

    Raises:
        CacheError: If vectors cannot be kept.
    """
    sides = sides or Sides(sentences, ())
    encode_group = partial(
        _encode_group,
        cache_folder=cache_folder,
        spot_checks=spot_checks,
        timeout_seconds=timeout_seconds,
        on_progress=on_progress,
    )
    groups = {id(group[0]): group for group in _groups(jobs)}
    for job in jobs:
        if id(job) in groups:
            texts = PromptedTexts.of_sides(job.prompts, sentences, sides)
            if job.second is not None:
                texts = PromptedTexts.of_one_side(job.prompts[0], sides.first)
            _encode_soundly(groups[id(job)], encode_group, texts)
            if not stays_loaded:
                _release_all(groups[id(job)])
        if job.error is None and job.second is not None and sides.second:
            texts = PromptedTexts.of_one_side(job.prompts[1], sides.second)
            _encode_soundly([job.second], encode_group, texts)
            _release_all([job.second])
            job.add_second(job.second)
        yield job


def encode_reading(encoder: ReadingEncoder, sentences: Sequence[str]) -> Embeddings:
    """Embed sentences with an encoder that reads hidden states: its ``encode``, written once.

    Returns:
        In the order given. Shape: (n_sentences, dim).
    """
    job = EncodingJob("", encoder)
    texts = PromptedTexts.of_one_side("", sentences)
    rows = EncodedRows(job, None, texts.distinct)
    _read_hidden_states([rows], texts.distinct, Deadline("", None), no_progress)
    rows.finish(texts)
    if job.vectors is None:
        raise PluginError("no vectors were read")
    return job.vectors.of(sentences)


def _encode_soundly(
    group: list[EncodingJob], encode_group: Callable[..., None], texts: PromptedTexts
) -> None:
    """Encode jobs that share a pass; those that fail in it do not stop the others.

    Args:
        group: The jobs.
        encode_group: Encodes jobs that share a pass.
        texts: What they are handed.
    """
    encode_group(group, texts)
    if len(group) > 1 and any(job.error for job in group):
        _encode_sound(group, encode_group, texts)


def _release_all(group: list[EncodingJob]) -> None:
    """Release the encoders of jobs; who fails in that has no vectors."""
    for job in group:
        try:
            job.call("release", partial(_release, job.encoder))
        except HarnessError as error:
            job.vectors, job.error = None, job.error or error


def _release(encoder: Encoder) -> None:
    encoder_hooks(encoder).release()


def _encode_sound(
    group: list[EncodingJob], encode_group: Callable[..., None], texts: PromptedTexts
) -> None:
    """Encode again the jobs that do not fail on one sentence: together, or alone if that fails."""
    sample = PromptedTexts.of_one_side("", texts.distinct[:1])  # most that fail will fail on it
    for job in group:
        job.error = None
        encode_group([job], sample)
    sound = [job for job in group if job.error is None]
    for parts in ([sound], [[job] for job in sound]):
        for job in sound:
            job.vectors, job.error, job.encoded = None, None, 0
        for part in filter(None, parts):
            encode_group(part, texts)
        if not any(job.error for job in sound):
            return


def _groups(jobs: Sequence[EncodingJob]) -> list[list[EncodingJob]]:
    """Put together the jobs that can share a forward pass: over the same texts."""
    groups: dict[Hashable, list[EncodingJob]] = {}
    for place, job in enumerate(jobs):
        try:
            source = job.call("fingerprint", partial(_source_of, job))
            is_alone = job.second is not None or source is None or job.boundary.computes_otherwise
        except HarnessError as error:
            job.error = error
            continue
        groups.setdefault(place if is_alone else (source, job.prompts), []).append(job)
    return list(groups.values())


def _source_of(job: EncodingJob) -> str | None:
    """Return the fingerprint of the transformer that an encoder reads; None if it reads none."""
    return job.encoder.source.fingerprint if isinstance(job.encoder, ReadingEncoder) else None


def _encode_group(
    group: list[EncodingJob],
    texts: PromptedTexts,
    *,
    cache_folder: Path | None,
    spot_checks: bool,
    timeout_seconds: float | None,
    on_progress: OnProgress,
) -> None:
    started = monotonic()
    stores: list[EncodedRows] = []
    with ExitStack() as held:
        try:
            caches = _open_caches(group, cache_folder, held)
            label = ", ".join(job.label for job in group)
            deadline = held.enter_context(Deadline(f"encoder {label!r}", timeout_seconds))
            stores = [
                EncodedRows(job, cache, texts.distinct)
                for job, cache in zip(group, caches, strict=True)
            ]
            if isinstance(group[0].encoder, ReadingEncoder):
                _read_hidden_states(stores, texts.distinct, deadline, on_progress)
            else:
                plain = PlainEncoder(
                    label, group[0].encoder, group[0].boundary, deadline, unchecked=spot_checks
                )
                _call_encoder(stores[0], plain, texts.distinct, on_progress)
            for rows in stores:
                rows.finish(texts)
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
    if folder is None:
        return [None for _ in group]
    found: dict[str | None, VectorCache] = {}
    keys = [job.key() for job in group]
    jobs = {key: job for key, job in zip(keys, group, strict=True) if key is not None}
    for key, job in sorted(jobs.items(), key=lambda each: each[0]):
        found[key] = VectorCache(folder, key, encoder=job.label, model=job.model)
        locks.enter_context(found[key].locked())
    for job, expected in zip(group, keys, strict=True):
        job.require_key(expected)  # the run may have waited for the lock
    return [found.get(key) for key in keys]


def _read_hidden_states(
    stores: list[EncodedRows],
    distinct: list[str],
    deadline: Deadline,
    on_progress: OnProgress,
) -> None:
    """One forward pass over the sentences missing from any job."""
    missing = np.flatnonzero(~np.all([rows.known for rows in stores], axis=0))
    if len(missing) == 0:
        return
    jobs = [rows.job for rows in stores]
    label, done = ", ".join(job.label for job in jobs), 0
    call = partial(_call_readers, jobs, f"encoder {label!r} failed in read", deadline)
    sentences = [distinct[row] for row in missing]
    batches = call(lambda: _read_batches(jobs, sentences))
    work = Counted(f"encoding {label}", "sentences")
    on_progress(work, 0, len(missing))
    while (batch := call(lambda: next(batches, None))) is not None:
        places, vectors = batch
        for rows, part in zip(stores, vectors, strict=True):
            rows.put(missing[places], part)
        done += len(places)
        on_progress(work, done, len(missing))
    for rows in stores:
        rows.require_all()


def _call_readers(
    jobs: list[EncodingJob], culprit: str, deadline: Deadline, work: Callable[[], T]
) -> T:
    """Call what reads hidden states; ours changes nothing of the process, and is called often."""
    if all(job.is_ours for job in jobs):
        with blaming(culprit):
            return deadline.run(work)
    return jobs[0].boundary.call(culprit, work, deadline)


def _read_batches(jobs: list[EncodingJob], sentences: list[str]) -> Iterator[Batch]:
    """Yield places and rows as the jobs' transformer returns them, checked."""
    source = jobs[0].encoder.source  # type: ignore[attr-defined] # all are readings of equal sources
    for places, vectors in source.read(sentences, [_reading(job) for job in jobs]):
        rows = np.arange(len(sentences))[places]
        parts = zip(jobs, vectors, strict=True)
        yield rows, [check_vectors(job.label, len(rows), part) for job, part in parts]


def _reading(job: EncodingJob) -> Reading:
    """Return how an encoder reads; a plug-in's reading passes a boundary of its own."""
    read: Reading = job.encoder.read  # type: ignore[attr-defined] # it is a reading one
    if job.is_ours:
        return read
    culprit = f"encoder {job.label!r} failed in read"
    return lambda states: job.boundary.call_unlimited(culprit, lambda: read(states))


def _call_encoder(
    rows: EncodedRows, encoder: PlainEncoder, distinct: list[str], on_progress: OnProgress
) -> None:
    """Hand a plain encoder its missing sentences; keep each part at once that is paid for."""
    missing, done = np.flatnonzero(~rows.known), 0
    sentences = [distinct[row] for row in missing]
    if sentences:
        encoder.prepare(sentences)
    work = Counted(f"encoding {rows.job.label}", "sentences")
    on_progress(work, done, len(missing))
    for places, vectors in encoder.encode_parts(sentences, _CHUNK):
        rows.put(missing[places], vectors)
        if encoder.is_served:
            rows.flush()
        done += len(places)
        on_progress(work, done, len(missing))
    rows.require_all()
