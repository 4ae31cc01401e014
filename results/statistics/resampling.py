"""Bootstrap and permutation draws of task scores, the same draws for every system.

A task is a list of splits. Under `mean` and `wmean` a bootstrap draw resamples the pairs within
each split, since the splits' sizes are part of the protocol (stratified). `all` knows no splits:
it scores one set of pairs, and that one set is resampled as a whole.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from harness.results.families import DEFAULT_PROTOCOL
from harness.results.statistics.correlation import FloatArray
from harness.results.statistics.metrics import find_metric
from harness.results.statistics.protocols import Protocol, split_weights
from harness.results.statistics.resampled_metrics import IntArray

OnDraws: TypeAlias = Callable[[int], None]
"""Called with how many draws were scored since its last call."""

# Counts held at a time, in numbers of 8 bytes: small enough to stay in a core's cache.
_CHUNK = 2**16
# The same for metrics that work on all draws of an item at a time: the more, the faster.
_WIDE_CHUNK = 2**20


@dataclass(frozen=True)
class Resampling:
    """What is resampled and how often, with the defaults of every comparison.

    Attributes:
        metric: A metric; None for each task's own: the first of its family that all results have.
        protocol: How splits become a task's score.
        confidence: Coverage of the intervals, in (0, 1); 1 - confidence is the level of the tests.
        draws: Number of bootstrap and of permutation draws, at least 1.
        seed: Seed of all draws, at least 0.

    Raises:
        ValueError: If the protocol is unknown, or a number out of range.
    """

    metric: str | None = None
    protocol: Protocol = DEFAULT_PROTOCOL
    confidence: float = 0.95
    draws: int = 10_000
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse an unknown protocol and numbers out of range."""
        if self.protocol not in get_args(Protocol):
            raise ValueError(f"protocol must be mean, wmean or all, got {self.protocol!r}")
        if not 0 < self.confidence < 1:
            raise ValueError(f"confidence must be between 0 and 1, got {self.confidence}")
        if self.draws < 1:
            raise ValueError(f"draws must be at least 1, got {self.draws}")
        if self.seed < 0:
            raise ValueError(f"seed must be at least 0, got {self.seed}")


class Split:
    """The items of one split with the scores of several systems.

    Args:
        systems: One row a system. Shape: (systems, items).
        gold: Gold scores or labels. Shape: (items,).

    Raises:
        ValueError: If the shapes do not fit, or a value is not finite.
    """

    def __init__(self, systems: npt.ArrayLike, gold: npt.ArrayLike) -> None:
        self.systems = np.asarray(systems, dtype=np.float64)
        self.gold = np.asarray(gold, dtype=np.float64)
        shape = self.systems.shape
        if (len(shape), self.gold.ndim) != (2, 1) or shape[1:] != self.gold.shape:
            raise ValueError(
                "systems and gold must have shapes (systems, items) and (items,), "
                f"got {shape} and {self.gold.shape}"
            )
        if not len(self.gold):
            raise ValueError("items must be at least one, got none")
        if not (np.isfinite(self.systems).all() and np.isfinite(self.gold).all()):
            raise ValueError("systems and gold must be finite, got nan or infinity")


def observed_scores(splits: Sequence[Split], resampling: Resampling) -> FloatArray:
    """Return each system's score of one task. Shape: (systems,).

    Raises:
        ValueError: If there is no split, or no such metric.
    """
    scorer = find_metric(resampling.metric).scorer
    scores = []
    for weight, split in zip(*weighted_parts(splits, resampling.protocol), strict=True):
        once = np.ones((len(split.gold), 1), dtype=np.int32)
        scores.append(weight * scorer(split.systems, split.gold)(once)[:, 0])
    return np.asarray(np.sum(scores, axis=0))


def bootstrap_scores(
    splits: Sequence[Split],
    resampling: Resampling,
    rng: np.random.Generator,
    *,
    on_draws: OnDraws | None = None,
) -> FloatArray:
    """Return the scores of resamples with replacement, paired: one resample for all systems.

    Args:
        splits: The task; every split has the same systems.
        resampling: Metric, protocol and number of draws.
        rng: Source of the draws.
        on_draws: Called with each part's draws; a task scored split by split is as many parts.

    Returns:
        nan where a resample is constant. Shape: (systems, draws).

    Raises:
        ValueError: If there is no split, or no such metric.
    """
    weights, parts = weighted_parts(splits, resampling.protocol)
    return weighted_sum(weights, bootstrap_parts(parts, resampling, rng, on_draws=on_draws))


