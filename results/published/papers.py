"""The figures that papers print, as data: which table, which protocol, which model.

One TOML file per paper lies in ``results/published``. A figure is never changed: where a source
contradicts itself the row carries a doubt, and the doubt is shown wherever the row is.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from typing_extensions import Self

from harness.results.files import tomllib

_ROUNDING = 0.0101  # of an average of seven rounded cells, itself rounded

Metric = Literal["spearman", "accuracy", "seconds", "count"]
StatedProtocol = Literal["all", "wmean", "mean", "unstated"]


def _finite_or_nan(values: tuple[float, ...]) -> tuple[float, ...]:
    if any(math.isinf(value) for value in values):
        raise ValueError(f"values must be numbers or nan, got {values}")
    return values


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Paper(_Model):
    """Where the figures come from."""

    key: str
    title: str
    authors: str
    year: int
    url: str
    note: str = ""


class PublishedRow(_Model):
    """One row of a printed table.

    Attributes:
        method: As printed.
        values: One per column, as printed; nan where nothing is. Scores are x 100.
        average: The printed average of the tasks.
        total: The printed sum.
        encoder: Spec of the encoder that does the same here, if one does.
        also: Further specs that do.
        model: The transformer, as the hub names it.
        sentences: How many it was trained on, those of a chain's last stage first; empty if that
            is not stated, or nothing was trained.
        own_text: Whether it was trained again for each task, on that task's own sentences.
        origin: Whether the paper measured it, or copied it from another.
        protocol: If it is not the table's.
        doubt: What is wrong with the figures.
    """

    method: str
    values: Annotated[tuple[float, ...], AfterValidator(_finite_or_nan)]
    average: float | None = None
    total: float | None = None
    encoder: str | None = None
    also: tuple[str, ...] = ()
    model: str | None = None
    sentences: tuple[int, ...] = ()
    own_text: bool = False
    origin: Literal["measured", "copied"] = "measured"
    protocol: StatedProtocol | None = None
    doubt: str = ""


class PublishedTable(_Model):
    """One printed table.

    Attributes:
        name: Short name, unique in the paper.
        title: What it shows.
        where: Its place in the paper.
        metric: What the values are.
        columns: Registered tasks, or names of quantities.
        columns_are: Which of the two.
        rows: In the order printed.
        family: Of the tasks; empty if the values are no scores.
        protocol: How splits became a task's score.
        protocol_source: How that is known.
    """

    name: str
    title: str
    where: str
    metric: Metric
    columns: tuple[str, ...]
    columns_are: Literal["tasks", "quantities"]
    rows: tuple[PublishedRow, ...] = Field(min_length=1)
    family: Literal["", "sts", "sts-multilingual", "transfer"] = ""
    protocol: StatedProtocol = "unstated"
    protocol_source: str = ""

    def protocol_of(self, row: PublishedRow) -> StatedProtocol:
        """Return the protocol that a row's scores were computed with."""
        return row.protocol or self.protocol

    @model_validator(mode="after")
    def _check(self) -> Self:
        for row in self.rows:
            if len(row.values) != len(self.columns):
                got = f"{len(row.values)} in {row.method!r}"
                raise ValueError(f"a row must have {len(self.columns)} values, got {got}")
            if self.columns_are == "tasks" and not row.doubt:
                _check_average(row)
        return self


class Publication(_Model):
    """All that is kept of one paper."""

    paper: Paper
    tables: tuple[PublishedTable, ...]

    def table(self, name: str) -> PublishedTable:
        """Return the table of this name.

        Raises:
            KeyError: If there is none.
        """
        return {table.name: table for table in self.tables}[name]


def _check_average(row: PublishedRow) -> None:
    """Refuse a row whose cells do not give its printed average or total."""
    total = math.fsum(row.values)
    if row.average is not None and abs(total / len(row.values) - row.average) > _ROUNDING:
        raise ValueError(f"{row.method!r} averages {total / len(row.values):.3f}: state the doubt")
    if row.total is not None and total != row.total:
        raise ValueError(f"{row.method!r} sums to {total:g}, not {row.total:g}: state the doubt")


@lru_cache(maxsize=1)
def publications() -> dict[str, Publication]:
    """Return every paper whose figures ship with the package, by its key."""
    folder = files("harness.results.published")
    found = [
        Publication.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        for path in sorted(folder.iterdir(), key=lambda path: path.name)
        if path.name.endswith(".toml")
    ]
    return {publication.paper.key: publication for publication in found}


def printed_tables(keys: Sequence[str] = ()) -> list[tuple[Paper, PublishedTable]]:
    """Return the printed tables, each with its paper.

    Args:
        keys: Papers; none for all.

    Raises:
        ValueError: If a paper is unknown.
    """
    known = publications()
    for key in keys:
        if key not in known:
            others = "or a result file of mteb or folder of them"
            names = ", ".join(known)
            raise ValueError(f"published scores must be of {names}, {others}, got {key!r}")
    return [(known[key].paper, table) for key in keys or known for table in known[key].tables]
