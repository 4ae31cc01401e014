"""Time paired resamples against a loop over scipy.stats.spearmanr, and all seven STS tasks.

Run: OMP_NUM_THREADS=1 python benchmarks/statistics_speed.py [ROUNDS]
"""

import argparse
from collections.abc import Sequence
from itertools import chain
from time import perf_counter

import numpy as np
from scipy import stats

from harness.results.statistics.comparison import TaskSplit, compare_systems
from harness.results.statistics.resampling import Resampling, Split, bootstrap_scores

DRAWS = Resampling.draws
LOOP_DRAWS = 100
SIZES = {  # scored pairs by split
    "STS12": [750, 750, 459, 750, 399],
    "STS13": [189, 750, 561],
    "STS14": [450, 300, 750, 750, 750, 750],
    "STS15": [375, 750, 375, 750, 750],
    "STS16": [254, 249, 230, 244, 209],
    "STS-B": [1379],
    "SICK-R": [4927],
}


def simulated(size: int, rng: np.random.Generator) -> Split:
    """Return two encoders' scores of pairs whose gold has ties, as the real one has."""
    gold = np.round(5 * rng.random(size), 1)
    return Split(gold + rng.normal(size=(2, size)), gold)


def seconds_ours(tasks: Sequence[list[Split]]) -> float:
    """Return the time of all draws of both encoders."""
    start, resampling = perf_counter(), Resampling(protocol="mean")
    for splits in tasks:
        bootstrap_scores(splits, resampling, np.random.default_rng(0))
    return perf_counter() - start


def seconds_scipy(tasks: Sequence[list[Split]]) -> float:
    """Return the time of all draws of both encoders, scaled up from fewer."""
    rng = np.random.default_rng(0)
    start = perf_counter()
    for _ in range(LOOP_DRAWS):
        for split in chain.from_iterable(tasks):
            drawn = rng.integers(0, len(split.gold), len(split.gold))
            for system in split.systems:
                stats.spearmanr(system[drawn], split.gold[drawn])
    return (perf_counter() - start) * DRAWS / LOOP_DRAWS


def main(rounds: int) -> None:
    """Print both sides, their ratio, and the time of the whole comparison."""
    rng = np.random.default_rng(0)
    tasks = {name: [simulated(size, rng) for size in sizes] for name, sizes in SIZES.items()}
    print(f"2 encoders, {DRAWS} paired resamples, protocol mean")
    print(f"(the loop over scipy runs {LOOP_DRAWS} and is scaled)")
    for name, timed in {"STS12": [tasks["STS12"]], "all seven": [*tasks.values()]}.items():
        ratios = []
        for _ in range(rounds):
            ours, scipy_loop = seconds_ours(timed), seconds_scipy(timed)
            ratios.append(scipy_loop / ours)
            line = f"ours {ours:6.2f} s   scipy {scipy_loop:6.1f} s   ratio {ratios[-1]:5.1f}"
            print(f"  {name:9}  {line}")
        print(f"  {name:9}  median ratio {np.median(ratios):.1f}, target at least 50")

    splits = {
        name: [TaskSplit(s.gold, {"A": s.systems[0], "B": s.systems[1]}) for s in task]
        for name, task in tasks.items()
    }
    print(f"all seven tasks and their average, 2 encoders, {DRAWS} resamples and {DRAWS} swaps")
    for protocol in ("mean", "wmean", "all"):
        start = perf_counter()
        compare_systems(splits, Resampling(protocol=protocol), average="Avg.")
        print(f"  {protocol:5} {perf_counter() - start:6.2f} s, target under 60 s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("rounds", nargs="?", type=int, default=5, help="turns of each side")
    main(parser.parse_args().rounds)
