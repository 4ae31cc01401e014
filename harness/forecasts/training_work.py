"""What a training comes to: its text, its steps, how often it is scored on the dev task."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol, runtime_checkable

from harness.checkpoints.store import CheckpointStore
from harness.corpus import Corpus
from harness.encoder import Context, ReadingEncoder, encoder_hooks
from harness.evaluation.run_options import RunOptions
from harness.finetuning.example_order import step_count
from harness.finetuning.hyperparameters import FineTuningSettings
from harness.keys.checkpoints import CheckpointKey, checkpoint_key
from harness.planning.planned_encoders import PlannedEncoder
from harness.trainable import StagedEncoder, TrainableEncoder
from harness.training.corpus_reader import CorpusReader
from harness.training.dev_score import DevData
from harness.training.on_demand import first_stage, read_corpus
from harness.training.options import TrainingOptions


@runtime_checkable
class CountsExamples(Protocol):
    """A fine-tuned encoder, which knows how many examples a text has for it."""

    def count(self, corpus: Corpus) -> tuple[int, str]:
        """Return how many examples a text has, and what to call them."""
        ...

    def fitted_settings(self, examples: int) -> FineTuningSettings:
        """Return the settings with a batch no larger than a small sample of a text."""
        ...


@dataclass(frozen=True)
class TrainingWork:
    """One training that has no checkpoint yet.

    Attributes:
        encoder: The encoder's spec.
        model: Its base model.
        folder: Of the model's files, where it is known.
        seed: Its seed.
        text: Name of the training text.
        sentences: How many sentences that has.
        steps: Steps of gradient descent through the transformer; 0 for an encoder that learns
            from vectors of a frozen one.
        fewest_steps: After how many the dev scores may end it.
        batch_size: Examples per step.
        dev_sentences: Sentences that are embedded for all dev scores together.
        digest: Of its checkpoint.
    """

    encoder: str
    model: str
    folder: Path | None
    seed: int
    text: str
    sentences: int
    steps: int
    fewest_steps: int
    batch_size: int
    dev_sentences: int
    digest: str


def count_training(
    planned: PlannedEncoder,
    encoder: TrainableEncoder,
    context: Context,
    options: RunOptions,
    *,
    reader: CorpusReader,
    training: TrainingOptions | None = None,
) -> tuple[list[TrainingWork], str]:
    """Return the trainings that an encoder needs and that have no checkpoint yet.

    Args:
        planned: What it was made from.
        encoder: The encoder; a staged one may leave with the weights of its base.
        context: What it was made with.
        options: How it would be run.
        reader: Holds the texts that were read.
        training: How it would be trained, if not as `options` say.

    Returns:
        The trainings, that of its base first, and the digest of the encoder's own.

    Raises:
        HarnessError: If its text or dev data cannot be read.
    """
    training = training or options.training_options
    store = CheckpointStore(training.checkpoints)
    before: list[TrainingWork] = []
    if (stage := first_stage(encoder, training)) and isinstance(encoder, StagedEncoder):
        own = stage.planned, stage.encoder, stage.context
        before, digest = count_training(*own, options, reader=reader, training=stage.options)
        if not before and (place := store.find(digest)) is not None:
            culprit = f"encoder {planned.spec!r} failed in start_from"
            planned.boundary.call(culprit, partial(encoder.start_from, place.absolute()))
    corpus = read_corpus(encoder, options.data, training, context.seed, reader=reader)
    uses_dev = encoder_hooks(encoder).uses_dev
    dev = reader.dev(training, options.data, context.device) if uses_dev else None
    key = checkpoint_key(planned, encoder, context, corpus, dev.identity if dev else None)
    if not before and not training.retrain and store.has(key):
        return [], key.digest
    return [*before, _count(planned, encoder, corpus, dev, key)], key.digest


def _count(
    planned: PlannedEncoder,
    encoder: TrainableEncoder,
    corpus: Corpus,
    dev: DevData | None,
    key: CheckpointKey,
) -> TrainingWork:
    """Count one training's steps and scorings."""
    steps = fewest = batch = scorings = 0
    settings = getattr(encoder, "settings", None)
    if isinstance(settings, FineTuningSettings) and isinstance(encoder, CountsExamples):
        culprit = f"encoder {planned.spec!r} failed in count"
        examples, kind = planned.boundary.call(culprit, partial(encoder.count, corpus))
        if corpus.is_sample:
            settings = encoder.fitted_settings(examples)
        text = f"training text {corpus.name!r}"
        steps = step_count(examples, settings, text=text, kind=kind)
        batch = settings.batch_size
        fewest = steps
        if dev is not None:
            scorings = steps // settings.eval_steps + 1
            fewest = min(steps, settings.eval_steps * settings.patience)
    source = encoder.source if isinstance(encoder, ReadingEncoder) else None
    return TrainingWork(
        encoder=planned.spec,
        model=key.model if source is not None else "",
        folder=getattr(source, "folder", None),
        seed=key.seed,
        text=corpus.name,
        sentences=corpus.sentence_count,
        steps=steps,
        fewest_steps=fewest,
        batch_size=batch,
        dev_sentences=scorings * len(set(dev.planned.sentences)) if dev else 0,
        digest=key.digest,
    )
