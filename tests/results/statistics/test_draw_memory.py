"""Draws that columns of a board share."""

from collections.abc import Sequence

import numpy as np

from harness.results.statistics.comparison import TaskSplit, compare_systems
from harness.results.statistics.draw_memory import DrawMemory
from harness.results.statistics.resampling import Resampling


def test_only_the_rows_that_are_missing_are_drawn() -> None:
    memory, asked = DrawMemory(), []

    def make(places: Sequence[int]) -> np.ndarray:
        asked.append(list(places))
        return np.array([[[place]] for place in places], dtype=float)

    memory.draws("task", [("a",), ("b",)], make)
    found = memory.draws("task", [("a",), ("c",), ("b",)], make)

    assert asked == [[0, 1], [1]]
    assert found.ravel().tolist() == [0.0, 1.0, 1.0]


def test_comparisons_from_memory_are_those_made_anew() -> None:
    rng = np.random.default_rng(0)
    golds = [rng.random(30), rng.random(20)]
    tasks = {
        "one": [TaskSplit(g, {n: g + rng.random(len(g)) for n in "abc"}) for g in golds],
        "two": [TaskSplit(golds[0], {n: rng.random(30) for n in "abc"})],
    }
    memory = DrawMemory()

    for protocol in ("mean", "wmean", "all"):
        resampling = Resampling(protocol=protocol, draws=30)
        anew = compare_systems(tasks, resampling, average="both")
        for name, splits in tasks.items():
            compare_systems({name: splits}, resampling, pairs=[("a", "b")], memory=memory)
        shared = compare_systems(tasks, resampling, average="both", memory=memory)

        assert repr(shared) == repr(anew)  # nan, of one seed, equals nothing
