"""What an evaluation comes to, counted without training or encoding anything."""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.encoder import ReadingEncoder, encoder_hooks
from harness.encoding.job import EncodingJob
from harness.encoding.prompted_texts import PromptedTexts
from harness.encoding.vector_cache import VectorCache, cache_folder
from harness.errors import HarnessError
from harness.evaluation.run_options import RunOptions
from harness.forecasts.training_work import TrainingWork, count_training
from harness.keys.vectors import drawn_weights
from harness.planning.planned_encoders import PlannedEncoder
from harness.planning.planned_tasks import PlannedTask, all_sides
from harness.task import task_hooks
from harness.trainable import TrainableEncoder
from harness.training.corpus_reader import CorpusReader


@dataclass
class EncodingWork:
    """One pass over the sentences, which encoders that read the same hidden states share.

    Attributes:
        encoders: Their specs.
        model: The transformer; empty for encoders that read none.
        folder: Of the transformer's files, where it is known.
        texts: How many distinct texts there are.
        missing: Those that have no kept vector yet.
        token_budget: Most tokens in a batch; 0 where it is not known.
        rounds: How often they are encoded.
    """

    encoders: list[str]
    model: str
    folder: Path | None
    texts: int
    missing: set[str]
    token_budget: int = 0
    rounds: int = 1


@dataclass
class Work:
    """What an evaluation comes to.

    Attributes:
        encodings: The passes, those that find everything kept among them.
        trainings: The trainings that have no checkpoint yet.
        scorings: How many encoders are scored on each slow task.
        failures: What cannot be counted, each as one line.
    """

    encodings: list[EncodingWork] = field(default_factory=list)
    trainings: list[TrainingWork] = field(default_factory=list)
    scorings: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def add(self, other: "Work") -> None:
        """Add what another evaluation comes to."""
        self.encodings += other.encodings
        self.trainings += other.trainings
        self.scorings += other.scorings
        self.failures += other.failures


class WorkCounter:
    """Counts what evaluations come to one after the other; nothing is downloaded or written.

    What one of them encodes or trains, those after it find.
    """

    def __init__(self) -> None:
        self.reader = CorpusReader()
        self.encoded: dict[str, set[str]] = {}
        self.trained: set[str] = set()

    def count(
        self,
        encoders: Iterable[PlannedEncoder],
        tasks: Sequence[PlannedTask],
        options: RunOptions,
        seeds: Sequence[int],
    ) -> Work:
        """Count what it takes to score encoders on tasks.

        Args:
            encoders: The encoders; one that cannot be made is a failure.
            tasks: The tasks.
            options: How they would be run.
            seeds: For encoders that depend on one.
        """
        counted = _Evaluation(self, tasks, options)
        for planned in encoders:
            try:
                for seed in seeds:
                    if not counted.add(planned, seed):
                        break
            except HarnessError as error:
                counted.work.failures.append(f"{planned.spec}: {error}")
        counted.work.encodings += counted.passes.values()
        return counted.work


@dataclass
class _Evaluation:
    """One evaluation that is being counted.

    Attributes:
        before: What those before it encode and train.
        tasks: The tasks.
        options: How it would be run.
        work: What it comes to.
        passes: Its passes, by what encoders share them for.
    """

    before: WorkCounter
    tasks: Sequence[PlannedTask]
    options: RunOptions
    work: Work = field(default_factory=Work)
    passes: dict[Hashable, EncodingWork] = field(default_factory=dict)

    def add(self, planned: PlannedEncoder, seed: int) -> bool:
        """Add an encoder with a seed, and return whether another seed makes it another one."""
        context = replace(self.options.context, seed=seed, offline=True)
        encoder = planned.own.make(context)
        seeded, digest = encoder_hooks(encoder).seeded, ""
        if not planned.is_ready and isinstance(encoder, TrainableEncoder):
            reader = self.before.reader
            needed, digest = count_training(
                planned.own, encoder, context, self.options, reader=reader
            )
            trained = self.before.trained
            self.work.trainings += [one for one in needed if one.digest not in trained]
            trained.update(one.digest for one in needed)
        drawn = drawn_weights(seed) if seeded and not digest else ""
        prompts = planned.common.prompts
        self._add_pass(EncodingJob(planned.spec, encoder, planned.own, drawn, prompts), digest)
        slow = [task.name for task in self.tasks if task_hooks(task.definition).slow]
        self.work.scorings.update(slow)
        return seeded or bool(digest)

    def _add_pass(self, job: EncodingJob, digest: str) -> None:
        """Add an encoder to the pass that it shares, or give it one of its own."""
        sentences = [sentence for task in self.tasks for sentence in task.sentences]
        texts = PromptedTexts.of_sides(job.prompts, sentences, all_sides(self.tasks)).distinct
        source = job.encoder.source if isinstance(job.encoder, ReadingEncoder) else None
        place: Hashable = len(self.passes)
        if source is not None and not digest:
            place = job.call("fingerprint", lambda: source.fingerprint), job.prompts
        missing = self._missing(texts, f"trained {digest}" if digest else job.key())
        if place in self.passes:
            self.passes[place].encoders.append(job.label)
            self.passes[place].missing |= missing
            return
        self.passes[place] = EncodingWork(
            [job.label],
            "" if source is None else self.options.context.model,
            getattr(source, "folder", None),
            len(texts),
            missing,
            0 if source is None else int(job.describe().get("token_budget", 0)),
        )

    def _missing(self, texts: Sequence[str], key: str | None) -> set[str]:
        """Return the texts that must be encoded; the evaluations after this one find them."""
        missing = set(texts)
        if key is not None and self.options.cache:
            kept = self.before.encoded.setdefault(key, set())
            missing -= kept | VectorCache(cache_folder(), key).known(texts)
            kept |= missing
        return missing
