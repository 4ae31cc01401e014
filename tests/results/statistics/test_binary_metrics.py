import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from harness.results.statistics.binary_metrics import average_precision, best_threshold_accuracy


def draw(seed: int, *, tied: bool) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    gold = rng.integers(0, 2, 60).astype(float)
    system = gold * 0.4 + rng.normal(size=60)
    return (system.round(1) if tied else system), gold


def best_accuracy_one_by_one(system: np.ndarray, gold: np.ndarray) -> float:
    """Return what sentence-transformers' ``find_best_acc_and_threshold`` computes."""
    rows = sorted(zip(system, gold, strict=True), key=lambda row: row[0], reverse=True)
    best, positive_so_far, remaining_negatives = 0.0, 0, sum(gold == 0)
    for _, label in rows[:-1]:
        if label == 1:
            positive_so_far += 1
        else:
            remaining_negatives -= 1
        best = max(best, (positive_so_far + remaining_negatives) / len(rows))
    return best


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_average_precision_equals_scikit_learn_s(seed: int, tied: bool) -> None:
    system, gold = draw(seed, tied=tied)

    assert average_precision(system, gold) == pytest.approx(average_precision_score(gold, system))


@pytest.mark.parametrize("seed", range(5))
def test_best_threshold_accuracy_equals_sentence_transformers(seed: int) -> None:
    system, gold = draw(seed, tied=False)

    assert best_threshold_accuracy(system, gold) == best_accuracy_one_by_one(system, gold)


def test_no_threshold_parts_equal_similarities() -> None:
    system, gold = draw(3, tied=True)
    every = [((system > cut) == gold).mean() for cut in np.unique(system)[:-1]]

    assert best_threshold_accuracy(system, gold) == max(every)


def test_a_threshold_predicts_both_labels() -> None:
    assert best_threshold_accuracy([0.9, 0.5, 0.1], [0, 0, 1]) == pytest.approx(1 / 3)


@pytest.mark.parametrize("metric", [average_precision, best_threshold_accuracy])
def test_one_label_alone_has_no_score(metric: object) -> None:
    assert callable(metric)
    assert np.isnan(metric([0.9, 0.5], [1, 1]))


def test_equal_similarities_have_no_threshold() -> None:
    assert np.isnan(best_threshold_accuracy([0.5, 0.5], [0, 1]))


def test_other_labels_are_refused() -> None:
    with pytest.raises(ValueError, match="gold must be 1 or 0"):
        average_precision([0.9, 0.5], [2, 1])
