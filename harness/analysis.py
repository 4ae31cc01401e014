"""Analyse the embedding spaces of encoders: anisotropy, alignment, uniformity, collapse."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np

from harness.cache import write_atomically
from harness.data import DataFolder, open_data
from harness.encoder import Context
from harness.errors import HarnessError
from harness.evaluation import evaluate
from harness.on_demand import DEFAULT_OUT
from harness.planning import PlannedTask, plan_tasks
from harness.provenance import git_revision, versions
from harness.report import Failure
from harness.task import OnProgress, Vectors, no_progress
from results.embedding_space import EmbeddingSpace, embedding_space
from results.space_records import SpaceRecord

FOLDER = "analysis"
"""Name of the analyses' folder, beside the records."""


@runtime_checkable
class PairTask(Protocol):
    """A task of pairs with a gold score from 0 to 5."""

    @property
    def scored_pairs(self) -> Sequence[tuple[str, str, float]]:
        """Every pair with its gold score."""
        ...


def analyse(
    encoders: Sequence[str],
    tasks: Sequence[str] = ("stsb-test",),
    *,
    data: str | Path | DataFolder | None = None,
    context: Context | None = None,
    settings: Mapping[str, Any] | None = None,
    seeds: Sequence[int] = (0,),
    out: str | Path = DEFAULT_OUT,
    on_progress: OnProgress = no_progress,
) -> tuple[list[SpaceRecord], list[Failure]]:
    """Measure where encoders put a task's sentences; they are scored on the task as well.

    Args:
        encoders: Specs.
        tasks: Tasks or suites of scored pairs.
        data: ``sample``, a data folder, or None for ``HARNESS_DATA`` or the user's folder.
        context: Transformer, device and limits.
        settings: For every encoder that has them.
        seeds: A trainable encoder is trained once for each.
        out: Folder of the records; the analyses go to ``analysis`` in it.
        on_progress: Told how far the encoding is.

    Returns:
        The analyses, and what could not be analysed or scored.

    Raises:
        HarnessError: If the request itself is wrong, or a task has no scored pairs.
    """
    context = context or Context()
    folder = data if isinstance(data, DataFolder) else open_data(data)
    planned = plan_tasks(tasks, folder, {})
    for task in planned:
        if not isinstance(task.task, PairTask):
            raise HarnessError(f"an analysis needs a task of scored pairs, got {task.name!r}")
    found: list[SpaceRecord] = []
    failures: list[Failure] = []

    def take(spec: str, seed: int | None, vectors: Vectors) -> None:
        for task in planned:
            try:
                space = _space(task, vectors)
            except ValueError as error:
                failures.append(Failure(spec, task.name, str(error)))
                continue
            record = _record(task, space, encoder=spec, seed=seed, data=folder.label)
            found.append(record)

    report = evaluate(
        encoders,
        tasks,
        data=folder,
        context=context,
        settings=settings,
        seeds=seeds,
        out=out,
        on_progress=on_progress,
        on_vectors=take,
    )
    models = {record.encoder: record.model for record in report.records}
    named = [
        record.model_copy(update={"model": models.get(record.encoder)}) for record in found
    ]
    for record in named:
        path = Path(out) / FOLDER / record.file_name
        write_atomically(path, record.model_dump_json(indent=1).encode())
    return named, [*failures, *report.failures]


def _space(planned: PlannedTask, vectors: Vectors) -> EmbeddingSpace:
    """Measure the vectors of one task's distinct sentences."""
    task = planned.task
    if not isinstance(task, PairTask):
        raise TypeError(f"task must have scored pairs, got {planned.name!r}")
    first, second, gold = zip(*task.scored_pairs, strict=True)
    places = {sentence: row for row, sentence in enumerate(dict.fromkeys((*first, *second)))}
    pairs = np.array([[places[a], places[b]] for a, b in zip(first, second, strict=True)])
    return embedding_space(vectors.of(list(places)), pairs, gold)


def _record(
    planned: PlannedTask, space: EmbeddingSpace, *, encoder: str, seed: int | None, data: str
) -> SpaceRecord:
    return SpaceRecord(
        encoder=encoder,
        model=None,
        seed=seed,
        task=planned.name,
        title=planned.definition.title,
        data=data,
        space=space,
        versions=versions(),
        git_revision=git_revision(),
        created=datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
    )
