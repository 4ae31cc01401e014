"""The score that picks a trained encoder's best weights: Spearman on STS-B dev."""

from dataclasses import dataclass
from math import nan

import numpy as np

from harness.data import DataFolder
from harness.encoder import Encoder
from harness.errors import MissingDataError, ScoringError
from harness.planning.planned_tasks import PlannedTask, plan_tasks
from harness.task import Vectors

DEV_TASK = "stsb-dev"


@dataclass(frozen=True)
class DevData:
    """STS-B dev as it is read.

    Attributes:
        planned: The task.
    """

    planned: PlannedTask

    @property
    def identity(self) -> dict[str, str]:
        """The task's name and the checksum of its data, as a checkpoint's key holds them."""
        return {"task": self.planned.name, "sha256": self.planned.data_checksum}

    def score(self, encoder: Encoder) -> float:
        """Return an encoder's Spearman correlation as a fraction, nan where it is undefined."""
        distinct = list(dict.fromkeys(self.planned.task.sentences))
        vectors = encoder.encode(distinct)
        if not np.isfinite(vectors).all():
            return nan
        rows = {sentence: row for row, sentence in enumerate(distinct)}
        try:
            result = self.planned.task.score(Vectors(rows, vectors))
        except ScoringError:  # all vectors are the same
            return nan
        return float(result.scores["spearman"]["all"])


def read_dev(data: DataFolder) -> DevData | None:
    """Read STS-B dev; None where it is absent.

    Raises:
        BadDataError: If its file is damaged.
    """
    try:
        (planned,) = plan_tasks([DEV_TASK], data, {"nan": "zero"})
    except MissingDataError:
        return None
    return DevData(planned)
