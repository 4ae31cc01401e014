"""Analyses of embedding spaces on disk, and as tables."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.results.file_names import last_words
from harness.results.records.aspects import is_drawn
from harness.results.records.record import SAMPLE, TrainingRecord
from harness.results.records.store import UnreadableRecordError
from harness.results.statistics.embedding_space import EmbeddingSpace, SimilarityBand
from harness.results.tables.scoreboard_table import Table, leakage_note

_HALF = 0.5  # of the variance


class SpaceRecord(BaseModel):
    """One encoder's embedding space on one task's sentences.

    Attributes:
        encoder: The encoder's spec.
        model: The transformer; None for an encoder without one.
        seed: Seed of training; None for an encoder without training.
        training: How the encoder was trained, if it was.
        settings: Every setting of the encoder.
        fingerprint: What the vectors depend on; None if the encoder does not tell.
        runtime: Device, number format, batch budget, longest input.
        task: The task's registered name.
        title: The task's name in tables.
        data: ``sample``, or the data folder.
        data_checksum: One checksum over the task's files.
        space: What was found.
        versions: Of Python and the packages that matter.
        git_revision: Of the harness's checkout.
        created: When, UTC, ISO 8601.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    encoder: str
    model: str | None
    seed: int | None
    training: TrainingRecord | None = None
    settings: dict[str, Any] = Field(default_factory=dict)
    fingerprint: str | None = None
    runtime: dict[str, Any] = Field(default_factory=dict)
    task: str
    title: str
    data: str
    data_checksum: str = ""
    space: EmbeddingSpace
    versions: dict[str, str] = Field(default_factory=dict)
    git_revision: str | None = None
    created: str = ""

    @property
    def name(self) -> str:
        """The encoder, model, drawn training text and seed, as tables and diagrams name it."""
        told = [Path(self.model).name] if self.model else []
        told += [self.training.corpus] if self.training and is_drawn(self.training) else []
        told += [f"seed {self.seed}"] if self.seed is not None else []
        return f"{self.encoder} ({', '.join(told)})" if told else self.encoder

    @property
    def place(self) -> str:
        """What was embedded."""
        sample = ", SAMPLE DATA" if self.data == SAMPLE else ""
        return f"{self.title}, {self.space.sentences} sentences{sample}"

    @property
    def file_name(self) -> str:
        """The same analysis done again has the same one."""
        parts = [self.encoder, self.model, self.task, self.seed]
        words = "-".join(last_words(str(part)) for part in parts if part is not None)
        texts = [self.training.texts] if self.training else []
        key = json.dumps([*parts, self.data_checksum, self.fingerprint, *texts])
        return f"{words[:120]}-{hashlib.sha256(key.encode()).hexdigest()[:12]}.json"


def space_folder(folder: Path) -> Path:
    """Return where the analyses of a folder of records lie."""
    return folder / "analysis"


def read_space(path: Path) -> SpaceRecord:
    """Read one analysis.

    Raises:
        UnreadableRecordError: If the file is none.
    """
    try:
        return SpaceRecord.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise UnreadableRecordError(f"{path} is no analysis: {reason}") from error


def read_spaces(folder: Path) -> list[SpaceRecord]:
    """Read all analyses of a folder of records, oldest first; none if it has none.

    Raises:
        UnreadableRecordError: If a file is no analysis.
    """
    found = [read_space(path) for path in sorted(space_folder(folder).glob("*.json"))]
    return sorted(found, key=lambda record: record.created)


def space_tables(records: Sequence[SpaceRecord]) -> list[Table]:
    """Lay out analyses: for each task and data folder its figures, and cosines by gold score."""
    tables = []
    for task, data in dict.fromkeys((record.task, record.data) for record in records):
        alike = [record for record in records if (record.task, record.data) == (task, data)]
        tables += [_figure_table(alike), _band_table(alike)]
    return tables


def _figure_table(records: Sequence[SpaceRecord]) -> Table:
    return Table(
        title=f"Embedding space: {records[0].place}",
        columns=(
            "encoder",
            "dim",
            "anisotropy",
            "alignment",
            "uniformity",
            "effective dim",
            "dims of half the variance",
        ),
        rows=tuple((record.name, *_figures(record.space)) for record in records),
        notes=(
            "anisotropy: mean cosine of different sentences, 0 spread all over, 1 collapsed",
            "alignment: mean squared distance of pairs with gold score 4 or more, 0 at best",
            "uniformity: log mean exp(-2 d²) of different sentences, lower is more uniform",
            "effective dim: 1 over the sum of the squared shares of the variance",
            *(
                f"{record.name}: {record.space.zero_vectors} zero vectors left out"
                for record in records
                if record.space.zero_vectors
            ),
            *(
                leakage_note(record.name, record.title)
                for record in records
                if record.training is not None and record.task in record.training.tasks
            ),
        ),
    )


def _figures(space: EmbeddingSpace) -> tuple[str, ...]:
    return (
        str(space.dim),
        f"{space.anisotropy:.3f}",
        "–" if space.alignment is None else f"{space.alignment:.3f}",
        f"{space.uniformity:.3f}",
        f"{space.effective_dim:.1f}",
        _half_of(space.spectrum),
    )


def _half_of(spectrum: Sequence[float]) -> str:
    """Return how many of the largest shares make up half of the variance."""
    total = 0.0
    for count, share in enumerate(spectrum, start=1):
        total += share
        if total >= _HALF:
            return str(count)
    return f"> {len(spectrum)}" if spectrum else "–"


def _band_table(records: Sequence[SpaceRecord]) -> Table:
    every = {(band.low, band.high) for record in records for band in record.space.bands}
    bands = sorted(every)
    return Table(
        title=f"Cosine by gold score: {records[0].place}",
        columns=("encoder", *(f"{low:g} to {high:g}" for low, high in bands)),
        rows=tuple((record.name, *_band_cells(record.space, bands)) for record in records),
        notes=(
            "mean, and between which nine in ten pairs lie; a collapsed space is high all over",
        ),
    )


def _band_cells(space: EmbeddingSpace, bands: Sequence[tuple[float, float]]) -> tuple[str, ...]:
    own = {(band.low, band.high): band for band in space.bands}
    return tuple(_band_text(own.get(band)) for band in bands)


def _band_text(band: SimilarityBand | None) -> str:
    return f"{band.mean:.2f} [{band.lower:.2f}, {band.upper:.2f}]" if band else "–"
