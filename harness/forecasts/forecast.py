"""Time and memory of counted work, as ranges with their source."""

from collections.abc import Iterable
from dataclasses import dataclass

from harness.forecasts.model_size import ModelSize, read_model_size
from harness.forecasts.span import Span, shown_gigabytes, shown_seconds
from harness.forecasts.speeds import SLOW_TASK, Speeds
from harness.forecasts.training_work import TrainingWork
from harness.forecasts.work import EncodingWork, Work

_STEP_COST = Span(3.0, 12.0)
"""A training example's cost in forward passes: backwards is two, of one to three views, some
longer than a test sentence."""
_MAP_COST = Span(1.0, 1.6)  # of embedding the text, and fitting a map to its vectors
_PROCESS_BYTES = Span(4e8, 7e8)  # Python, torch and transformers
_NUMBER_BYTES = 4
_TRAINED_NUMBERS = 4  # per parameter: itself, its gradient, AdamW's two means
_STATES = Span(8.0, 30.0)  # numbers kept per token and unit of a hidden state, of one layer
_VIEWS = Span(1.0, 3.0)
_TRAIN_LENGTH = 64
_MOST_TOKENS = 4096  # in a batch, where the encoder does not say


@dataclass(frozen=True)
class Forecast:
    """What some work comes to.

    Attributes:
        encoded: Sentences to encode.
        kept: Sentences whose vectors are kept already.
        trainings: How many trainings.
        steps: Their steps together.
        seconds: Time of all.
        peak_bytes: Memory at the most.
        sources: Where the speed of each model is from.
    """

    encoded: int
    kept: int
    trainings: int
    steps: int
    seconds: Span
    peak_bytes: Span
    sources: dict[str, str]

    def summary(self) -> str:
        """Write it in one line."""
        parts = [f"{self.encoded:,} sentences to encode"]
        parts += [f"{self.kept:,} kept from before"] if self.kept else []
        if self.trainings:
            steps = f" of {self.steps:,} steps in all" if self.steps else ""
            parts.append(f"{self.trainings} training{'s' * (self.trainings > 1)}{steps}")
        time, memory = shown_seconds(self.seconds), shown_gigabytes(self.peak_bytes)
        return f"{', '.join(parts)}: {time}, {memory} of memory"


def forecast(work: Work, speeds: Speeds) -> Forecast:
    """Return what work comes to at some speeds; scoring that takes moments is not in it."""
    folders = [one.folder for one in work.encodings] + [one.folder for one in work.trainings]
    sizes = {folder: read_model_size(folder) for folder in set(folders) if folder is not None}
    seconds, peaks, sources = Span(), [_PROCESS_BYTES], {}
    for one in work.encodings:
        size = sizes.get(one.folder) if one.folder else None
        speed = speeds.of(one.model, size)
        seconds += speed.seconds.times(len(one.missing) * one.rounds)
        peaks.append(_encoding_bytes(one, size))
        if one.model and one.missing:
            sources[one.model] = speed.source
    for training in work.trainings:
        size = sizes.get(training.folder) if training.folder else None
        speed = speeds.of(training.model, size)
        seconds += _training_seconds(training, speed.seconds)
        peaks.append(_training_bytes(training, size))
        sources.setdefault(training.model, speed.source)
    for task, count in work.scorings.items():
        seconds += speeds.scoring.get(task, SLOW_TASK).times(count)
    return Forecast(
        encoded=sum(len(one.missing) for one in work.encodings),
        kept=sum(one.texts - len(one.missing) for one in work.encodings),
        trainings=len(work.trainings),
        steps=sum(one.steps for one in work.trainings),
        seconds=seconds,
        peak_bytes=Span(max(p.low for p in peaks), max(p.high for p in peaks)),
        sources={model: source for model, source in sources.items() if model},
    )


def _training_seconds(training: TrainingWork, sentence: Span) -> Span:
    """Return how long a training takes where a sentence takes so long to encode."""
    if not training.steps:
        return sentence.times(training.sentences).times(_MAP_COST)
    examples = Span(training.fewest_steps, training.steps).times(training.batch_size)
    share = training.fewest_steps / training.steps
    dev = Span(share * training.dev_sentences, training.dev_sentences)
    return sentence.times(examples).times(_STEP_COST) + sentence.times(dev)


def _encoding_bytes(one: EncodingWork, size: ModelSize | None) -> Span:
    vectors = _NUMBER_BYTES * one.texts * (size.hidden if size else 768) * len(one.encoders)
    if size is None:
        return _PROCESS_BYTES + Span(vectors, vectors)
    weights = _NUMBER_BYTES * size.parameters
    states = _STATES.times(_NUMBER_BYTES * size.hidden * (one.token_budget or _MOST_TOKENS))
    return _PROCESS_BYTES + Span(weights + vectors, weights + vectors) + states


def _training_bytes(training: TrainingWork, size: ModelSize | None) -> Span:
    if size is None or not training.steps:
        return _PROCESS_BYTES
    weights = _NUMBER_BYTES * size.parameters * _TRAINED_NUMBERS
    tokens = training.batch_size * _TRAIN_LENGTH
    states = _STATES.times(_NUMBER_BYTES * size.hidden * size.layers * tokens).times(_VIEWS)
    return _PROCESS_BYTES + Span(weights, weights) + states


def total(forecasts: Iterable[Forecast]) -> Forecast:
    """Return what several forecasts come to one after the other."""
    found = list(forecasts)
    peaks = [one.peak_bytes for one in found] or [Span()]
    return Forecast(
        encoded=sum(one.encoded for one in found),
        kept=sum(one.kept for one in found),
        trainings=sum(one.trainings for one in found),
        steps=sum(one.steps for one in found),
        seconds=sum((one.seconds for one in found), Span()),
        peak_bytes=Span(max(p.low for p in peaks), max(p.high for p in peaks)),
        sources={model: source for one in found for model, source in one.sources.items()},
    )
