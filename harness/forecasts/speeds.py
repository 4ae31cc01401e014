"""How fast this machine is: measured now, from earlier records, or by a rule of thumb."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from harness.forecasts.model_size import ModelSize
from harness.forecasts.span import Span
from harness.results.records.record import Record

SPREAD = Span(0.8, 1.3)  # of what one machine measures on other sentences at another hour
_FEWEST = 50  # sentences; fewer time little but the first batch
_TOKENS = 20.0  # of a sentence of the STS data sets, padding included
_OPERATIONS = 2.0  # per parameter and token: a product and a sum
_RATES = {"cpu": Span(4e9, 4e10), "cuda": Span(3e12, 5e13), "mps": Span(4e11, 4e12)}
"""Operations per second that transformers reach: per thread of a CPU, and of a whole GPU."""
_UNKNOWN_MODEL = ModelSize(110_000_000, 86_000_000, 12, 768)  # as BERT-base
_WITHOUT_MODEL = Span(2e-5, 2e-3)  # seconds per sentence of encoders that read no transformer

SLOW_TASK = Span(5.0, 600.0)
"""Seconds that a slow task takes to score one encoder, where no record says."""

MEASURED, THUMB = "measured now", "rule of thumb"


@dataclass(frozen=True)
class Speed:
    """How long a sentence takes.

    Attributes:
        seconds: Per sentence.
        source: Where that is from.
    """

    seconds: Span
    source: str


@dataclass
class Speeds:
    """How long a sentence takes, by model.

    Attributes:
        device: Kind of device.
        threads: Of the CPU.
        known: What was measured of models, now or earlier.
        scoring: Seconds that slow tasks took to score one encoder.
    """

    device: str
    threads: int
    known: dict[str, Speed] = field(default_factory=dict)
    scoring: dict[str, Span] = field(default_factory=dict)

    def of(self, model: str, size: ModelSize | None) -> Speed:
        """Return the speed of a model: as measured, else by a rule of thumb over its size.

        Args:
            model: Its name; empty for encoders that read none.
            size: How large it is; None where that is not known, and a BERT-base is assumed.
        """
        if model in self.known:
            return self.known[model]
        if not model:
            return Speed(_WITHOUT_MODEL, THUMB)
        work = _OPERATIONS * _TOKENS * (size or _UNKNOWN_MODEL).computing
        rate = _RATES.get(self.device, _RATES["cpu"])
        if self.device == "cpu":
            rate = rate.times(self.threads)
        return Speed(Span(work / rate.high, work / rate.low), THUMB)


def recorded_speeds(records: Iterable[Record], runtime: Mapping[str, object]) -> dict[str, Speed]:
    """Return the speed of each model that records of this machine time.

    Args:
        records: Any.
        runtime: Device and number format of now; records with others time something else.
    """
    names = ("device_name", "dtype", "threads")
    found: dict[str, set[float]] = {}
    for record in records:
        count = record.times.get("sentences_encoded", 0)
        is_alike = all(record.runtime.get(name) == runtime.get(name) for name in names)
        if record.model and is_alike and count >= _FEWEST:
            found.setdefault(record.model, set()).add(record.times["encoding_seconds"] / count)
    return {
        model: Speed(
            Span(min(seconds), max(seconds)).times(SPREAD),
            f"{len(seconds)} earlier run{'' if len(seconds) == 1 else 's'}",
        )
        for model, seconds in found.items()
    }


def recorded_scorings(records: Iterable[Record]) -> dict[str, Span]:
    """Return how long each task took to score one encoder, in seconds."""
    found: dict[str, list[float]] = {}
    for record in records:
        if seconds := record.times.get("scoring_seconds"):
            found.setdefault(record.task, []).append(seconds)
    return {task: Span(min(each), max(each)).times(SPREAD) for task, each in found.items()}
