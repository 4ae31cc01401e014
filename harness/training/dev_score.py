"""The score that picks a trained encoder's best weights."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import nan
from typing import Any

import numpy as np
import torch

from harness.data import DataFolder
from harness.encoder import Encoder
from harness.errors import ScoringError, SettingError
from harness.keys.dev import DevIdentity
from harness.planning.planned_tasks import PlannedTask
from harness.results.families import DEFAULT_PROTOCOL, OPTIONAL_METRICS
from harness.results.progress import doing
from harness.results.records.record import score_under
from harness.task import TaskResult, Vectors
from harness.training.dev_task import TASK_DEFAULTS, plan_dev
from harness.training.options import TrainingOptions

_NOT_OF_SCORES = {"device", *OPTIONAL_METRICS}  # settings that change no score


@dataclass(frozen=True)
class DevData:
    """A task as it is read, and what is measured on it.

    Attributes:
        planned: The task.
        metric: The metric; of all pairs, where a task has splits.
    """

    planned: PlannedTask
    metric: str

    @property
    def identity(self) -> DevIdentity:
        """What a checkpoint's key holds: everything that the scores depend on."""
        return {
            "task": self.planned.name,
            "sha256": self.planned.data_checksum,
            "metric": self.metric,
            "settings": self._settings(),
        }

    def score(self, encoder: Encoder) -> float:
        """Return an encoder's score as a fraction, nan where it is undefined.

        Raises:
            SettingError: If the task does not measure the metric.
        """
        with doing(f"scoring dev {self.planned.name}"):
            return self._score(encoder)

    def _score(self, encoder: Encoder) -> float:
        distinct = list(dict.fromkeys(self.planned.sentences))
        vectors = encoder.encode(distinct)
        if not np.isfinite(vectors).all():
            return nan
        rows = {sentence: row for row, sentence in enumerate(distinct)}
        try:
            with torch.autocast("cuda", enabled=False), torch.autocast("cpu", enabled=False):
                result = self.planned.boundary.call_unlimited(
                    f"dev task {self.planned.name!r} failed",
                    lambda: self.planned.task.score(Vectors(rows, vectors)),
                )
        except ScoringError:  # all vectors are the same
            return nan
        return self._value(result)

    def _value(self, result: TaskResult) -> float:
        if self.metric not in result.scores:
            known = ", ".join(result.scores)
            msg = f"dev metric of {self.planned.name!r} must be {known}, got {self.metric!r}"
            raise SettingError(msg)
        found = result.scores[self.metric]
        value = score_under(found, DEFAULT_PROTOCOL)
        if value is None and isinstance(found, Mapping) and DEFAULT_PROTOCOL not in found:
            expected = f"dev metric {self.metric!r} must have one score or a protocol"
            got = ", ".join(found) or "no score"
            raise SettingError(
                f"{expected} {DEFAULT_PROTOCOL}, got {got} of {self.planned.name!r}"
            )
        return nan if value is None else value

    def _settings(self) -> dict[str, Any]:
        """Return the settings that differ from the usual ones, as JSON gives them back."""
        usual = {
            each.name: TASK_DEFAULTS.get(each.name, each.default)
            for each in dataclasses.fields(self.planned.settings)
        }
        unlike = {
            name: value
            for name, value in self.planned.recorded_settings.items()
            if name not in _NOT_OF_SCORES and value != usual[name]
        }
        read: dict[str, Any] = json.loads(json.dumps(unlike))
        return read


def read_dev(data: DataFolder, options: TrainingOptions, device: str) -> DevData | None:
    """Read what picks the weights; `plan_dev` says what that is, and what is refused."""
    found = plan_dev(options, data, device)
    return None if found is None else DevData(*found)
