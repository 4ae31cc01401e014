"""Embed sentences with one encoder, outside any task."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from harness.argument_types import check_type, take_texts
from harness.checkpoints.manifest import MANIFEST, read_manifest, whole
from harness.checkpoints.store import CheckpointStore
from harness.encoder import Context, Embeddings, Encoder, encoder_hooks
from harness.encoding.encoding import encode_all
from harness.encoding.job import EncodingJob
from harness.encoding.vector_cache import cache_folder
from harness.errors import PluginError, ScoringError, SettingError, TrainingError, quoted
from harness.keys.checkpoints import TrainedEncoder, trained_encoder
from harness.keys.vectors import drawn_weights, learned_weights
from harness.planning.planned_encoders import PlannedEncoder, plan_encoders
from harness.processed_vectors import stored
from harness.task import OnProgress, no_progress
from harness.trainable import TrainableEncoder
from harness.training.advice import how_trained, training_command
from harness.training.on_demand import load_weights
from harness.training.options import checkpoint_folder

OnCheckpoint: TypeAlias = Callable[[Path, Mapping[str, Any]], None]
"""Called with the folder of a trained encoder's weights, and what its ``training.json`` says."""


@dataclass(frozen=True)
class ReadyEncoder:
    """An encoder that is made, with the weights that it has learned.

    Attributes:
        planned: What it was made from; of its common settings only the prompts count here.
        encoder: The encoder.
        context: What it runs with.
        learned: What the vectors' key holds of its weights, drawn or trained.
    """

    planned: PlannedEncoder
    encoder: Encoder
    context: Context
    learned: str

    @property
    def seed(self) -> int | None:
        """That of its weights; None for an encoder whose weights depend on none."""
        return self.context.seed if self.learned else None

    @cached_property
    def _first(self) -> EncodingJob:
        own = self.planned.own
        return EncodingJob(own.spec, self.encoder, own, self.learned)

    def job(self, *, is_second: bool = False) -> EncodingJob:
        """Return a new part in an encoding pass, of second sentences of pairs if so asked."""
        of_side = (self._first.second or self._first) if is_second else self._first
        return replace(of_side, prompts=(self.planned.common.prompts[is_second],) * 2)

    def encode(
        self,
        sentences: Sequence[str],
        *,
        is_second: bool = False,
        cache_folder: Path | None = None,
        stays_loaded: bool = False,
        on_progress: OnProgress = no_progress,
    ) -> Embeddings:
        """Embed sentences, each distinct one once, in the order given.

        Args:
            sentences: Repeats allowed.
            is_second: Whether they stand second in pairs, as documents behind queries.
            cache_folder: Where vectors are kept between runs; None keeps none.
            stays_loaded: Whether the encoder is not released, as more sentences follow soon.
            on_progress: Called with the progress of the encoding.

        Returns:
            Shape: (n_sentences, dim).

        Raises:
            ScoringError: If a vector is not finite.
            HarnessError: If the encoder fails.
        """
        job, spec = self.job(is_second=is_second), self.planned.own.spec
        encode_all(
            [job],
            sentences,
            cache_folder=cache_folder,
            stays_loaded=stays_loaded,
            on_progress=on_progress,
        )
        if job.vectors is None:
            raise job.error or PluginError(f"encoder {spec!r} gave no vectors")
        vectors = job.vectors.of(sentences)
        finite = np.isfinite(vectors).all(axis=1)
        if not finite.all():
            count, first = int((~finite).sum()), sentences[int(np.argmin(finite))]
            msg = f"{count} of {len(sentences)} vectors of {spec!r} are not finite"
            raise ScoringError(f"{msg}, the first of {quoted(first)}")
        return vectors


