"""One measured result and everything it rests on: what a run leaves behind as JSON."""

from collections.abc import Mapping
from itertools import chain
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
)

from harness.results.families import FAMILY_METRICS, LOWER_IS_BETTER, PROTOCOLS
from harness.results.records.model_names import model_name
from harness.results.records.training import TrainingRecord

SCHEMA_VERSION: Literal[2] = 2
SAMPLE = "sample"
"""How records name the package's own sample data, on which scores mean nothing."""
OWN_FILES = "own files"
"""How records name data that lies in no data folder: files that the user named."""

WORDS_KNOWN = "words_known"
"""Where `Record.runtime` says how many different words of a run had a vector."""
SCORED_ZERO = "scored_zero"
"""Where `Record.details` says how many pairs of each split had no similarity and scored 0."""
READ_AS = "read_as"
"""Where `Record.details` says in one line what was read of the user's own files."""

MIGRATED = "migrated_from_schema"
"""Where `Record.details` says of which version a record was before it was written anew."""

TRACKS = "tracks"
"""Where `Record.details` says that the splits are tracks, each reported by itself."""

ModelName: TypeAlias = Annotated[str, AfterValidator(model_name)]
"""A transformer, whether read or just measured, by the one name that `model_name` returns."""

Scores: TypeAlias = dict[str, float | dict[str, float | None] | None]
"""Fractions, by metric and for STS by protocol; None, as JSON has it, for a score that is nan."""


class FileRecord(BaseModel):
    """A data file that was read."""

    model_config = ConfigDict(frozen=True)

    name: str
    sha256: str
    rows: int


