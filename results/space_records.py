"""Analyses of embedding spaces on disk, and as tables."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from results.embedding_space import EmbeddingSpace
from results.store import UnreadableRecordError, safe_name
from results.tables import Table


class SpaceRecord(BaseModel):
    """One encoder's embedding space on one task's sentences.

    Attributes:
        encoder: The encoder's spec.
        model: The transformer; None for an encoder without one.
        seed: Seed of training; None for an encoder without training.
        task: The task's registered name.
        title: The task's name in tables.
        data: ``sample``, or the data folder.
        space: What was found.
        versions: Of Python and the packages that matter.
        git_revision: Of the harness's checkout.
        created: When, UTC, ISO 8601.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    encoder: str
    model: str | None
    seed: int | None
    task: str
    title: str
    data: str
    space: EmbeddingSpace
    versions: dict[str, str] = {}
    git_revision: str | None = None
    created: str = ""

    @property
    def file_name(self) -> str:
        """The same analysis done again has the same one."""
        key = (self.encoder, self.model, self.task, self.seed, self.data)
        words = "-".join(safe_name(str(part)) for part in key[:-1] if part is not None)
        return f"{words[:120]}-{hashlib.sha256(repr(key).encode()).hexdigest()[:12]}.json"


def read_spaces(folder: Path) -> list[SpaceRecord]:
    """Read all analyses of a folder, oldest first; none if there is no such folder.

    Raises:
        UnreadableRecordError: If a file is no analysis.
    """
    found = []
    for path in sorted(folder.glob("*.json")):
        try:
            found.append(SpaceRecord.model_validate_json(path.read_bytes()))
        except (OSError, ValidationError) as error:
            raise UnreadableRecordError(f"{path} is no analysis: {error}") from error
    return sorted(found, key=lambda record: record.created)


def space_tables(records: Sequence[SpaceRecord]) -> list[Table]:
    """Lay out analyses: for each task and data folder its figures, and cosines by gold score."""
    tables = []
    for task, data in dict.fromkeys((record.task, record.data) for record in records):
        alike = [record for record in records if (record.task, record.data) == (task, data)]
        sample = ", SAMPLE DATA" if data == "sample" else ""
        where = f"{alike[0].title}, {alike[0].space.sentences} sentences{sample}"
        tables += [_figure_table(alike, where), _band_table(alike, where)]
    return tables


def _figure_table(records: Sequence[SpaceRecord], where: str) -> Table:
    return Table(
        title=f"Embedding space: {where}",
        columns=("encoder", "dim", "anisotropy", "alignment", "uniformity", "effective dim"),
        rows=tuple(
            (
                _name(record),
                str(record.space.dim),
                f"{record.space.anisotropy:.3f}",
                f"{record.space.alignment:.3f}",
                f"{record.space.uniformity:.3f}",
                f"{record.space.effective_dim:.1f}",
            )
            for record in records
        ),
        notes=(
            "anisotropy: mean cosine of random pairs, 0 in all directions alike, 1 collapsed",
            "alignment: mean squared distance of pairs with gold score 4 or more, 0 at best",
            "uniformity: log mean exp(-2 d²) of random pairs, lower is more uniform",
            "effective dim: participation ratio of the variances",
        ),
    )


def _band_table(records: Sequence[SpaceRecord], where: str) -> Table:
    bands = [(band.low, band.high) for band in records[0].space.bands]
    return Table(
        title=f"Cosine by gold score: {where}",
        columns=("encoder", *(f"{low:g} to {high:g}" for low, high in bands)),
        rows=tuple(
            (
                _name(record),
                *(
                    f"{band.mean:.2f} [{band.lower:.2f}, {band.upper:.2f}]"
                    for band in record.space.bands
                ),
            )
            for record in records
        ),
        notes=("mean, and between which nine in ten pairs lie; a collapsed space is high all over",),
    )


def _name(record: SpaceRecord) -> str:
    told = [record.model] if record.model else []
    told += [f"seed {record.seed}"] if record.seed is not None else []
    return f"{record.encoder} ({', '.join(told)})" if told else record.encoder