def encode(
    encoder: str,
    sentences: Sequence[str],
    *,
    context: Context | None = None,
    settings: Mapping[str, Any] | None = None,
    checkpoint: str | Path | None = None,
    out: str | Path | None = None,
    cache: bool = True,
    on_progress: OnProgress = no_progress,
    on_checkpoint: OnCheckpoint = lambda folder, manifest: None,
) -> NDArray[Any]:
    """Embed sentences, each distinct one once.

    Args:
        encoder: Spec such as ``mean`` or ``mean:layers=last2@minilm``.
        sentences: Repeats allowed.
        context: Transformer, device and limits; its seed is that of a trained encoder.
        settings: The encoder's; the spec's own come first.
        checkpoint: Folder of a trained encoder's weights; None for the one in ``out``.
        out: Folder of the records that checkpoints lie beside; None for ``runs``.
        cache: Whether to keep vectors between runs.
        on_progress: Called with the progress of the encoding.
        on_checkpoint: Called with the folder of a trained encoder's weights, and what its
            ``training.json`` says, before anything is encoded.

    Returns:
        In the order given; those of another precision as `stored` keeps them, int8 and uint8 with
        each dimension's range over these very sentences. Shape: (n_sentences, dim).

    Raises:
        SettingError: If there is no sentence.
        TrainingError: If the encoder must be trained and is not.
        ScoringError: If a vector is not finite.
        HarnessError: If the request itself is wrong, or the encoder fails.
        TypeError: If an argument has the wrong type, such as one string for the sentences.
    """
    sentences = take_texts("sentences", sentences)
    if not sentences:
        raise SettingError("sentences must be at least one, got none")
    ready = ready_encoder(
        encoder,
        context=context,
        settings=settings,
        checkpoint=checkpoint,
        out=out,
        on_checkpoint=on_checkpoint,
    )
    if ready.planned.common.second_prompt is not None or ready.job().second is not None:
        msg = "second_prompt must be left out, since no sentence here stands second in a pair"
        raise SettingError(f"{msg}: set it as prompt")
    kept = cache_folder() if cache else None
    vectors = ready.encode(sentences, cache_folder=kept, on_progress=on_progress)
    common = ready.planned.common
    return stored(common.process(vectors), common.precision)


def ready_encoder(
    encoder: str,
    *,
    context: Context | None = None,
    settings: Mapping[str, Any] | None = None,
    checkpoint: str | Path | None = None,
    out: str | Path | None = None,
    on_checkpoint: OnCheckpoint = lambda folder, manifest: None,
) -> ReadyEncoder:
    """Make an encoder, and load its weights if it is a trained one; `encode` has the arguments.

    Raises:
        TrainingError: If the encoder must be trained and is not.
        HarnessError: If the request itself is wrong, or the encoder fails.
        TypeError: If an argument has the wrong type.
    """
    check_type(Context, context=context)
    check_type(Mapping, settings=settings)
    (asked,) = plan_encoders([encoder], settings or {})
    planned, context = asked.own, asked.within(context or Context())
    made = planned.make(context)
    store = CheckpointStore(checkpoint_folder(None if out is None else Path(out)))
    learned = _load(planned, made, context, checkpoint or store, on_checkpoint)
    return ReadyEncoder(asked, made, context, learned)


def _load(
    planned: PlannedEncoder,
    made: Encoder,
    context: Context,
    place: str | Path | CheckpointStore,
    on_checkpoint: OnCheckpoint,
) -> str:
    """Load the weights of a trained encoder; return what the vectors' key holds of them."""
    if isinstance(made, TrainableEncoder):
        trained = trained_encoder(planned, made, context)
        folder = _find_checkpoint(planned, trained, context, place)
        load_weights(planned, made, folder)
        manifest = read_manifest(folder)
        on_checkpoint(folder, manifest)
        return learned_weights(manifest["files"])
    if not isinstance(place, CheckpointStore):
        raise SettingError(f"encoder {planned.spec!r} needs no training: leave the checkpoint out")
    return drawn_weights(context.seed) if encoder_hooks(made).seeded else ""


def _find_checkpoint(
    planned: PlannedEncoder,
    trained: TrainedEncoder,
    context: Context,
    place: str | Path | CheckpointStore,
) -> Path:
    """Return the folder of trained weights that were made with these settings.

    Args:
        planned: The encoder.
        trained: How it is trained.
        context: Its base model and seed.
        place: The folder itself, or where to look for it.
    """
    what = f"encoder {planned.spec!r} for {context.model!r}"
    if not isinstance(place, CheckpointStore):
        folder = Path(place).expanduser().resolve()
        if not (folder / MANIFEST).is_file():
            got = repr(str(place))
            raise TrainingError(
                f"checkpoint must be an existing folder with {MANIFEST}, got {got}"
            )
        store = CheckpointStore(folder.parent)
        if folder not in store.of_encoder(trained, context.model):
            is_of = "{0[spec]!r} for {0[model]!r}".format(read_manifest(folder))
            raise TrainingError(f"checkpoint {folder} must be of {what}, is of {is_of}")
        return whole(folder)
    found = place.of_encoder(trained, context.model)
    of_seed = {
        folder: each
        for folder, each in found.items()
        if each["seed"] == context.seed and trained.describes(each)
    }
    if len(of_seed) == 1:
        return whole(*of_seed)
    there = (f"{folder} ({how_trained(each)})" for folder, each in (of_seed or found).items())
    choices = f"use --checkpoint {' or '.join(there)}" if found else ""
    if of_seed:
        raise TrainingError(f"{what} has several checkpoints: {choices}")
    command = f"run {training_command(planned, context)}"
    cures = ", or ".join(filter(None, (command, choices)))
    raise TrainingError(f"{what} is not trained with seed {context.seed}: {cures}")
