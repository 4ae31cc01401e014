from collections.abc import Mapping
from typing import get_args

import numpy as np
import pytest

from harness.encoder import Embeddings
from harness.task import Vectors
from harness.tasks.sts.files import ScoredPairs
from harness.tasks.sts.similarity import Similarity
from harness.tasks.sts.task import StsSettings, StsTask

GENERATOR = np.random.default_rng(0)
PAIRS, DIM = 50, 384
GOLD = GENERATOR.uniform(0, 5, PAIRS)


def details(
    first: Embeddings, second: Embeddings, *others: Embeddings, **settings: str
) -> Mapping[str, object]:
    """Return the details of the score of two splits, the second of random vectors."""
    splits, sentences, rows = {}, [], []
    sides = {"one": (first, second), **({"two": others} if others else {})}
    for name, pair in sides.items():
        texts = [[f"{name} {side} {row}" for row in range(PAIRS)] for side in range(2)]
        splits[name] = ScoredPairs(tuple(texts[0]), tuple(texts[1]), GOLD, ())
        sentences += [*texts[0], *texts[1]]
        rows += list(pair)
    task = StsTask("T", splits, StsSettings(**settings), {})  # type: ignore[arg-type]
    numbers = {sentence: row for row, sentence in enumerate(sentences)}
    return task.score(Vectors(numbers, np.concatenate(rows))).details


def collapsed(noise: float) -> Embeddings:
    """Return vectors that differ by a relative noise."""
    base = np.random.default_rng(1).normal(size=DIM)
    return (base * (1 + noise * GENERATOR.normal(size=(PAIRS, DIM)))).astype(np.float32)


def test_a_layer_whose_cosines_differ_by_rounding_says_so() -> None:
    found = details(collapsed(1e-4), collapsed(1e-4))

    (split,) = found["rounding"].values()  # type: ignore[attr-defined]
    assert 0 < split["spread"] <= 2.2e-6 < split["rounding"] < 2e-5


@pytest.mark.parametrize("kind", get_args(Similarity))
def test_every_similarity_that_differs_by_rounding_says_so(kind: Similarity) -> None:
    assert "rounding" in details(collapsed(1e-5), collapsed(1e-5), similarity=kind)
    assert "rounding" not in details(collapsed(0.1), collapsed(0.1), similarity=kind)


def test_a_collapsed_space_that_still_orders_pairs_is_not_marked() -> None:
    assert "rounding" not in details(collapsed(0.01), collapsed(0.01))


def test_the_split_is_named_and_the_others_are_not() -> None:
    found = details(collapsed(1e-4), collapsed(1e-4), collapsed(1.0), collapsed(1.0))

    assert list(found["rounding"]) == ["one"]  # type: ignore[call-overload]


def test_pairs_without_a_cosine_do_not_hide_rounding() -> None:
    first = collapsed(1e-4)
    first[0] = 0

    assert "rounding" in details(first, collapsed(1e-4), nan="zero")
