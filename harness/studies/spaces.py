"""Analyse the embedding spaces of encoders: anisotropy, alignment, uniformity, collapse."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np

from harness.acquisition.verification import altered_files
from harness.errors import HarnessError, RecordError
from harness.evaluation.evaluation import run_evaluation
from harness.evaluation.record_keeping import writing
from harness.evaluation.report import Failure
from harness.evaluation.run_options import RunOptions
from harness.machine.provenance import git_revision, versions
from harness.planning.asked_tasks import TaskArgument, take_tasks
from harness.planning.planned_tasks import PlannedTask, plan_tasks
from harness.results.progress import doing
from harness.results.records.record import Record
from harness.results.records.sealed import write_sealed
from harness.results.records.space_record import SpaceRecord, space_folder
from harness.results.statistics.embedding_space import EmbeddingSpace, embedding_space
from harness.task import Vectors


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
    tasks: Sequence[TaskArgument],
    options: RunOptions,
    *,
    settings: Mapping[str, Any] | None = None,
    seeds: Sequence[int] = (0,),
) -> Analysis:
    """Measure where encoders put a task's sentences, and score them on the task.

    Args:
        encoders: Specs.
        tasks: Names or specs of tasks or suites of scored pairs.
        options: How to run; the analyses go to ``analysis`` in its folder of the records.
        settings: For every encoder that has them.
        seeds: A trainable encoder is trained once for each.

    Raises:
        HarnessError: If the request itself is wrong, or a task has no scored pairs.
    """
    planned = plan_tasks(take_tasks(tasks), options.data, {})
    for task in planned:
        if not isinstance(task.task, PairTask):
            raise HarnessError(f"an analysis needs tasks of scored pairs, got {task.name!r}")
    found = Analysis()
    report = run_evaluation(
        encoders,
        tasks,
        options,
        settings=settings,
        seeds=seeds,
        on_vectors=partial(_take, found, planned),
    )
    found.records, found.failures = report.records, [*found.failures, *report.failures]
    if options.out is not None:
        found.failures += _write(found.spaces, options.out)
    return found


def _write(spaces: Sequence[SpaceRecord], folder: Path) -> list[Failure]:
    """Write analyses below a folder of records; return which have no place there, and why."""
    failures = []
    for space in spaces:
        try:
            with writing(folder):
                write_sealed(space_folder(folder) / space.file_name, space.model_dump_json())
        except RecordError:  # the next could not be written either
            raise
        except HarnessError as error:
            failures.append(Failure(space.encoder, space.task, str(error)))
    return failures


def _take(
    found: Analysis, tasks: Sequence[PlannedTask], encoder: Mapping[str, Any], vectors: Vectors
) -> None:
    """Add the space of one encoder on each task, or why there is none."""
    for task in tasks:
        try:
            with doing(f"measuring the space of {encoder['encoder']} on {task.name}"):
                space = _measure(task, vectors)
        except (ValueError, HarnessError) as error:
            found.failures.append(Failure(encoder["encoder"], task.name, str(error)))
            continue
        found.spaces.append(_record(task, space, encoder))


def _measure(planned: PlannedTask, vectors: Vectors) -> EmbeddingSpace:
    """Measure the vectors of one task's distinct sentences."""
    task = planned.task
    if not isinstance(task, PairTask):
        raise TypeError(f"task must have scored pairs, got {planned.name!r}")
    vectors = planned.looked_up(vectors)
    first, second, gold = zip(*task.scored_pairs, strict=True)
    rows = np.stack([vectors.rows(first), vectors.second_rows(second)])  # (2, n_pairs)
    distinct = list(dict.fromkeys(rows.ravel().tolist()))
    places = {row: place for place, row in enumerate(distinct)}
    pairs = np.array([[places[a], places[b]] for a, b in rows.T.tolist()])
    return embedding_space(vectors.matrix[distinct], pairs, gold)


def _record(
    planned: PlannedTask, space: EmbeddingSpace, encoder: Mapping[str, Any]
) -> SpaceRecord:
    kept = ("encoder", "model", "seed", "training", "settings", "fingerprint", "runtime")
    return SpaceRecord(
        **{name: encoder[name] for name in kept},
        task=planned.name,
        title=planned.title,
        data=planned.data_label,
        data_checksum=planned.data_checksum,
        altered_files=altered_files(planned.files, planned.data_label),
        space=space,
        versions=versions(),
        git_revision=git_revision(),
        created=datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
    )