def bootstrap_parts(
    parts: Sequence[Split],
    resampling: Resampling,
    rng: np.random.Generator,
    *,
    on_draws: OnDraws | None = None,
) -> FloatArray:
    """Return the scores of each part of a task as `bootstrap_scores` does, not yet weighted.

    Returns:
        Shape: (systems, parts, draws).
    """
    metric = find_metric(resampling.metric)
    scores = []
    for split in parts:
        score = metric.scorer(split.systems, split.gold)
        counts = bootstrap_counts(len(split.gold), resampling.draws, rng)
        drawn = _reported(_joined(counts) if metric.is_wide else counts, on_draws)
        scores.append(np.concatenate([score(some) for some in drawn], axis=1))
    return np.stack(scores, axis=1)


def swap_differences(
    splits: Sequence[Split],
    pairs: Sequence[tuple[int, int]],
    resampling: Resampling,
    rng: np.random.Generator,
    *,
    on_draws: OnDraws | None = None,
) -> FloatArray:
    """Return the score differences of pairs of systems under random exchange.

    Each draw swaps the two values of each item with probability 1/2, the same items for every
    pair of systems; see `exchanged_metrics`. Values are put on one scale within the
    split, for `all` over all items.

    Args:
        splits: The task; every split has the same systems.
        pairs: Row numbers of the systems to compare.
        resampling: Metric, protocol and number of draws.
        rng: Source of the swaps.
        on_draws: As in `bootstrap_scores`.

    Returns:
        First minus second, nan where a swapped system is constant. Shape: (pairs, draws).

    Raises:
        ValueError: If there is no split, or no such metric.
    """
    weights, parts = weighted_parts(splits, resampling.protocol)
    return weighted_sum(weights, swap_parts(parts, pairs, resampling, rng, on_draws=on_draws))


def swap_parts(
    parts: Sequence[Split],
    pairs: Sequence[tuple[int, int]],
    resampling: Resampling,
    rng: np.random.Generator,
    *,
    on_draws: OnDraws | None = None,
) -> FloatArray:
    """Return the differences of each part of a task as `swap_differences` does, not yet weighted.

    Returns:
        Shape: (pairs, parts, draws).
    """
    metric = find_metric(resampling.metric)
    differences = []
    for split in parts:
        exchange = metric.exchange(split.systems, split.gold, pairs)
        choices = swap_choices(len(split.gold), resampling.draws, rng)
        drawn = _reported(_joined(choices) if metric.is_wide else choices, on_draws)
        differences.append(np.concatenate([exchange(kept) for kept in drawn], axis=1))
    return np.stack(differences, axis=1)


def weighted_sum(weights: Sequence[float], parts: FloatArray) -> FloatArray:
    """Return the (rows, draws) of a task from those of its parts, (rows, parts, draws)."""
    return np.asarray(
        np.sum([weight * parts[:, place] for place, weight in enumerate(weights)], axis=0)
    )


def bootstrap_counts(items: int, draws: int, rng: np.random.Generator) -> Iterator[IntArray]:
    """Yield how often each resample holds each item. Shapes: (items, some of the draws)."""
    for size in _chunks(items, draws):
        drawn = rng.integers(0, items, size=(size, items))
        drawn *= size
        drawn += np.arange(size)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=items * size)
        yield counts.reshape(items, size).astype(np.int32)


def swap_choices(items: int, draws: int, rng: np.random.Generator) -> Iterator[IntArray]:
    """Yield 1 for an item kept and 0 for one swapped. Shapes: (items, some of the draws)."""
    for size in _chunks(items, draws):
        yield np.ascontiguousarray(rng.integers(0, 2, size=(size, items), dtype=np.int32).T)


def _joined(drawn: Iterator[IntArray]) -> Iterator[IntArray]:
    """Yield the same draws, more of them at a time."""
    parts: list[IntArray] = []
    for some in drawn:
        parts.append(some)
        if sum(part.size for part in parts) + some.size > _WIDE_CHUNK:
            yield np.concatenate(parts, axis=1)
            parts = []
    if parts:
        yield np.concatenate(parts, axis=1)


def _reported(drawn: Iterator[IntArray], on_draws: OnDraws | None) -> Iterator[IntArray]:
    """Yield draws, and report the size of each lot once it is scored."""
    for some in drawn:
        yield some
        if on_draws is not None:
            on_draws(some.shape[1])


def _chunks(items: int, draws: int) -> list[int]:
    size = max(1, _CHUNK // items)
    return [size] * (draws // size) + ([draws % size] if draws % size else [])


def weighted_parts(splits: Sequence[Split], protocol: Protocol) -> tuple[list[float], list[Split]]:
    """Return the weights in a task's score of what is scored by itself, and that.

    Raises:
        ValueError: If there is no split.
    """
    if not splits:
        raise ValueError("splits must be at least one, got none")
    if protocol == "all" and len(splits) > 1:
        systems = np.concatenate([split.systems for split in splits], axis=1)
        return [1.0], [Split(systems, np.concatenate([split.gold for split in splits]))]
    sizes = [len(split.gold) for split in splits]
    weights = [1.0] if protocol == "all" else split_weights(sizes, protocol).tolist()
    return weights, list(splits)
