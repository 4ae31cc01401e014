"""The arithmetic of Spearman's draws in whole numbers of 16, 32 and 64 bits."""

import numpy as np
import pytest

from harness.results.statistics import exchanged_spearman, resampled_spearman
from harness.results.statistics.resampling import (
    Resampling,
    Split,
    bootstrap_scores,
    swap_differences,
)

RESAMPLING = Resampling("spearman", draws=60)


def draws(split: Split) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng
    swaps = swap_differences([split], [(0, 1), (0, 2), (1, 2)], RESAMPLING, rng(2))
    return bootstrap_scores([split], RESAMPLING, rng(1)), swaps


@pytest.mark.parametrize(("most_16", "most_32"), [(0, 10**6), (0, 0)])
def test_the_width_of_whole_numbers_does_not_change_the_draws(
    monkeypatch: pytest.MonkeyPatch, most_16: int, most_32: int
) -> None:
    rng = np.random.default_rng(0)
    gold = np.round(5 * rng.random(150))
    systems = gold + rng.normal(size=(3, 150))
    systems[:, :9] = 1.0  # identical sentences
    systems[2, 30:90] = 0.0  # no word in common
    split = Split(systems, gold)
    scores, swaps = draws(split)

    for module in (resampled_spearman, exchanged_spearman):
        monkeypatch.setattr(module, "_MOST_16", most_16)
        monkeypatch.setattr(module, "_MOST_32", most_32)
    wide_scores, wide_swaps = draws(split)

    np.testing.assert_array_equal(wide_scores, scores)
    np.testing.assert_array_equal(wide_swaps, swaps)


def test_a_pair_has_the_same_draws_among_many_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    gold = np.round(5 * rng.random(80), 1)
    split = Split(gold + rng.normal(size=(5, 80)).round(1), gold)
    pairs = [(0, 1), (0, 2), (1, 2), (3, 4), (0, 1)]
    monkeypatch.setattr(exchanged_spearman, "_WALKS", 2)  # fewer than there are systems

    together = swap_differences([split], pairs, RESAMPLING, np.random.default_rng(4))

    for row, pair in zip(together, pairs, strict=True):
        alone = swap_differences([split], [pair], RESAMPLING, np.random.default_rng(4))
        np.testing.assert_array_equal(row, alone[0])
