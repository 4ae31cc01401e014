"""The batched solver against scikit-learn, run to a tight tolerance."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from harness.tasks.classifiers.features import LabelledFeatures
from harness.tasks.classifiers.folds import Fold
from harness.tasks.classifiers.head_bank import Head
from harness.tasks.classifiers.logistic import LogisticTrainer
from harness.tasks.classifiers.settings import SKLEARN
from harness.tasks.classifiers.split_protocols import TransferClassifier

PROTOCOL = replace(SKLEARN, folds=4)


def noisy_classes(seed: int, rows: int, classes: int, dim: int = 9) -> LabelledFeatures:
    random = np.random.default_rng(seed)
    labels = random.integers(0, classes, rows)
    features = 0.7 * random.normal(size=(classes, dim))[labels] + random.normal(size=(rows, dim))
    return LabelledFeatures(features.astype(np.float32), labels, classes)


def reference(c: float) -> LogisticRegression:
    return LogisticRegression(C=c, tol=1e-10, max_iter=100_000)


def train(data: LabelledFeatures, rows: np.ndarray, c: float) -> Head:
    trainer = LogisticTrainer(data, PROTOCOL, torch.device("cpu"))
    return trainer.refit([rows], [c], lambda heads: None)[0]


@pytest.mark.parametrize("c", [0.25, 8.0, 32.0])
@pytest.mark.parametrize("seed", [0, 1])
def test_two_classes_have_the_weights_of_scikit_learn(seed: int, c: float) -> None:
    data, rows = noisy_classes(seed, 150, 2), np.arange(100)
    fitted = reference(c).fit(data.features[rows].astype(np.float64), data.labels[rows])

    head = train(data, rows, c)

    difference = (head.weights[1] - head.weights[0]).numpy()
    np.testing.assert_allclose(difference[:-1], fitted.coef_[0], atol=2e-5)
    np.testing.assert_allclose(difference[-1], fitted.intercept_[0], atol=2e-5)
    assert head.converged


@pytest.mark.parametrize("c", [0.25, 8.0, 32.0])
def test_several_classes_have_the_weights_of_scikit_learn(c: float) -> None:
    data, rows = noisy_classes(2, 200, 4), np.arange(150)
    fitted = reference(c).fit(data.features[rows].astype(np.float64), data.labels[rows])

    weights = train(data, rows, c).weights.numpy()

    np.testing.assert_allclose(weights[:, :-1], fitted.coef_, atol=2e-5)
    bias = weights[:, -1] - weights[:, -1].mean()  # a shift of all biases changes nothing
    np.testing.assert_allclose(bias, fitted.intercept_ - fitted.intercept_.mean(), atol=2e-5)


@pytest.mark.parametrize("classes", [2, 3])
def test_nested_k_fold_chooses_and_predicts_like_scikit_learn(classes: int) -> None:
    data = noisy_classes(3, 140, classes)
    x, y = data.features.astype(np.float64), data.labels
    folds = StratifiedKFold(4, shuffle=True, random_state=1111)
    chosen, predictions = [], np.empty(len(y), dtype=int)
    for rows, test in folds.split(x, y):
        means = [
            np.mean(
                [
                    reference(c).fit(x[rows][i], y[rows][i]).score(x[rows][j], y[rows][j])
                    for i, j in folds.split(x[rows], y[rows])
                ]
            )
            for c in PROTOCOL.c
        ]
        chosen.append(PROTOCOL.c[int(np.argmax(np.round(100 * np.array(means), 2)))])
        predictions[test] = reference(chosen[-1]).fit(x[rows], y[rows]).predict(x[test])

    result = TransferClassifier(data, PROTOCOL).nested_k_fold()

    assert result.strengths == tuple(chosen)
    np.testing.assert_array_equal(result.predictions, predictions)
    assert result.unconverged == 0


@pytest.mark.parametrize(
    ("name", "ends", "choices"),
    [("k_fold_then_test", [100], PROTOCOL.c_k_fold), ("train_dev_test", [60, 100], PROTOCOL.c)],
)
def test_split_protocols_predict_like_scikit_learn(
    name: str, ends: list[int], choices: tuple[float, ...]
) -> None:
    data = noisy_classes(4, 160, 3)
    parts = np.split(np.arange(160), ends)

    result = getattr(TransferClassifier(data, PROTOCOL), name)(*parts)

    (chosen,) = result.strengths
    fitted = reference(chosen).fit(data.features[parts[0]], data.labels[parts[0]])
    assert chosen in choices
    np.testing.assert_array_equal(result.predictions, fitted.predict(data.features[parts[-1]]))


def test_class_without_training_rows_is_never_predicted() -> None:
    data = replace(noisy_classes(5, 90, 2), classes=3)
    data = replace(data, labels=2 * data.labels)

    result = TransferClassifier(data, PROTOCOL).train_dev_test(*np.split(np.arange(90), 3))

    assert set(result.predictions) == {0, 2}


def test_heads_at_the_step_limit_count_as_unconverged() -> None:
    protocol = replace(PROTOCOL, max_iterations=1)

    result = TransferClassifier(noisy_classes(6, 120, 2), protocol).nested_k_fold()

    assert result.unconverged > 0


def test_far_features_still_converge() -> None:
    data = noisy_classes(7, 120, 2)
    data = replace(data, features=data.features * 100 + 30)

    head = train(data, np.arange(120), 32.0)

    assert head.converged


def test_progress_counts_every_head() -> None:
    finished = []
    trainer = LogisticTrainer(noisy_classes(8, 60, 2), PROTOCOL, torch.device("cpu"))
    folds = [Fold(np.arange(40), np.arange(40, 60)), Fold(np.arange(20, 60), np.arange(20))]

    trainer.train(folds, [PROTOCOL.c] * 2, finished.append)

    assert sum(finished) == 2 * len(PROTOCOL.c)
