"""Scores that mteb's result files hold, as a publication beside measured ones."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal, TypeAlias

from harness.results.display.shown_text import shown_line
from harness.results.mteb.tasks import MTEB_PARTS
from harness.results.published.papers import Paper, Publication, PublishedRow, PublishedTable

_Family: TypeAlias = Literal["sts", "sts-multilingual"]

_TITLES: dict[_Family, str] = {"sts": "STS", "sts-multilingual": "Multilingual STS"}
_ENGLISH = frozenset(task for task, part in MTEB_PARTS.items() if part.subset == "default") - {
    "korsts",
    "jsts",
}


@dataclass(frozen=True)
class MtebScore:
    """One score of one model.

    Attributes:
        model: As mteb names it.
        revision: Of the model; empty if none is known.
        task: Registered here.
        spearman: Of cosines, over all pairs, a fraction.
        data_revision: Of the data set; empty if none is known.
    """

    model: str
    revision: str
    task: str
    spearman: float
    data_revision: str


def mteb_publication(scores: Sequence[MtebScore], source: str) -> Publication:
    """Arrange the scores of mteb's result files as a paper's: a table for each family of tasks.

    Args:
        scores: At least one.
        source: Where they were read.
    """
    by_family = {
        family: [score for score in scores if (score.task in _ENGLISH) == (family == "sts")]
        for family in _TITLES
    }
    tables = tuple(_table(family, own) for family, own in by_family.items() if own)
    revisions = dict.fromkeys(
        f"{MTEB_PARTS[score.task].task} {score.data_revision[:8] or 'unknown'}" for score in scores
    )
    paper = Paper(
        key="mteb",
        title="MTEB: Massive Text Embedding Benchmark",
        authors="Muennighoff et al.",
        year=2023,
        url="https://aclanthology.org/2023.eacl-main.148",
        note=shown_line(
            f"scores read from {source}; revisions of the data sets there: {', '.join(revisions)};"
            " whether the data measured here are the same is not known"
        ),
    )
    return Publication(paper=paper, tables=tables)


def _table(family: _Family, scores: Sequence[MtebScore]) -> PublishedTable:
    """Return one family's table, a row for each revision of a model."""
    columns = tuple(task for task in MTEB_PARTS if any(score.task == task for score in scores))
    rows: dict[tuple[str, str], dict[str, float]] = {}
    for score in scores:
        rows.setdefault((score.model, score.revision), {})[score.task] = 100 * score.spearman
    return PublishedTable(
        name=family,
        title=_TITLES[family],
        where="result files",
        metric="spearman",
        columns=columns,
        columns_are="tasks",
        rows=tuple(_row(model, columns, found) for model, found in rows.items()),
        family=family,
        protocol="all",
        protocol_source="mteb's cosine_spearman is of all pairs of a task, or of a track",
    )


def _row(model: tuple[str, str], columns: Sequence[str], found: dict[str, float]) -> PublishedRow:
    """Return one model's scores; what the harness reads by its own pooling is the same encoder."""
    name, revision = model
    return PublishedRow(
        method=shown_line(f"{name}@{revision[:8]}" if revision else name),
        values=tuple(found.get(task, math.nan) for task in columns),
        encoder="sentence-transformers",
        also=(f"mteb:model={name}",),
        model=PurePath(name).name,
    )
