"""The formulae against naive loops over pairs, and the space's bounds."""

import math
import tracemalloc
from itertools import combinations

import numpy as np
import pytest

from harness.results.statistics import embedding_space as module
from harness.results.statistics.embedding_space import (
    EmbeddingSpace,
    embedding_space,
    pair_cosines,
)

PAIRS = [(0, 1), (2, 3), (4, 5), (0, 5), (6, 7)]
GOLD = [4.0, 3.9, 5.0, 0.0, 1.0]


@pytest.fixture
def vectors() -> np.ndarray:
    return np.random.default_rng(5).normal(loc=0.4, size=(8, 3))


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / math.sqrt(a @ a) / math.sqrt(b @ b))


def test_anisotropy_is_the_mean_cosine_of_all_pairs(vectors: np.ndarray) -> None:
    every = [cosine(a, b) for a, b in combinations(vectors, 2)]

    assert embedding_space(vectors, PAIRS, GOLD).anisotropy == pytest.approx(sum(every) / 28)


def test_alignment_is_the_mean_squared_distance_of_pairs_that_score_four_or_more(
    vectors: np.ndarray,
) -> None:
    unit = [vector / math.sqrt(vector @ vector) for vector in vectors]
    distances = [sum((unit[a] - unit[b]) ** 2) for a, b in [(0, 1), (4, 5)]]

    space = embedding_space(vectors, PAIRS, GOLD)

    assert space.alignment == pytest.approx(sum(distances) / 2)
    assert space.alike_pairs == 2


def naive_uniformity(vectors: np.ndarray) -> float:
    unit = [vector / math.sqrt(vector @ vector) for vector in vectors]
    values = [math.exp(-2 * sum((a - b) ** 2)) for a, b in combinations(unit, 2)]
    return math.log(sum(values) / len(values))


def test_uniformity_is_the_log_of_the_mean_gaussian_potential(vectors: np.ndarray) -> None:
    space = embedding_space(vectors, PAIRS, GOLD)

    assert space.uniformity == pytest.approx(naive_uniformity(vectors))


def test_of_many_sentences_random_pairs_stand_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = np.random.default_rng(0).normal(loc=0.5, size=(60, 4))
    monkeypatch.setattr(module, "_PAIRS", 1700)  # of 1770

    spaces = [embedding_space(vectors, PAIRS, GOLD, seed=seed) for seed in (0, 0, 1)]

    assert spaces[0] == spaces[1]
    assert spaces[0].uniformity != spaces[2].uniformity
    for space in spaces:
        assert space.uniformity == pytest.approx(naive_uniformity(vectors), abs=0.1)


def test_spectrum_is_the_shares_of_the_squared_singular_values(vectors: np.ndarray) -> None:
    unit = np.array([vector / math.sqrt(vector @ vector) for vector in vectors])
    variances = np.linalg.svd(unit - unit.mean(axis=0), compute_uv=False) ** 2
    shares = variances / variances.sum()

    space = embedding_space(vectors, PAIRS, GOLD)

    assert space.spectrum == pytest.approx(shares)
    assert space.effective_dim == pytest.approx(1 / sum(shares**2))


def test_a_spectrum_of_more_dimensions_than_sentences_is_the_same() -> None:
    few = np.random.default_rng(1).normal(size=(6, 3))
    wide = np.hstack([few, np.zeros((6, 9))])

    narrow_space, wide_space = (embedding_space(v, PAIRS[:3], GOLD[:3]) for v in (few, wide))

    assert wide_space.spectrum[:3] == pytest.approx(narrow_space.spectrum)
    assert wide_space.effective_dim == pytest.approx(narrow_space.effective_dim)


def test_equal_vectors_are_a_collapsed_space() -> None:
    space = embedding_space(np.tile([1.0, 2.0, 3.0], (8, 1)), PAIRS, GOLD)

    assert space.anisotropy == pytest.approx(1.0)
    assert (space.alignment, space.uniformity) == (pytest.approx(0.0), pytest.approx(0.0))
    assert (space.effective_dim, space.spectrum) == (1.0, ())


def test_nothing_changes_when_the_space_is_turned_and_each_vector_stretched(
    vectors: np.ndarray,
) -> None:
    rng = np.random.default_rng(2)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]

    before, after = (
        embedding_space(v, PAIRS, GOLD)
        for v in (vectors, vectors @ turn * rng.uniform(0.1, 9, size=(8, 1)))
    )

    for name in ("anisotropy", "alignment", "uniformity", "effective_dim"):
        assert getattr(after, name) == pytest.approx(getattr(before, name))


def test_zero_vectors_and_their_pairs_are_left_out_and_counted(vectors: np.ndarray) -> None:
    holed = np.insert(vectors, [0, 4], 0.0, axis=0)
    places = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    places = [place for place in places if holed[place].any()]
    pairs = [(places[a], places[b]) for a, b in PAIRS]

    space = embedding_space(holed, [*pairs, (0, 1)], [*GOLD, 5.0])

    assert space.zero_vectors == 2
    without = embedding_space(vectors, PAIRS, GOLD)
    assert space == EmbeddingSpace(
        **{
            name: 2 if name == "zero_vectors" else getattr(without, name)
            for name in EmbeddingSpace.__dataclass_fields__
        }
    )


def test_bands_hold_the_cosines_of_their_gold_scores(vectors: np.ndarray) -> None:
    bands = embedding_space(vectors, PAIRS, GOLD).bands

    assert [(band.low, band.pairs) for band in bands] == [(0, 1), (1, 1), (3, 1), (4, 2)]
    both = [cosine(vectors[0], vectors[1]), cosine(vectors[4], vectors[5])]
    assert bands[-1].mean == pytest.approx(sum(both) / 2)
    assert (bands[-1].lower, bands[-1].upper) == (
        pytest.approx(np.quantile(both, 0.05)),
        pytest.approx(np.quantile(both, 0.95)),
    )


def test_without_an_alike_pair_there_is_no_alignment(vectors: np.ndarray) -> None:
    assert embedding_space(vectors, PAIRS[:1], [2.0]).alignment is None


@pytest.mark.parametrize(
    ("vectors", "pairs", "message"),
    [
        ([[1.0, math.nan], [1.0, 2.0]], [(0, 1)], "vectors must be finite, got 1 that are not"),
        ([[1.0, 2.0], [0.0, 0.0]], [(0, 1)], "at least two that are not zero, got 1"),
        ([[1.0, 2.0], [2.0, 0.0]], [(0, 1), (1, 0)], r"pairs must have shape \(1, 2\)"),
    ],
)
def test_what_is_no_space_is_refused(
    vectors: list[list[float]], pairs: list[tuple[int, int]], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        embedding_space(vectors, pairs, [1.0])


def test_pairs_are_compared_block_by_block(monkeypatch: pytest.MonkeyPatch) -> None:
    unit = np.eye(4)[[0, 1, 0, 2, 1]]
    pairs = np.array([[0, 2], [0, 1], [1, 4], [3, 3], [2, 3]])
    monkeypatch.setattr(module, "_BLOCK", 2)

    assert pair_cosines(unit, pairs).tolist() == [1, 0, 1, 1, 0]


def test_memory_does_not_grow_with_the_number_of_pairs() -> None:
    vectors = np.random.default_rng(0).normal(size=(20_000, 8))  # 200 million pairs

    tracemalloc.start()
    embedding_space(vectors, PAIRS, GOLD)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 20e6
