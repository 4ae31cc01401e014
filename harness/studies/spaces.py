"""Analyse the embedding spaces of encoders: anisotropy, alignment, uniformity, collapse."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np

from harness.argument_types import take_texts
from harness.data import DataFolder, open_data
from harness.encoder import Context
from harness.errors import HarnessError
from harness.evaluation.evaluation import evaluate
from harness.evaluation.report import Failure
from harness.machine.provenance import git_revision, versions
from harness.planning.planned_tasks import PlannedTask, plan_tasks
from harness.results.files import write_atomically
from harness.results.records.record import Record
from harness.results.records.space_record import SpaceRecord, space_folder
from harness.results.records.store import DEFAULT_FOLDER
from harness.results.statistics.embedding_space import EmbeddingSpace, embedding_space
from harness.task import OnProgress, Vectors, no_progress
from harness.training.on_demand import TrainingOptions


@runtime_checkable
class PairTask(Protocol):
    """A task of pairs with a gold score from 0 to 5."""

    @property
    def scored_pairs(self) -> Sequence[tuple[str, str, float]]:
        """Every pair with its gold score."""
        ...


@dataclass
class Analysis:
    """The outcome of an analysis.

    Attributes:
        spaces: One for each encoder, seed and task.
        records: The scores on the same tasks.
        failures: What could not be analysed or scored, and why.
    """

    spaces: list[SpaceRecord] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)


def analyse(
    encoders: Sequence[str],
    tasks: Sequence[str] = ("stsb-test",),
    *,
    data: str | Path | DataFolder | None = None,
    context: Context | None = None,
    settings: Mapping[str, Any] | None = None,
    seeds: Sequence[int] = (0,),
    training: TrainingOptions | None = None,
    out: str | Path = DEFAULT_FOLDER,
    cache: bool = True,
    on_progress: OnProgress = no_progress,
) -> Analysis:
    """Measure where encoders put a task's sentences, and score them on the task.

    Args:
        encoders: Specs.
        tasks: Tasks or suites of scored pairs.
        data: ``sample``, a data folder, or None for ``HARNESS_DATA`` or the user's folder.
        context: Transformer, device and limits.
        settings: For every encoder that has them.
        seeds: A trainable encoder is trained once for each.
        training: How to train; None trains what has no checkpoint below `out`.
        out: Folder of the records; the analyses go to ``analysis`` in it.
        cache: Whether to keep vectors between runs.
        on_progress: Told how far the encoding is.

    Raises:
        HarnessError: If the request itself is wrong, or a task has no scored pairs.
    """
    folder = open_data(data)
    planned = plan_tasks(take_texts("tasks", tasks), folder, {})
    for task in planned:
        if not isinstance(task.task, PairTask):
            raise HarnessError(f"an analysis needs tasks of scored pairs, got {task.name!r}")
    found = Analysis()
    report = evaluate(
        encoders,
        tasks,
        data=folder,
        context=context,
        settings=settings,
        seeds=seeds,
        training=training,
        out=out,
        cache=cache,
        on_progress=on_progress,
        on_vectors=partial(_take, found, planned),
    )
    found.records, found.failures = report.records, [*found.failures, *report.failures]
    for space in found.spaces:
        path = space_folder(Path(out)) / space.file_name
        write_atomically(path, space.model_dump_json(indent=1).encode())
    return found


def _take(
    found: Analysis, tasks: Sequence[PlannedTask], encoder: Mapping[str, Any], vectors: Vectors
) -> None:
    """Add the space of one encoder on each task, or why there is none."""
    for task in tasks:
        try:
            space = _measure(task, vectors)
        except ValueError as error:
            found.failures.append(Failure(encoder["encoder"], task.name, str(error)))
            continue
        found.spaces.append(_record(task, space, encoder))


def _measure(planned: PlannedTask, vectors: Vectors) -> EmbeddingSpace:
    """Measure the vectors of one task's distinct sentences."""
    task = planned.task
    if not isinstance(task, PairTask):
        raise TypeError(f"task must have scored pairs, got {planned.name!r}")
    first, second, gold = zip(*task.scored_pairs, strict=True)
    sentences = list(dict.fromkeys((*first, *second)))
    places = {sentence: row for row, sentence in enumerate(sentences)}
    pairs = np.array([[places[a], places[b]] for a, b in zip(first, second, strict=True)])
    return embedding_space(vectors.of(sentences), pairs, gold)


def _record(
    planned: PlannedTask, space: EmbeddingSpace, encoder: Mapping[str, Any]
) -> SpaceRecord:
    kept = ("encoder", "model", "seed", "training", "settings", "fingerprint", "runtime")
    return SpaceRecord(
        **{name: encoder[name] for name in kept},
        task=planned.name,
        title=planned.definition.title,
        data=planned.data_label,
        data_checksum=planned.data_checksum,
        space=space,
        versions=versions(),
        git_revision=git_revision(),
        created=datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
    )
