"""Embed sentences with one encoder, outside any task."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from harness.cache import cache_folder
from harness.checkpoints import CheckpointStore
from harness.encoder import Context, Embeddings
from harness.encoding import encode_all
from harness.encoding_job import EncodingJob
from harness.errors import PluginError, ScoringError, SettingError, TrainingError
from harness.on_demand import checkpoint_folder
from harness.planning import PlannedEncoder, plan_encoders
from harness.task import OnProgress, no_progress
from harness.trainable import TrainableEncoder
from harness.training_command import training_command


def encode(
    encoder: str,
    sentences: Sequence[str],
    *,
    context: Context | None = None,
    settings: Mapping[str, Any] | None = None,
    checkpoint: str | Path | None = None,
    cache: bool = True,
    on_progress: OnProgress = no_progress,
) -> Embeddings:
    """Embed sentences, each distinct one once.

    Args:
        encoder: Spec such as ``mean`` or ``mean:layers=last2``.
        sentences: Repeats allowed.
        context: Transformer, device and limits; its seed is that of a trained encoder.
        settings: The encoder's; the spec's own come first.
        checkpoint: Folder of a trained encoder's weights; None for the one in ``runs``.
        cache: Whether to keep vectors between runs.
        on_progress: Told how far the encoding is.

    Returns:
        In the order given. Shape: (n_sentences, dim).

    Raises:
        SettingError: If there is no sentence.
        TrainingError: If the encoder must be trained and is not.
        ScoringError: If a vector is not finite.
        HarnessError: If the request itself is wrong, or the encoder fails.
    """
    if not sentences:
        raise SettingError("sentences must be at least one, got none")
    context = context or Context()
    (planned,) = plan_encoders([encoder], settings or {})
    made = planned.make(context)
    if isinstance(made, TrainableEncoder):
        made.load(_find_checkpoint(planned, context, checkpoint))
    elif checkpoint is not None:
        raise SettingError(f"encoder {planned.spec!r} needs no training: leave the checkpoint out")
    job = EncodingJob(planned.spec, made, identity=planned.identity)
    folder = cache_folder() if cache else None
    encode_all([job], sentences, cache_folder=folder, on_progress=on_progress)
    if job.vectors is None:
        raise job.error or PluginError(f"encoder {planned.spec!r} gave no vectors")
    vectors = job.vectors.of(sentences)
    finite = np.isfinite(vectors).all(axis=1)
    if not finite.all():
        count, first = int((~finite).sum()), sentences[int(np.argmin(finite))]
        msg = f"{count} of {len(sentences)} vectors of {planned.spec!r} are not finite"
        raise ScoringError(f"{msg}, the first of {first!r}")
    return vectors


def _find_checkpoint(planned: PlannedEncoder, context: Context, folder: str | Path | None) -> Path:
    """Return the folder of trained weights that were made with these settings."""
    wanted = {
        "spec": planned.spec,
        "settings": dataclasses.asdict(planned.settings),
        "model": context.model,
    }
    what = f"encoder {planned.spec!r} for {context.model!r}"
    if folder is not None:
        named = Path(folder).expanduser().resolve()
        store = CheckpointStore(named.parent)
        if named not in store.matching(wanted):
            is_of = "{0[spec]!r} for {0[model]!r}".format(store.manifest(named))
            raise TrainingError(f"checkpoint {named} must be of {what}, is of {is_of}")
        return store.whole(named)
    store = CheckpointStore(checkpoint_folder(None))
    found = store.matching({**wanted, "seed": context.seed})
    if not found:
        cure = f"run {training_command(planned, context.model, context.seed)}"
        raise TrainingError(f"{what} is not trained with seed {context.seed}: {cure}")
    if len(found) > 1:
        names = " or ".join(map(str, found))
        raise TrainingError(f"{what} was trained on several texts: name a checkpoint, {names}")
    return store.whole(found[0])
