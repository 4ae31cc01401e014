"""Analyses of embedding spaces on disk."""

import hashlib
import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.results.files import last_words
from harness.results.records.aspects import is_drawn
from harness.results.records.record import SAMPLE, ModelName
from harness.results.records.sealed import UnreadableRecordError, read_json, unseal
from harness.results.records.store import read_each
from harness.results.records.training import TrainingRecord
from harness.results.statistics.embedding_space import EmbeddingSpace


class SpaceRecord(BaseModel):
    """One encoder's embedding space on one task's sentences.

    Attributes:
        encoder: The encoder's spec.
        model: The transformer; None for an encoder without one.
        seed: Seed of training; None for an encoder without training.
        training: How the encoder was trained, if it was.
        settings: Every setting of the encoder.
        fingerprint: What the vectors depend on; None if the encoder does not say.
        runtime: Device, number format, batch budget, longest input.
        task: The task's registered name.
        title: The task's name in tables.
        data: ``sample``, or the data folder.
        data_checksum: One checksum over the task's files.
        altered_files: Those of them whose checksum is not the published one.
        space: What was found.
        versions: Of Python and the packages that matter.
        git_revision: Of the harness's checkout.
        created: When, UTC, ISO 8601.
        is_sealed: Whether a digest shows that the content is what was measured.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    encoder: str
    model: ModelName | None
    seed: int | None
    training: TrainingRecord | None = None
    settings: dict[str, Any] = Field(default_factory=dict)
    fingerprint: str | None = None
    runtime: dict[str, Any] = Field(default_factory=dict)
    task: str
    title: str
    data: str
    data_checksum: str = ""
    altered_files: tuple[str, ...] = ()
    space: EmbeddingSpace
    versions: dict[str, str] = Field(default_factory=dict)
    git_revision: str | None = None
    created: str = ""
    is_sealed: bool = Field(default=True, exclude=True)

    @property
    def name(self) -> str:
        """The encoder, model, drawn training text and seed, as tables and diagrams name it."""
        parts = [Path(self.model).name] if self.model else []
        parts += [self.training.corpus] if self.training and is_drawn(self.training) else []
        parts += [f"seed {self.seed}"] if self.seed is not None else []
        return f"{self.encoder} ({', '.join(parts)})" if parts else self.encoder

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
        texts = [self.training.sources] if self.training else []
        key = json.dumps([*parts, self.data_checksum, self.fingerprint, *texts])
        return f"{words[:120]}-{hashlib.sha256(key.encode()).hexdigest()[:12]}.json"


def space_folder(folder: Path) -> Path:
    """Return where the analyses of a folder of records lie."""
    return folder / "analysis"


def read_space(path: Path) -> SpaceRecord:
    """Read one analysis.

    Raises:
        UnreadableRecordError: If the file is none, or altered.
    """
    content, is_sealed = unseal(path, read_json(path))
    try:
        record = SpaceRecord.model_validate(content)
    except ValidationError as error:
        reason = str(error).splitlines()[0]
        raise UnreadableRecordError(f"{path} is no analysis: {reason}") from error
    return record.model_copy(update={"is_sealed": is_sealed})


def read_spaces(folder: Path) -> list[SpaceRecord]:
    """Read all analyses of a folder of records, oldest first; none if it has none.

    A notice names each file that is no analysis.
    """
    found = read_each(space_folder(folder), read_space)
    return sorted(found, key=lambda record: record.created)
