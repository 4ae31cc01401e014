"""Train an encoder when it is needed and no checkpoint of it exists."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

from harness.checkpoints.manifest import read_manifest
from harness.checkpoints.store import CheckpointStore
from harness.corpus import Corpus
from harness.data import DataFolder
from harness.encoder import Context, encoder_hooks
from harness.errors import HarnessError, SettingError, TrainingError
from harness.keys.checkpoints import CheckpointKey, checkpoint_key
from harness.machine.distributed import from_first_process
from harness.planning.planned_encoders import PlannedEncoder, plan_encoders
from harness.results.records.training import TrainingRecord
from harness.settings import Spec
from harness.trainable import StagedEncoder, TrainableEncoder
from harness.training.advice import trained_instead, training_command
from harness.training.corpus_reader import CorpusReader
from harness.training.fitting import fit
from harness.training.leakage import TaskTexts, note_overlap
from harness.training.options import TrainingOptions
from harness.training.training_record import picked_by, scored_on


@dataclass(frozen=True)
class Checkpoint:
    """A trained encoder's checkpoint.

    Attributes:
        folder: Where it lies.
        manifest: What its ``training.json`` says.
        is_new: Whether it was trained just now.
        record: The training as records report it.
    """

    folder: Path
    manifest: Mapping[str, Any]
    is_new: bool
    record: TrainingRecord


def load_or_train(
    planned: PlannedEncoder,
    encoder: TrainableEncoder,
    context: Context,
    *,
    data: DataFolder,
    options: TrainingOptions,
    texts: TaskTexts | None = None,
    reader: CorpusReader | None = None,
) -> Checkpoint:
    """Load an encoder's checkpoint, or train it and keep one.

    Args:
        planned: Which encoder, with what settings.
        encoder: The encoder; leaves with its trained weights loaded.
        context: What it was made with; its seed is that of training.
        data: Where the training text and the dev task lie.
        options: How to train.
        texts: Sentences to look for in the training text, for the record.
        reader: Holds the texts that the run has read.

    Raises:
        TrainingError: If there is no checkpoint and none may be made, or training fails.
    """
    reader, seed = reader or CorpusReader(), context.seed
    base = _prepare_base(planned, encoder, data=data, options=options, texts=texts, reader=reader)
    corpus = read_corpus(encoder, data, options, seed, reader=reader)
    uses_dev = encoder_hooks(encoder).uses_dev
    dev = reader.dev(options, data, context.device) if uses_dev else None
    key = checkpoint_key(planned, encoder, context, corpus, dev.identity if dev else None)
    _refuse_disagreement(key)
    store = CheckpointStore(options.checkpoints)
    started = monotonic()
    missing = partial(_missing, planned, key, data=data, options=options)
    if not options.train and (options.retrain or not store.is_known(key)):
        raise missing()
    with store.reserve(key, retrain=options.retrain) as slot:
        folder = slot.checkpoint
        if folder is None:
            if not options.train:
                raise missing()
            if dev and options.dev is not None:
                note_overlap(dev.planned.name, dev.planned.sentences, corpus)
            history = fit(planned, encoder, corpus, key, slot.work, dev=dev, options=options)
            folder = slot.keep(encoder, history, planned.boundary)
        load_weights(planned, encoder, folder)
    is_new = slot.checkpoint is None
    seconds = monotonic() - started if is_new else 0.0
    manifest = read_manifest(folder)
    choice = picked_by(manifest) if uses_dev else None
    seen = [*(texts.within(corpus) if texts else ()), *scored_on(choice, dev, texts)]
    record = TrainingRecord(
        corpus=corpus.name,
        corpus_sha256=corpus.checksum,
        sentences=corpus.sentence_count,
        tasks=tuple(dict.fromkeys([*corpus.tasks, *seen, *(base.tasks if base else ())])),
        picked_by=choice,
        checkpoint=folder.name.rpartition("-")[2],  # one of an earlier version keeps its name
        seconds=seconds,
        base=base,
    )
    return Checkpoint(folder, manifest, is_new, record)


def load_weights(planned: PlannedEncoder, encoder: TrainableEncoder, folder: Path) -> None:
    """Have an encoder load its checkpoint.

    Raises:
        PluginError: If it fails to.
    """
    culprit, place = f"encoder {planned.spec!r} failed in load", folder.absolute()
    planned.boundary.call(culprit, lambda: encoder.load(place))


def read_corpus(
    encoder: TrainableEncoder | type[TrainableEncoder],
    data: DataFolder,
    options: TrainingOptions,
    seed: int,
    *,
    reader: CorpusReader,
) -> Corpus:
    """Read the text an encoder is to be trained on with this seed."""
    corpus = reader.read(options.corpus or encoder.corpus, options, data)
    return corpus if options.limit is None else corpus.sample(options.limit, seed)


@dataclass(frozen=True)
class FirstStage:
    """The encoder whose trained weights another one starts from.

    Attributes:
        planned: What it is made from.
        encoder: The encoder.
        context: What it was made with.
        options: How it is trained, on its own corpus.
    """

    planned: PlannedEncoder
    encoder: TrainableEncoder
    context: Context
    options: TrainingOptions


def first_stage(encoder: TrainableEncoder, options: TrainingOptions) -> FirstStage | None:
    """Return the encoder that this one starts from; None if it starts from its model.

    Raises:
        TrainingError: If there is no such encoder.
        SettingError: If it is not trainable.
    """
    if not isinstance(encoder, StagedEncoder) or encoder.base is None:
        return None
    with _blaming_first_stage(encoder.base):
        (asked,) = plan_encoders([encoder.base.replace(";", ",")], {})
        planned = asked.own
        base = planned.make(encoder.context)
    if not isinstance(base, TrainableEncoder):
        raise SettingError(f"base must be a trainable encoder, {planned.spec!r} is none")
    own = replace(options, text=None, corpus=None, limit=None, retrain=False)
    return FirstStage(planned, base, encoder.context, own)


def _prepare_base(
    planned: PlannedEncoder,
    encoder: TrainableEncoder,
    *,
    data: DataFolder,
    options: TrainingOptions,
    texts: TaskTexts | None,
    reader: CorpusReader,
) -> TrainingRecord | None:
    """Find or train the encoder that this one starts from, on that one's own corpus."""
    stage = first_stage(encoder, options)
    if stage is None or not isinstance(encoder, StagedEncoder):
        return None
    with _blaming_first_stage(str(encoder.base)):
        prepared = load_or_train(
            stage.planned,
            stage.encoder,
            stage.context,
            data=data,
            options=stage.options,
            texts=texts,
            reader=reader,
        )
    planned.boundary.call(
        f"encoder {planned.spec!r} failed in start_from",
        partial(encoder.start_from, prepared.folder.absolute()),
    )
    return prepared.record


