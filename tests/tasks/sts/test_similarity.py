from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import ArrayLike
from scipy.spatial import distance

from harness.tasks.sts.similarity import SIMILARITIES, Similarity, similarities

GENERATOR = np.random.default_rng(0)
FIRST = GENERATOR.normal(size=(20, 8)).astype(np.float32)
SECOND = GENERATOR.normal(size=(20, 8)).astype(np.float32)


@pytest.mark.parametrize(
    ("kind", "reference"),
    [
        ("cosine", lambda u, v: 1 - distance.cosine(u, v)),
        ("cosine-tied", lambda u, v: 1 - distance.cosine(u, v)),
        ("dot", np.dot),
        ("euclidean", lambda u, v: -distance.euclidean(u, v)),
        ("manhattan", lambda u, v: -distance.cityblock(u, v)),
    ],
)
def test_similarity_equals_scipy_s_pair_by_pair(
    kind: Similarity, reference: Callable[[ArrayLike, ArrayLike], float]
) -> None:
    expected = [reference(u, v) for u, v in zip(FIRST, SECOND, strict=True)]

    np.testing.assert_allclose(similarities(FIRST, SECOND, kind), expected, rtol=1e-4, atol=1e-6)


def test_cosine_is_bit_for_bit_what_senteval_computes_pair_by_pair() -> None:
    expected = [
        float(u @ v / (np.linalg.norm(u) * np.linalg.norm(v)))
        for u, v in zip(FIRST, SECOND, strict=True)
    ]

    assert similarities(FIRST, SECOND, "cosine").tolist() == expected


def test_tied_cosine_gives_all_identical_pairs_one_value() -> None:
    assert set(similarities(FIRST, FIRST, "cosine-tied").tolist()) == {1.0}


@pytest.mark.parametrize("kind", SIMILARITIES)
@pytest.mark.parametrize("value", [0.0, np.nan, np.inf])
def test_a_zero_or_non_finite_vector_has_no_similarity(kind: Similarity, value: float) -> None:
    first, second = FIRST.copy(), SECOND.copy()
    first[3] = value
    second[5] = value

    missing = np.flatnonzero(np.isnan(similarities(first, second, kind)))

    counts = kind == "hamming" and value == 0  # bits may all be 0
    assert missing.tolist() == ([] if counts else [3, 5])


@pytest.mark.parametrize("kind", SIMILARITIES)
@pytest.mark.parametrize("value", [1e38, 3e38, 1e-30])
def test_a_vector_whose_norm_is_beyond_float32_is_compared_in_float64(
    kind: Similarity, value: float
) -> None:
    first, second = FIRST.copy(), SECOND.copy()
    first[3] *= np.float32(value) / np.abs(first[3]).max()
    second[5] *= np.float32(value) / np.abs(second[5]).max()
    extreme = np.array([3, 5])
    wide = similarities(first.astype(np.float64), second.astype(np.float64), kind)

    found = similarities(first, second, kind)

    np.testing.assert_allclose(found[extreme], wide[extreme], rtol=1e-6)
    rest = np.delete(np.arange(len(FIRST)), extreme)
    assert found[rest].tolist() == similarities(FIRST, SECOND, kind)[rest].tolist()


@pytest.mark.parametrize("kind", ["euclidean", "manhattan"])
def test_distances_are_negated_so_that_higher_is_more_alike(kind: Similarity) -> None:
    others = np.array([[1, 1, 2], [9, 9, 9]], np.float32)

    near, far = similarities(np.ones((2, 3), np.float32), others, kind)

    assert near > far
