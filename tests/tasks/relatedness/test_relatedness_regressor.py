import numpy as np
import pytest
import sequential_senteval as sequential
from scipy.stats import pearsonr, spearmanr

from harness.tasks.relatedness import regressor as relatedness_head
from harness.tasks.relatedness.regressor import soft_labels, train_relatedness


def noisy_pairs(
    seed: int, rows: int = 200, dim: int = 6
) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    random = np.random.default_rng(seed)
    features = random.normal(size=(rows, dim)).astype(np.float32)
    gold = 2.5 + features @ random.normal(size=dim) + random.normal(size=rows)
    return features, np.clip(gold, 0.0, 5.0), np.split(np.arange(rows), [110, 150])


def test_soft_labels_spread_a_score_over_its_neighbours() -> None:
    expected = [
        [0, 0, 0.4, 0.6, 0],  # 3.6
        [1, 0, 0, 0, 0],  # 1
        [0, 0, 0, 0, 1],  # 5
        [0.25, 0, 0, 0, 0],  # 0.25: no class 0 to take the rest
        [0, 0, 0, 0, 0],  # 0
    ]

    np.testing.assert_allclose(soft_labels(np.array([3.6, 1, 5, 0.25, 0])), expected, atol=1e-6)


@pytest.mark.parametrize(("seed", "loss"), [(0, "mean"), (1, "sum")])
def test_regressor_scores_what_the_sequential_transcription_scores(seed: int, loss: str) -> None:
    features, gold, (train, dev, test) = noisy_pairs(seed)

    result = train_relatedness(features, gold, train=train, dev=dev, test=test, loss=loss)

    dev_pearson, scores = sequential.relatedness(
        (features[train], soft_labels(gold[train])),
        (features[dev], gold[dev]),
        features[test],
        loss,
    )
    np.testing.assert_allclose(result.predictions, scores, atol=1e-4)
    assert result.dev_pearson == pytest.approx(dev_pearson, abs=1e-5)
    assert result.pearson == pytest.approx(pearsonr(result.predictions, gold[test]).statistic)
    assert result.spearman == pytest.approx(spearmanr(result.predictions, gold[test]).statistic)
    assert result.mse == pytest.approx(((result.predictions - gold[test]) ** 2).mean())


def test_regressor_at_the_limit_of_passes_is_unconverged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relatedness_head, "MAX_PASSES", 0)
    features, gold, (train, dev, test) = noisy_pairs(0)

    result = train_relatedness(features, gold, train=train, dev=dev, test=test)

    assert (result.rounds, result.converged) == (1, False)


def test_undefined_correlation_is_zero() -> None:
    features, gold, (train, dev, test) = noisy_pairs(0, rows=160)

    result = train_relatedness(np.zeros_like(features), gold, train=train, dev=dev, test=test)

    assert (result.pearson, result.spearman, result.dev_pearson) == (0.0, 0.0, -1.0)


def test_score_off_the_scale_is_named() -> None:
    features, gold, (train, dev, test) = noisy_pairs(0)
    gold[0] = 5.5

    with pytest.raises(ValueError, match=r"in \[0, 5\], got 0\.0 to 5\.5"):
        train_relatedness(features, gold, train=train, dev=dev, test=test)
