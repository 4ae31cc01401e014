"""TOML files that describe a task of one's own for good."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from typing_extensions import Self

_FILES = ("file", "train", "dev", "test")

Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=1, strict=True)]
Place = Literal["file", "train", "dev", "test"]


class TaskFile(BaseModel):
    """What a task file says.

    Attributes:
        name: What the task is registered as.
        kind: Two sentences and a score, or sentences and a label.
        title: Name in tables.
        summary: One line about it.
        citation: The paper to cite.
        licence: On what terms the data may be used.
        file: Its rows, beside the task file; or ``hf:OWNER/NAME``.
        train: In place of file, for labels: the training rows, with `test`.
        dev: The dev rows.
        test: The test rows.
        collection: Where in a data folder the files lie instead, such as ``senteval``.
        columns: As for the setting of that name; so are `split`, `language`, `part`, `positive`.
        split: Column of the splits, or for labels of the parts.
        language: Column of the tracks.
        part: Train, dev or test.
        positive: Of two labels, the one that counts as 1.
        scale: Lowest and highest score that a pair may have.
        counts: Published number of rows in each split or part.
        sha256: Checksum of the file, or of each by its key.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][\w.+-]*$")]
    kind: Literal["pairs", "labels"]
    title: str = ""
    summary: str = ""
    citation: str = ""
    licence: str = ""
    file: str = ""
    train: str = ""
    dev: str = ""
    test: str = ""
    collection: Literal["", "senteval", "sts-multilingual", "nli", "text"] = ""
    columns: tuple[str, ...] = ()
    split: str = ""
    language: str = ""
    part: str = ""
    positive: str = ""
    scale: tuple[float, float] | None = None
    counts: Mapping[str, Count] = Field(default_factory=dict)
    sha256: Sha256 | Mapping[Place, Sha256] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if not self.files:
            raise ValueError("file must be given, got nothing")
        for key in self.checksums:
            if key not in self.files:
                raise ValueError(f"sha256.{key} must be of a file that is given, got no {key}")
        if self.scale and not self.scale[0] < self.scale[1]:
            raise ValueError(f"scale must be from low to high, got {list(self.scale)}")
        return self

    @property
    def files(self) -> Mapping[str, str]:
        """The files that are given, by their keys."""
        every = {key: getattr(self, key) for key in _FILES}
        return {key: name for key, name in every.items() if name}

    @property
    def checksums(self) -> Mapping[str, str]:
        """The checksums that are given, by the keys of their files."""
        if isinstance(self.sha256, str):
            return {"file": self.sha256}
        return {str(key): value for key, value in self.sha256.items()}

    @property
    def reading(self) -> Mapping[str, Any]:
        """The settings of `kind` that say what is read, files apart."""
        keys = ("columns", "split", "language", "part", "positive")
        said = {key: getattr(self, key) for key in keys}
        return {"name": self.name, **{key: value for key, value in said.items() if value}}
