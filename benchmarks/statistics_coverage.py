"""Simulate how often intervals cover the truth, and how often the tests reject a true null.

Run: OMP_NUM_THREADS=1 python benchmarks/statistics_coverage.py [DATA_SETS]
"""

import argparse
import math
from collections.abc import Callable
from functools import partial

import numpy as np

from harness.results.statistics.resampling import (
    Resampling,
    Split,
    bootstrap_scores,
    observed_scores,
    swap_differences,
)
from harness.results.statistics.significance import percentile_interval, permutation_p_value

DRAWS = 999
LEVEL = 0.05


def normal(rng: np.random.Generator, items: int, first: float, second: float) -> Split:
    """Two encoders of these Pearson correlations with the gold, and noise that they share."""
    gold, shared, *own = rng.normal(size=(4, items))
    noise = [math.sqrt(0.6) * shared + math.sqrt(0.4) * each for each in own]
    pairs = zip((first, second), noise, strict=True)
    return Split([r * gold + math.sqrt(1 - r * r) * e for r, e in pairs], gold)


def rescaled(rng: np.random.Generator, items: int) -> Split:
    """Equal encoders, the second one's scores stretched monotonically, gold with ties."""
    split = normal(rng, items, 0.75, 0.75)
    return Split([split.systems[0], np.exp(3 * split.systems[1])], np.round(2 * split.gold))


def mirrored(rng: np.random.Generator, items: int) -> Split:
    """Equal scores without exchangeability: one is noisy for low gold, one for high gold."""
    gold, *noise = rng.normal(size=(3, items))
    systems = [gold + np.exp(sign * gold) * e for sign, e in zip((-1, 1), noise, strict=True)]
    return Split(systems, gold)


def nearly_binary(rng: np.random.Generator, items: int) -> Split:
    """Right and wrong answers of two classifiers of the same accuracy, 0.85."""
    easy, guesses = rng.binomial(1, 0.7, items), rng.binomial(1, 0.5, (2, items))
    return Split(np.maximum(easy, guesses), np.ones(items))


def coverage(items: int, first: float, second: float, data_sets: int, metric: str) -> str:
    """Return the shares of 95 % intervals that hold the true scores and difference."""
    rng, resampling = np.random.default_rng(1), Resampling(metric, draws=DRAWS)
    spearman = metric == "spearman"
    truth = [6 / math.pi * math.asin(r / 2) if spearman else r for r in (first, second)]
    targets = np.array([*truth, truth[0] - truth[1]])
    covered = np.zeros(3)
    for _ in range(data_sets):
        split = normal(rng, items, first, second)
        draws = bootstrap_scores([split], resampling, rng)
        low, high = percentile_interval(np.vstack([draws, draws[0] - draws[1]]), 1 - LEVEL)
        covered += (low <= targets) & (targets <= high)
    return "  ".join(f"{100 * share:5.1f}" for share in covered / data_sets)


def rejections(simulate: Callable[[], Split], data_sets: int, metric: str) -> float:
    """Return the share of true null hypotheses rejected at 5 %."""
    rng, resampling = np.random.default_rng(2), Resampling(metric, draws=DRAWS)
    rejected = 0
    for _ in range(data_sets):
        split = simulate()
        first, second = observed_scores([split], resampling)
        null = swap_differences([split], [(0, 1)], resampling, rng)
        rejected += permutation_p_value(first - second, null[0]) <= LEVEL
    return rejected / data_sets


def main(data_sets: int) -> None:
    """Print coverage and type-I error, each with its simulation error."""
    error = 100 * math.sqrt(0.05 * 0.95 / data_sets)
    print(f"{data_sets} data sets, {DRAWS} draws each; simulation error {error:.1f} points")
    print("coverage of 95 % intervals, in %: first encoder, second, difference")
    for metric in ("spearman", "pearson"):
        for items in (100, 250, 750):
            for first, second in ((0.8, 0.7), (0.5, 0.5)):
                shares = coverage(items, first, second, data_sets, metric)
                print(f"  {metric:8} {items:4} pairs, r {first} and {second}:  {shares}")
    print("true null hypotheses rejected at 5 %, in %")
    for metric, simulate in (
        ("spearman", rescaled),
        ("spearman", mirrored),
        ("pearson", mirrored),
        ("accuracy", nearly_binary),
    ):
        for items in (100, 250, 750):
            rng = np.random.default_rng(3)
            share = rejections(partial(simulate, rng, items), data_sets, metric)
            print(f"  {metric:8} {simulate.__name__:13} {items:4} items:  {100 * share:5.1f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("data_sets", nargs="?", type=int, default=2000, help="for each figure")
    main(parser.parse_args().data_sets)
