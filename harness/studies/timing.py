"""Time encoders beside mean pooling, in turns, on the same sentences."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

from harness.argument_types import check_type
from harness.data import DataFolder, open_data
from harness.encoder import Context, Encoder, ReadingEncoder
from harness.errors import HarnessError
from harness.evaluation.report import Failure
from harness.planning.asked_tasks import TaskArgument, take_tasks
from harness.planning.planned_encoders import PlannedEncoder, plan_encoders
from harness.planning.planned_tasks import plan_tasks
from harness.results.progress import Counted
from harness.results.tables.table import Table
from harness.studies.peak_memory import peak_memory
from harness.task import OnProgress, OnRead, no_progress
from harness.trainable import TrainableEncoder
from harness.training.on_demand import load_or_train
from harness.training.options import TrainingOptions

BASELINE = "mean"
_WARM_UP = 64  # sentences encoded before the clock starts, so that models are loaded
_MEGABYTE = 1e6


@dataclass
class Timing:
    """What one encoder costs.

    Attributes:
        encoder: Its name or spec.
        training_seconds: Time of training, embedding of its text included; None without training.
        encoding_seconds: Time of each round.
        peak_bytes: Most memory held by a process that encodes; None if it was not measured.
    """

    encoder: str
    training_seconds: float | None = None
    encoding_seconds: list[float] = field(default_factory=list)
    peak_bytes: int | None = None

    @property
    def seconds(self) -> float:
        """Median time of a round."""
        return median(self.encoding_seconds)


class _Ready(NamedTuple):
    """An encoder that is made, and trained if need be."""

    timing: Timing
    encoder: Encoder
    planned: PlannedEncoder

    def encode(self, sentences: Sequence[str]) -> None:
        """Embed sentences.

        Raises:
            PluginError: If the encoder fails to.
        """
        culprit = f"encoder {self.planned.spec!r} failed in encode"
        texts = [self.planned.common.prompt + sentence for sentence in sentences]
        self.planned.boundary.call(culprit, lambda: self.encoder.encode(texts))


@dataclass(frozen=True)
class Bench:
    """The outcome of a benchmark.

    Attributes:
        timings: Mean pooling first.
        failures: What could not be timed, and why.
        sentences: How many distinct sentences a round encodes.
        title: What was measured, on what.
    """

    timings: list[Timing]
    failures: list[Failure]
    sentences: int
    title: str

    def table(self) -> Table:
        """Lay out the timings, a row per encoder."""
        baseline = next((t.seconds for t in self.timings if t.encoder == BASELINE), None)
        return Table(
            title=self.title,
            columns=(
                "encoder",
                "training s",
                "inference s",
                "sentences/s",
                f"× {BASELINE}",
                "peak MB",
            ),
            rows=tuple(
                (
                    timing.encoder,
                    _shown(timing.training_seconds, 1),
                    _shown(timing.seconds, 2),
                    _shown(self.sentences / timing.seconds, 0),
                    _shown(timing.seconds / baseline if baseline else None, 2),
                    _shown(timing.peak_bytes and timing.peak_bytes / _MEGABYTE, 0),
                )
                for timing in self.timings
            ),
        )


def benchmark(
    encoders: Sequence[str],
    tasks: Sequence[TaskArgument] = ("stsb-test",),
    *,
    data: str | Path | DataFolder | None = None,
    context: Context | None = None,
    settings: Mapping[str, Any] | None = None,
    rounds: int = 3,
    memory: bool = True,
    on_progress: OnProgress = no_progress,
    on_read: OnRead = lambda understood: None,
) -> Bench:
    """Train and time encoders, mean pooling among them.

    Trainable encoders are trained again on their own text, into a folder that is dropped. Every
    round each encoder in turn encodes all sentences, without cache.

    Args:
        encoders: Specs such as ``wk``.
        tasks: Names or specs of tasks or suites whose distinct sentences are encoded.
        data: ``sample``, a data folder, or None for ``HARNESS_DATA`` or the user's folder.
        context: Transformer, device and limits.
        settings: For every one of `encoders` that has them; not for the baseline.
        rounds: How often each encodes.
        memory: Whether to measure memory too, in a process of its own for each encoder.
        on_progress: Called with what is done.
        on_read: Called with one line about each of the user's own files that is read.

    Raises:
        HarnessError: If the request itself is wrong: a name, a setting, a data file.
    """
    check_type(Context, context=context)
    context = context or Context()
    folder = open_data(data)
    both = [*plan_encoders([BASELINE], {}), *plan_encoders(encoders, settings or {})]
    planned = list({(one.spec, one.model): one for one in both}.values())
    planned_tasks = plan_tasks(take_tasks(tasks), folder, {})
    for understood in filter(None, (task.understood for task in planned_tasks)):
        on_read(understood)
    sentences = list(dict.fromkeys(s for task in planned_tasks for s in task.sentences))
    failures: list[Failure] = []
    with tempfile.TemporaryDirectory() as checkpoints:
        ready: list[_Ready] = []
        making = Counted("making and training encoders", "encoders")
        for number, one in enumerate(planned):
            on_progress(making, number, len(planned))
            try:
                ready.append(_make(one, context, folder, Path(checkpoints), sentences))
            except HarnessError as error:
                failures.append(Failure(_called(one), None, str(error)))
        on_progress(making, len(planned), len(planned))
        ready = _time(ready, sentences, rounds, failures, on_progress)
        if memory:
            measure = partial(
                peak_memory,
                sentences=sentences,
                context=context,
                data=folder,
                checkpoints=Path(checkpoints),
            )
            _measure_memory(ready, measure, failures)
    titles = ", ".join(task.title for task in planned_tasks)
    return Bench(
        timings=[each.timing for each in ready],
        failures=failures,
        sentences=len(sentences),
        title=f"Efficiency on {titles}: {len(sentences)} distinct sentences, {_machine(ready)},"
        f" model {context.model}, median of {rounds} rounds",
    )


def _make(
    planned: PlannedEncoder,
    context: Context,
    data: DataFolder,
    checkpoints: Path,
    sentences: Sequence[str],
) -> _Ready:
    encoder = planned.make(context)
    timing = Timing(_called(planned))
    if isinstance(encoder, TrainableEncoder):
        options = TrainingOptions(checkpoints)
        own = planned.within(context)
        trained = load_or_train(planned.own, encoder, own, data=data, options=options)
        timing.training_seconds = trained.record.seconds
    ready = _Ready(timing, encoder, planned)
    ready.encode(sentences[:_WARM_UP])
    return ready


def _time(
    ready: list[_Ready],
    sentences: Sequence[str],
    rounds: int,
    failures: list[Failure],
    on_progress: OnProgress,
) -> list[_Ready]:
    """Let the encoders take turns; return those that did not fail."""
    failed: set[str] = set()
    timing_all = Counted("timing", "rounds")
    for done in range(rounds):
        on_progress(timing_all, done, rounds)
        for one in ready:
            timing = one.timing
            if timing.encoder in failed:
                continue
            started = perf_counter()
            try:
                one.encode(sentences)
            except HarnessError as error:
                failed.add(timing.encoder)
                failures.append(Failure(timing.encoder, None, str(error)))
            timing.encoding_seconds.append(perf_counter() - started)
    on_progress(timing_all, rounds, rounds)
    return [one for one in ready if one.timing.encoder not in failed]


def _measure_memory(
    ready: Sequence[_Ready],
    measure: Callable[[str], int | None],
    failures: list[Failure],
) -> None:
    for timing, _, planned in ready:
        try:
            timing.peak_bytes = measure(str(planned.asked))
        except HarnessError as error:
            reason = f"memory was not measured: {error}"
            failures.append(Failure(timing.encoder, None, reason))


def _called(planned: PlannedEncoder) -> str:
    """Return what the table calls an encoder: with a model of its own, if it has one."""
    return planned.label if planned.model is None else f"{planned.label}@{planned.model}"


def _machine(ready: Sequence[_Ready]) -> str:
    import torch  # deferred: `harness bench --help` need not pay

    for _, encoder, planned in ready:
        if isinstance(encoder, ReadingEncoder):
            culprit = f"encoder {planned.spec!r} failed in describe"
            source = planned.boundary.call(culprit, encoder.source.describe)
            threads = f", {torch.get_num_threads()} threads" if source["device"] == "cpu" else ""
            return f"{source['device']} ({source['device_name']}{threads}), {source['dtype']}"
    return "no transformer"


def _shown(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"
