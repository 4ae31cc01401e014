"""Scores of a model that another package is training, which is left as it was."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import nan
from pathlib import Path
from typing import Any, Final

import torch
from torch import nn

from harness.data import DataFolder, open_data
from harness.encoder import Context, Encoder
from harness.encoding.encoding import encode_all
from harness.encoding.job import EncodingJob
from harness.errors import SettingError
from harness.evaluation.record_keeping import open_store
from harness.evaluation.report import Report
from harness.evaluation.scoring import Run, Scoring
from harness.machine.distributed import is_first_process
from harness.machine.global_state import read_state, restore_state
from harness.planning.asked_tasks import TaskArgument, take_tasks
from harness.planning.planned_encoders import plan_encoders
from harness.planning.planned_tasks import PlannedTask, plan_tasks
from harness.results.families import DEFAULT_PROTOCOL, LOWER_IS_BETTER, PROTOCOLS
from harness.results.notices import notify
from harness.results.records.record import Record, score_under
from harness.task import no_progress, task_hooks

AVERAGE: Final = "average"
"""Name of the average over the tasks, each by its first metric."""


class ScoresInTraining:
    """Tasks that are read once, and score a model as often as training asks.

    Args:
        tasks: Names, suites and specs, as `harness.evaluate` takes them.
        data: ``sample``, a data folder, or None for ``HARNESS_DATA`` or the user's folder.
        task_settings: For every task that has them.
        primary: The score to pick by: ``average``, or a task and its metric, such as
            ``stsb-dev_spearman``, with ``_mean`` or ``_wmean`` behind it for another protocol.
        out: Folder of the records; None writes none.

    Attributes:
        greater_is_better: Whether a higher primary score is the better one.

    Raises:
        HarnessError: If the request is wrong, or data is missing or damaged.
        TypeError: If the tasks are no names or specs.
    """

    def __init__(
        self,
        tasks: TaskArgument | Sequence[TaskArgument],
        *,
        data: str | Path | DataFolder | None = None,
        task_settings: Mapping[str, Any] | None = None,
        primary: str = AVERAGE,
        out: str | Path | None = None,
    ) -> None:
        self._tasks = plan_tasks(
            take_tasks([tasks] if isinstance(tasks, TaskArgument) else tasks),
            open_data(data),
            task_settings or {},
            defaults={"device": Context().device},
        )
        self._sentences = [text for task in self._tasks for text in task.sentences]
        self._primary = primary
        self._store = open_store(out) if is_first_process() else None
        self.greater_is_better = self._prefers_high()

    def score(self, name: str, encoder: Encoder) -> dict[str, float]:
        """Score an encoder as it is; what fails costs a notice and its scores, not the training.

        Args:
            name: What records call it.
            encoder: Embeds sentences; each distinct one is encoded once.

        Returns:
            ``average``, and by task and metric, such as ``stsb-dev_spearman``, fractions under the
            protocol ``all``; where a task has several splits, ``sts12_spearman_mean`` and
            ``sts12_spearman_wmean`` too. nan where a score is undefined.
        """
        report = Report()
        records = list(self._records(name, encoder, report))
        for failure in report.failures:
            notify(f"not scored: {failure}")
        scores = {key: value for record in records for key, value in _flat(record).items()}
        first = [scores[f"{record.task}_{record.headline_metric}"] for record in records]
        average = sum(first) / len(first) if first and not report.failures else nan
        scores = {AVERAGE: average, **scores}
        return {**scores, self._primary: scores.get(self._primary, nan)}

    def _records(self, name: str, encoder: Encoder, report: Report) -> Iterator[Record]:
        (planned,) = plan_encoders({name: encoder}, {})
        job = EncodingJob(name, encoder, planned)
        encode_all([job], self._sentences, stays_loaded=True)
        scoring = Scoring(
            self._store, reuse=False, report=report, on_progress=no_progress, on_vectors=None
        )
        yield from scoring.records(Run(planned, name, encoder, job, name), self._tasks)

    def _prefers_high(self) -> bool:
        """Return whether a higher primary score is the better one.

        Raises:
            SettingError: If these tasks have no such score.
        """
        if self._primary == AVERAGE:
            asked = [(task, task.metrics[0]) for task in self._tasks if task.metrics]
        else:
            asked = [self._split_primary()]
        low = [f"{task.name}_{metric}" for task, metric in asked if _prefers_low(task, metric)]
        if low and self._primary == AVERAGE:
            msg = f"primary must name one score where lower is better, as {low[0]}"
            raise SettingError(f"{msg}, got {AVERAGE!r}")
        return not low

    def _split_primary(self) -> tuple[PlannedTask, str]:
        """Return the task and the metric of the primary score."""
        endings = ("", *(f"_{protocol}" for protocol in PROTOCOLS if protocol != DEFAULT_PROTOCOL))
        for task in self._tasks:
            ending = self._primary.removeprefix(f"{task.name}_")
            if ending == self._primary:
                continue
            for metric in task.metrics or (ending,):
                if ending in {f"{metric}{protocol}" for protocol in endings}:
                    return task, metric
        known = [f"{task.name}_{metric}" for task in self._tasks for metric in task.metrics]
        choices = ", ".join([AVERAGE, *known])
        raise SettingError(f"primary must be one of {choices}, got {self._primary!r}")


def _prefers_low(task: PlannedTask, metric: str) -> bool:
    return metric in {*LOWER_IS_BETTER, *task_hooks(task.definition).lower_is_better}


def _flat(record: Record) -> dict[str, float]:
    """Return a record's scores by task and metric, and by protocol where that matters."""
    flat: dict[str, float] = {}
    for metric, found in record.scores.items():
        name = f"{record.task}_{metric}"
        value = score_under(found, DEFAULT_PROTOCOL)
        flat[name] = nan if value is None else value
        if isinstance(found, Mapping) and len(record.splits) > 1:
            others = {key: each for key, each in found.items() if key != DEFAULT_PROTOCOL}
            flat |= {f"{name}_{key}": nan if x is None else float(x) for key, x in others.items()}
    return flat


@contextmanager
def left_as_it_was(model: nn.Module) -> Iterator[None]:
    """Let a model be used in eval mode, and what is drawn meanwhile count for nobody.

    Args:
        model: Each of its modules trains again afterwards if it did before.
    """
    training, before = [part for part in model.modules() if part.training], read_state()
    model.eval()
    try:
        with torch.autocast("cuda", enabled=False), torch.autocast("cpu", enabled=False):
            yield
    finally:
        for part in training:
            part.training = True
        restore_state(before, read_state())
