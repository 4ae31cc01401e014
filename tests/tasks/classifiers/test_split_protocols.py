"""Heads trained together against SentEval's own order of things, one fit after another."""

from dataclasses import replace

import numpy as np
import pytest
import sequential_senteval as sequential
import torch
from sklearn.metrics import f1_score

from harness.tasks.classifiers import head_training
from harness.tasks.classifiers.features import LabelledFeatures
from harness.tasks.classifiers.result import TransferResult
from harness.tasks.classifiers.settings import SENTEVAL, SENTEVAL_FAST, HeadSettings
from harness.tasks.classifiers.split_protocols import TransferClassifier

Pair = tuple[HeadSettings, sequential.Settings]

# batches of 13 rows make folds differ in steps and last batches in length; some heads meet the
# limit of epochs, some stop before
FULL = (
    replace(SENTEVAL, folds=3, batch_size=13, max_epoch=40),
    sequential.Settings(3, "adam", 13, 5, 4, max_epoch=40),
)
FAST = replace(SENTEVAL_FAST, folds=3), sequential.Settings(3, "rmsprop", 128, 3, 2)


def noisy_classes(seed: int, rows: int, classes: int, dim: int = 9) -> LabelledFeatures:
    random = np.random.default_rng(seed)
    labels = random.integers(0, classes, rows)
    centres = random.normal(size=(classes, dim))
    features = 0.7 * centres[labels] + random.normal(size=(rows, dim))
    return LabelledFeatures(features.astype(np.float32), labels, classes)