@contextmanager
def _blaming_first_stage(base: str) -> Iterator[None]:
    """Say of an error that it is the first stage's, and where that one is set.

    Args:
        base: Spec of the first stage, ``;`` between its settings.
    """
    try:
        yield
    except HarnessError as error:
        settings = f"base='{Spec.split(base)[0]}:NAME=VALUE;...'"
        raise TrainingError(f"first stage {base!r} (its settings: {settings}): {error}") from error


def _missing(
    planned: PlannedEncoder, key: CheckpointKey, *, data: DataFolder, options: TrainingOptions
) -> TrainingError:
    model, corpus, seed, asked = key.model, key.corpus, key.seed, key.encoder
    command = training_command(
        planned,
        Context(model, dtype=asked.dtype, max_length=asked.max_length, seed=seed),
        data=data,
        training=options,
    )
    found = CheckpointStore(options.checkpoints).of_encoder(asked, model)
    return TrainingError(
        f"encoder {planned.spec!r} is not trained for {model!r} on {corpus!r}"
        f" with seed {seed}: leave out --no-train, or run {command}"
        f"{trained_instead(found, key)}"
    )


def _refuse_disagreement(key: CheckpointKey) -> None:
    """Make sure that all processes are about to train the same.

    Raises:
        TrainingError: If this one read another text or other dev data than the first.
    """
    if from_first_process(lambda: key.digest) != key.digest:
        cure = "let all read the same files"
        raise TrainingError(f"all processes must train alike, this one reads other data: {cure}")
