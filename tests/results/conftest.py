from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from results.correlation import protocol_scores
from results.records import FileRecord, Record, TrainingRecord

TITLES = {
    "sts12": "STS12",
    "sts13": "STS13",
    "sts14": "STS14",
    "sts15": "STS15",
    "sts16": "STS16",
    "stsb-test": "STS-B",
    "sickr-test": "SICK-R",
}


@pytest.fixture
def make_record() -> Callable[..., Record]:
    """A record whose scores follow from its items: gold 0..5 plus noise of the given size."""

    def make(
        encoder: str = "mean",
        task: str = "stsb-test",
        *,
        noise: float = 1.0,
        pairs: int = 40,
        split_names: tuple[str, ...] = ("test",),
        random_state: int = 0,
        trained_on: tuple[str, ...] | None = None,
        **fields: Any,
    ) -> Record:
        rng = np.random.default_rng(random_state)
        gold_rng = np.random.default_rng(len(task))
        items = {}
        for name in split_names:
            gold = gold_rng.integers(0, 26, pairs) / 5
            system = gold / 5 + noise * rng.normal(size=pairs)
            items[name] = {"system": system.tolist(), "gold": gold.tolist()}
        columns = [(of["system"], of["gold"]) for of in items.values()]
        scores = protocol_scores(columns)
        shown = scores if len(items) > 1 else {"all": scores["all"]}
        training = None
        if trained_on is not None:
            training = TrainingRecord(
                corpus="text", corpus_sha256="c" * 64, sentences=9, tasks=trained_on
            )
        given: dict[str, Any] = {
            "model": "tiny",
            "seed": None,
            "title": TITLES.get(task, task),
            "family": "sts",
            "data": "/data",
            "scores": {"spearman": shown},
            "splits": {name: {"pairs": pairs} for name in items},
            "items": items,
            "task_settings": {"similarity": "cosine"},
            "data_files": (
                FileRecord(name=f"{task}.txt", sha256=task.ljust(64, "0"), rows=pairs),
            ),
            "data_checksum": task.ljust(64, "1"),
            "training": training,
            "dim": 4,
            "runtime": {"dtype": "fp32", "max_length": 64},
            "created": "2030-01-01T00:00:00+00:00",
        }
        return Record(encoder=encoder, task=task, **{**given, **fields})

    return make
