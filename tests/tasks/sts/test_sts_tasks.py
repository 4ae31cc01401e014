from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from harness.data import DataFolder
from harness.errors import ScoringError
from harness.task import Vectors
from harness.tasks.sts.english import STS12, STSB_DEV
from harness.tasks.sts.files import ScoredPairs
from harness.tasks.sts.task import StsSettings, StsTask

# Five pairs in two splits, each sentence a direction in the plane.
ANGLES = {"a": 0.0, "b": 10.0, "c": 25.0, "d": 45.0, "e": 85.0, "f": 180.0}
SPLITS = {
    "one": ScoredPairs(("a", "a", "a"), ("b", "c", "d"), np.array([5.0, 1.0, 3.0]), ()),
    "two": ScoredPairs(("a", "a"), ("e", "f"), np.array([0.0, 4.0]), ()),
}


def vectors_of(**replaced: list[float]) -> Vectors:
    radians = np.deg2rad(list(ANGLES.values()))
    matrix = np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)
    rows = {name: row for row, name in enumerate(ANGLES)}
    for name, vector in replaced.items():
        matrix[rows[name]] = vector
    return Vectors(rows, matrix)


def toy(settings: StsSettings | None = None, published: int = 2) -> StsTask:
    return StsTask("Toy", SPLITS, settings or StsSettings(), {"one": 3, "two": published})


def test_protocols_are_worked_out_by_hand() -> None:
    # Split one ranks 3, 2, 1 against gold 3, 1, 2: rho = 1 - 6 * 2 / (3 * 8) = 0.5; split two
    # ranks 2, 1 against 1, 2: -1. All five: 5, 4, 3, 2, 1 against 5, 2, 3, 1, 4:
    # squares 0 + 4 + 0 + 1 + 9 = 14, rho = 1 - 6 * 14 / (5 * 24) = 0.3.
    scores = toy().score(vectors_of()).scores["spearman"]

    assert scores["mean"] == pytest.approx((0.5 - 1) / 2)
    assert scores["wmean"] == pytest.approx((3 * 0.5 - 2) / 5)
    assert scores["all"] == pytest.approx(0.3)


def test_every_metric_equals_scipy_s() -> None:
    result = toy(StsSettings(kendall=True)).score(vectors_of())
    system = np.concatenate([result.items[name]["system"] for name in SPLITS])
    gold = np.concatenate([pairs.gold for pairs in SPLITS.values()])

    assert result.scores["pearson"]["all"] == pytest.approx(stats.pearsonr(system, gold)[0])
    assert result.scores["kendall"]["all"] == pytest.approx(stats.kendalltau(system, gold)[0])
    assert result.splits["one"]["spearman"] == pytest.approx(0.5)


def test_items_are_the_cosines_and_the_gold_of_each_split() -> None:
    items = toy().score(vectors_of()).items

    np.testing.assert_allclose(items["two"]["system"], [np.cos(np.deg2rad(85)), -1], atol=1e-6)
    assert items["one"]["gold"] == [5.0, 1.0, 3.0]


def test_a_task_of_one_split_has_one_score(sample: DataFolder) -> None:
    dev = STSB_DEV(sample, StsSettings())
    rows = {sentence: row for row, sentence in enumerate(dict.fromkeys(dev.sentences))}
    matrix = np.random.default_rng(0).normal(size=(len(rows), 5)).astype(np.float32)

    result = dev.score(Vectors(rows, matrix))

    assert {metric: list(scores) for metric, scores in result.scores.items()} == {
        "spearman": ["all"],
        "pearson": ["all"],
    }
    assert result.splits["dev"]["pairs"] == 16


@pytest.mark.parametrize("vector", [[0.0, 0.0], [np.nan, 1.0], [np.inf, 1.0]])
def test_a_bad_vector_fails_the_task_with_counts_sentence_and_cure(vector: list[float]) -> None:
    with pytest.raises(ScoringError) as caught:
        toy().score(vectors_of(c=vector, f=vector))

    assert str(caught.value) == (
        "Toy: 2 of 5 pairs have a zero or non-finite vector, the first at 'a';"
        " --nan zero scores such pairs 0, as SentEval does"
    )


def test_nan_zero_scores_such_pairs_zero() -> None:
    items = toy(StsSettings(nan="zero")).score(vectors_of(c=[0.0, 0.0])).items

    assert items["one"]["system"][1] == 0.0


def test_similarities_that_are_all_equal_have_no_correlation() -> None:
    same: NDArray[np.float32] = np.ones((len(ANGLES), 2), np.float32)
    rows = {name: row for row, name in enumerate(ANGLES)}

    with pytest.raises(ScoringError) as caught:
        toy().score(Vectors(rows, same))

    assert str(caught.value) == (
        "Toy: all similarities of split one are equal; all similarities of split two are equal"
    )


def test_a_split_of_equal_gold_scores_leaves_the_others_and_all_their_scores() -> None:
    pairs = {"one": replace(SPLITS["one"], gold=np.full(3, 2.0)), "two": SPLITS["two"]}
    task = StsTask("Toy", pairs, StsSettings(), {})

    result = task.score(vectors_of())

    assert result.details["undefined_splits"] == {"one": "gold scores"}
    assert np.isnan(result.scores["spearman"]["mean"])
    assert np.isnan(result.splits["one"]["spearman"])
    assert np.isfinite(result.scores["spearman"]["all"])
    assert np.isfinite(result.splits["two"]["spearman"])


def test_counts_that_differ_from_the_published_ones_are_reported() -> None:
    assert toy(published=750).score(vectors_of()).details == {
        "unpublished_counts": {"two": {"pairs": 2, "published": 750}}
    }


def test_the_sample_s_smaller_counts_are_no_finding(sample: DataFolder) -> None:
    sts12 = STS12(sample, StsSettings())
    rows = {sentence: row for row, sentence in enumerate(dict.fromkeys(sts12.sentences))}
    matrix = np.random.default_rng(0).normal(size=(len(rows), 5)).astype(np.float32)

    assert "unpublished_counts" not in sts12.score(Vectors(rows, matrix)).details