class Record(BaseModel):
    """One encoder's result on one task.

    Attributes:
        schema_version: Version of this layout; a file of the second has a digest of its content.
        encoder: The encoder's spec, settings that differ from the defaults included.
        name: What tables call it; empty for the spec itself. Not written then.
        origin: Where its code comes from: distribution and version, or name and checksum of a
            file.
        model: The transformer, as `model_name` names it; None for an encoder without one.
        seed: Seed of training; None for an encoder without training.
        task: The task's registered name; of the user's own files, what they are called.
        title: The task's name in tables.
        family: Tasks of one family share a table.
        data: ``sample``, the data folder, or ``own files``.
        scores: On the test data.
        lower_is_better: Metrics of the task, besides `LOWER_IS_BETTER`, whose lowest score is the
            best.
        dev_scores: Scores on held-out training data.
        splits: Scores and counts of each split.
        items: Per split, columns with one number per item.
        details: How the scores came about.
        settings: Every setting of the encoder.
        task_settings: Every setting of the task, but where its files lie.
        data_files: The files the task was read from.
        data_checksum: One checksum over them.
        altered_files: Those of them whose checksum is not the published one.
        training: How the encoder was trained, if it was.
        dim: Length of the vectors.
        fingerprint: What the vectors depend on; None if the encoder does not say.
        runtime: Device, number format, batch budget, longest input; words known.
        versions: Of Python and the packages that matter.
        git_revision: Of the harness's checkout.
        times: Seconds of encoding and scoring, sentences encoded and found in the cache.
        created: When, UTC, ISO 8601.
        is_sealed: Whether a digest shows that the content is what was measured. A file that 0.1.0
            wrote has none, and that of a migrated one only shows what was read then. Not written.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1, 2] = SCHEMA_VERSION
    encoder: str
    name: str = ""
    origin: str = ""
    model: ModelName | None
    seed: int | None
    task: str
    title: str
    family: str
    data: str
    scores: Scores
    lower_is_better: tuple[str, ...] = ()
    dev_scores: Scores = Field(default_factory=dict)
    splits: dict[str, dict[str, Any]] = Field(default_factory=dict)
    items: dict[str, dict[str, list[float]]] = Field(default_factory=dict)
    details: dict[str, Any] = Field(default_factory=dict)
    settings: dict[str, Any] = Field(default_factory=dict)
    task_settings: dict[str, Any] = Field(default_factory=dict)
    data_files: tuple[FileRecord, ...] = ()
    data_checksum: str = ""
    altered_files: tuple[str, ...] = ()
    training: TrainingRecord | None = None
    dim: int
    fingerprint: str | None = None
    runtime: dict[str, Any] = Field(default_factory=dict)
    versions: dict[str, str] = Field(default_factory=dict)
    git_revision: str | None = None
    times: dict[str, float] = Field(default_factory=dict)
    created: str = ""
    is_sealed: bool = Field(default=True, exclude=True)

    @model_serializer(mode="wrap")
    def _without_empty_name(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Write a record without a name as earlier versions write and read it."""
        values: dict[str, Any] = write(self)
        if not self.name:
            values.pop("name", None)
        return values

    @property
    def label(self) -> str:
        """What tables call the encoder."""
        return self.name or self.encoder

    @property
    def encoder_name(self) -> str:
        """What the encoder is registered as: its spec without settings."""
        return self.encoder.partition(":")[0]

    @property
    def is_sample(self) -> bool:
        """Whether the scores were measured on the package's own sample."""
        return self.data == SAMPLE

    @property
    def trained_on_this_task(self) -> bool:
        """Whether the encoder saw text of this task in training, or was picked by scores on it."""
        return self.training is not None and self.task in self.training.tasks

    @property
    def differs_by_rounding(self) -> bool:
        """Whether similarities of a split differ by no more than rounding makes them differ."""
        return bool(self.details.get("rounding"))

    @property
    def has_tracks(self) -> bool:
        """Whether the splits are tracks, each reported by itself."""
        return bool(self.details.get(TRACKS)) and len(self.splits) > 1

    @property
    def is_of_raw_text(self) -> bool:
        """Whether the task's text was not SentEval's tokenised one, as far as the record says."""
        return self.details.get("text") == "raw"

    @property
    def headline_metric(self) -> str:
        """The metric shown where none is asked for: its family's first that it has, or its own."""
        names = (*FAMILY_METRICS.get(self.family, ()), *self.scores)
        return next((name for name in names if name in self.scores), "")

    def prefers_low(self, metric: str) -> bool:
        """Whether the lowest score of a metric is the best."""
        return metric in self.lower_is_better or metric in LOWER_IS_BETTER

    def score(self, metric: str, protocol: str) -> float | None:
        """Return one score as a fraction, None if the task has none.

        Args:
            metric: Such as ``spearman``; one that this record has, or a task that comes with the
                harness.
            protocol: ``all``, ``wmean`` or ``mean``. A task of one split has one score whatever it
                is.

        Raises:
            ValueError: If there is no such metric or protocol.
        """
        known = dict.fromkeys((*self.scores, *chain.from_iterable(FAMILY_METRICS.values())))
        for what, name, names in (("metric", metric, known), ("protocol", protocol, PROTOCOLS)):
            if name not in names:
                raise ValueError(f"{what} must be one of {', '.join(names)}, got {name!r}")
        return self.find_score(metric, protocol)

    def find_score(self, metric: str, protocol: str) -> float | None:
        """Return one score as `score` does, and None for any other metric too."""
        return score_under(self.scores.get(metric), protocol)

    def summary(self) -> dict[str, Any]:
        """Return the record as JSON values, the per-item numbers left out.

        ``is_sealed`` stands in those of a record without a digest.
        """
        values = self.model_dump(mode="json", exclude={"items"})
        return values if self.is_sealed else {**values, "is_sealed": False}


def score_under(score: float | Mapping[str, float | None] | None, protocol: str) -> float | None:
    """Return a score under a protocol; one of a single protocol, or of none, as it is."""
    if isinstance(score, Mapping):
        only = next(iter(score.values())) if len(score) == 1 else None
        score = score.get(protocol, only)
    return None if score is None else float(score)


_MOST = 6000  # pairs of one result that are drawn


def pair_scores(record: Record, column: str) -> tuple[float, ...]:
    """Return one column, ``gold`` or ``system``, of the pairs of all splits."""
    return tuple(value for split in record.items.values() for value in split.get(column, ()))


def drawing_step(pairs: int) -> int:
    """Return every how many of so many pairs one is drawn; 1 for all."""
    return 1 + pairs // _MOST