def split(data: LabelledFeatures, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return data.features[rows], data.labels[rows]


def with_loss(pair: Pair, loss: str) -> Pair:
    return replace(pair[0], loss=loss), replace(pair[1], loss=loss)


def assert_same(result: TransferResult, outcome: sequential.Outcome) -> None:
    np.testing.assert_array_equal(result.predictions, outcome.predictions)
    assert result.strengths == tuple(outcome.strengths)
    assert result.senteval_percent() == pytest.approx((outcome.dev, outcome.test), abs=1e-9)


@pytest.mark.parametrize("pair", [FULL, FAST], ids=["full", "fast"])
@pytest.mark.parametrize(
    ("seed", "classes", "loss"), [(0, 2, "mean"), (1, 2, "mean"), (2, 2, "sum"), (3, 3, "mean")]
)
def test_nested_k_fold_predicts_what_sequential_fits_predict(
    seed: int, pair: Pair, classes: int, loss: str
) -> None:
    protocol, settings = with_loss(pair, loss)
    data = noisy_classes(seed, 97, classes)

    result = TransferClassifier(data, protocol).nested_k_fold()

    assert_same(result, sequential.nested_k_fold(data.features, data.labels, classes, settings))


@pytest.mark.parametrize(("classes", "loss"), [(2, "mean"), (6, "sum")])
@pytest.mark.parametrize("pair", [FULL, FAST], ids=["full", "fast"])
def test_k_fold_then_test_predicts_what_sequential_fits_predict(
    pair: Pair, classes: int, loss: str
) -> None:
    protocol, settings = with_loss(pair, loss)
    data = noisy_classes(2, 180, classes)
    train, test = np.arange(120), np.arange(120, 180)

    result = TransferClassifier(data, protocol).k_fold_then_test(train, test)

    outcome = sequential.k_fold_then_test(split(data, train), split(data, test), classes, settings)
    assert_same(result, outcome)


@pytest.mark.parametrize(("classes", "loss"), [(2, "mean"), (5, "sum")])
@pytest.mark.parametrize("pair", [FULL, FAST], ids=["full", "fast"])
def test_train_dev_test_predicts_what_sequential_fits_predict(
    pair: Pair, classes: int, loss: str
) -> None:
    protocol, settings = with_loss(pair, loss)
    data = noisy_classes(3, 220, classes)
    train, dev, test = np.split(np.arange(220), [120, 160])

    result = TransferClassifier(data, protocol).train_dev_test(train, dev, test)

    parts = [split(data, rows) for rows in (train, dev, test)]
    assert_same(result, sequential.train_dev_test(*parts, classes, settings))


def test_senteval_settings_are_those_of_the_transcription() -> None:
    for protocol, settings in ((SENTEVAL, sequential.FULL), (SENTEVAL_FAST, sequential.FAST)):
        assert {name: getattr(protocol, name) for name in vars(settings)} == vars(settings)
        assert protocol.l2 == sequential.L2


def test_f1_is_that_of_class_one() -> None:
    data = noisy_classes(4, 260, 2)
    train, test = np.arange(200), np.arange(200, 260)

    result = TransferClassifier(data, FAST[0]).k_fold_then_test(train, test)

    assert result.f1 == pytest.approx(f1_score(data.labels[test], result.predictions))


def test_chunking_changes_no_prediction(monkeypatch: pytest.MonkeyPatch) -> None:
    data = noisy_classes(5, 120, 2)
    whole = TransferClassifier(data, FULL[0]).nested_k_fold()

    monkeypatch.setattr(head_training, "CACHE_BYTES", 1)
    one_by_one = TransferClassifier(data, FULL[0]).nested_k_fold()

    np.testing.assert_array_equal(one_by_one.predictions, whole.predictions)
    assert one_by_one.rounds == whole.rounds


def test_several_threads_change_no_prediction() -> None:
    data = noisy_classes(5, 120, 2)
    threads = torch.get_num_threads()
    try:
        results = []
        for count in (1, 3):
            torch.set_num_threads(count)
            results.append(TransferClassifier(data, FULL[0]).nested_k_fold())
            assert torch.get_num_threads() == count
    finally:
        torch.set_num_threads(threads)

    np.testing.assert_array_equal(results[0].predictions, results[1].predictions)


def test_random_states_of_the_caller_are_left_alone() -> None:
    np.random.seed(7)  # noqa: NPY002
    torch.manual_seed(7)
    expected = np.random.rand(), torch.rand(1)  # noqa: NPY002
    np.random.seed(7)  # noqa: NPY002
    torch.manual_seed(7)

    TransferClassifier(noisy_classes(0, 90, 2), FAST[0]).nested_k_fold()

    assert (np.random.rand(), torch.rand(1)) == expected  # noqa: NPY002


def test_heads_at_the_epoch_limit_count_as_unconverged() -> None:
    protocol = replace(FAST[0], max_epoch=0)

    result = TransferClassifier(noisy_classes(0, 90, 2), protocol).nested_k_fold()

    assert result.heads == 3 * (3 * 4 + 1)
    assert result.unconverged == result.heads
    assert result.rounds == (1, 1, 1)


@pytest.mark.parametrize("name", ["nested_k_fold", "k_fold_then_test", "train_dev_test"])
def test_progress_reaches_the_number_of_heads(name: str) -> None:
    finished = []
    classifier = TransferClassifier(noisy_classes(0, 90, 2), FAST[0], progress=finished.append)
    rows = {"nested_k_fold": [], "k_fold_then_test": [60, 90], "train_dev_test": [40, 60, 90]}[
        name
    ]
    parts = [np.arange(stop) for stop in rows]

    result = getattr(classifier, name)(*parts)

    assert sum(finished) == classifier.heads_to_train()[name] == result.heads


def test_percent_is_rounded_fold_by_fold() -> None:
    result = TransferClassifier(noisy_classes(0, 90, 2), FAST[0]).nested_k_fold()
    result = replace(result, accuracies=(0.12345, 0.5, 0.5), dev_accuracies=(1 / 3, 0.5, 0.5))

    assert result.senteval_percent() == (44.44, 37.45)
    assert result.accuracy == pytest.approx(0.374483, abs=1e-6)


def test_class_with_fewer_rows_than_folds_is_named() -> None:
    data = noisy_classes(0, 90, 2)
    labels = np.zeros(90, dtype=np.int64)
    labels[:2] = 1

    with pytest.raises(ValueError, match=r"at least 3 rows .* got 2 of class 1"):
        TransferClassifier(replace(data, labels=labels), FAST[0]).nested_k_fold()


def test_single_class_is_named() -> None:
    data = replace(noisy_classes(0, 90, 2), labels=np.ones(90, dtype=np.int64))
    classifier = TransferClassifier(data, FAST[0])

    for test in (
        classifier.nested_k_fold,
        lambda: classifier.train_dev_test(*np.split(np.arange(90), 3)),
    ):
        with pytest.raises(ValueError, match=r"of at least 2 classes, got only \[1\]"):
            test()


def test_label_outside_the_set_is_named() -> None:
    with pytest.raises(ValueError, match=r"labels must be 0 \.\. 1, got 2 in row 1"):
        LabelledFeatures(np.zeros((2, 3), dtype=np.float32), np.array([0, 2]), 2)


def test_feature_that_is_not_finite_is_named() -> None:
    features = np.zeros((4, 3), dtype=np.float32)
    features[2, 1] = np.nan

    with pytest.raises(ValueError, match="nan or inf in 1 rows, first in row 2"):
        LabelledFeatures(features, np.array([0, 1, 0, 1]), 2)


def test_shapes_that_do_not_match_are_named() -> None:
    with pytest.raises(ValueError, match=r"got \(4, 3\) and \(5,\)"):
        LabelledFeatures(np.zeros((4, 3), dtype=np.float32), np.zeros(5, dtype=np.int64), 2)


def test_refit_on_too_few_rows_is_named() -> None:
    data = noisy_classes(0, 30, 2)

    with pytest.raises(ValueError, match="at least 20 rows to hold out 5 %, got 18"):
        TransferClassifier(data, FAST[0]).k_fold_then_test(np.arange(18), np.arange(18, 30))


def test_unknown_loss_is_named() -> None:
    with pytest.raises(ValueError, match="'mean' or 'sum', got 'max'"):
        replace(SENTEVAL, loss="max")
