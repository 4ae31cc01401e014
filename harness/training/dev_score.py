"""The score that picks a trained encoder's best weights: Spearman on STS-B dev."""

from collections.abc import Callable
from math import nan

import numpy as np

from harness.data import DataFolder
from harness.encoder import Encoder
from harness.errors import MissingDataError, ScoringError
from harness.planning.planned_tasks import plan_tasks
from harness.task import Vectors

DEV_TASK = "stsb-dev"


def dev_scorer(data: DataFolder) -> Callable[[Encoder], float] | None:
    """Return the function that scores an encoder on STS-B dev; None where that is absent."""
    try:
        (planned,) = plan_tasks([DEV_TASK], data, {"nan": "zero"})
    except MissingDataError:
        return None
    distinct = list(dict.fromkeys(planned.task.sentences))
    rows = {sentence: row for row, sentence in enumerate(distinct)}

    def score(encoder: Encoder) -> float:
        vectors = encoder.encode(distinct)
        if not np.isfinite(vectors).all():
            return nan
        try:
            result = planned.task.score(Vectors(rows, vectors))
        except ScoringError:  # all vectors are the same
            return nan
        return float(result.scores["spearman"]["all"])

    return score
