"""Compare encoders on one task or many: scores, intervals, differences, tests, ties.

Two sources of spread are kept apart. What another test set of the same kind would have given is
the bootstrap's business (intervals, standard errors, p values), with the trained seeds at hand
held fixed. What another training run would have given is the spread of the scores over seeds.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from harness.results.statistics.correlation import FloatArray
from harness.results.statistics.draw_memory import DrawMemory, digest
from harness.results.statistics.estimates import Comparison, Difference, EncoderScore, Estimate
from harness.results.statistics.kept_comparisons import KeptComparisons
from harness.results.statistics.resampling import OnDraws, Resampling, Split, observed_scores
from harness.results.statistics.significance import (
    holm,
    percentile_interval,
    permutation_p_value,
    tie_groups,
)
from harness.results.statistics.task_draws import TaskDraws

_VERSION = 1  # of the arithmetic: a change that may move a number makes kept comparisons void


@dataclass(frozen=True, slots=True)
class TaskSplit:
    """One split of a task with the item scores of every encoder.

    Attributes:
        gold: Gold scores or labels. Shape: (items,).
        systems: By encoder, one row per seed. Shape: (seeds, items), or (items,) for one seed.
    """

    gold: npt.ArrayLike
    systems: Mapping[str, npt.ArrayLike]


@dataclass(frozen=True, slots=True)
class _Column:
    """What is averaged over tasks before anything is concluded."""

    observed: FloatArray  # (rows,)
    resampled: FloatArray  # (rows, draws)
    null: FloatArray  # (encoder pairs, draws)


def compare_systems(
    tasks: Mapping[str, Sequence[TaskSplit]],
    resampling: Resampling,
    *,
    average: str | None = None,
    pairs: Collection[tuple[str, str]] | None = None,
    metrics: Mapping[str, str] = MappingProxyType({}),
    lower_is_better: Collection[str] = (),
    on_draws: OnDraws | None = None,
    memory: DrawMemory | None = None,
    kept: KeptComparisons | None = None,
) -> dict[str, Comparison]:
    """Compare all encoders on each task, and on the average of the tasks if it has a name.

    Tasks are resampled independently of each other, and a task's draws depend on the seed and its
    name only, so its numbers do not change with the company it is compared in.

    Args:
        tasks: Splits by task. All hold the same encoders with the same numbers of seeds.
        resampling: Metric, protocol, confidence, draws and seed.
        average: Name of an added column, the unweighted mean over tasks; None leaves it out.
        pairs: Encoders to test against each other, in either order; None for all pairs. What is
            not tested is not distinguished.
        metrics: The metric of each task that has another than the resampling's.
        lower_is_better: Tasks whose lowest score is the best; that of the average is if it is of
            all tasks.
        on_draws: Called with the draws of each part of a task, resamples and exchanges.
        memory: Draws of other columns, which are not made again.
        kept: Comparisons made before, of which one with the same key is returned; what is made is
            kept there.

    Raises:
        ValueError: If there is no task or split, encoders or seeds differ between them, a shape
            does not fit, or a value is not finite.
    """
    rows = _rows(tasks)
    wanted = None if pairs is None else set(map(frozenset, pairs))
    tested = [pair for pair in combinations(rows, 2) if wanted is None or set(pair) in wanted]
    low = {name for name in tasks if name in lower_is_better}
    splits = {name: [_stacked(split, rows) for split in own] for name, own in tasks.items()}
    methods = {name: metrics.get(name, resampling.metric) for name in tasks}
    key = ""
    if kept is not None:
        key = _key(splits, rows, tested, resampling, (average, methods, sorted(low)))
        if (found := kept.find(key)) is not None:
            return found
    columns = {
        name: _column(
            name,
            splits[name],
            rows,
            tested,
            replace(resampling, metric=methods[name]),
            on_draws=on_draws,
            memory=memory,
        )
        for name in tasks
    }
    if average is not None:
        low |= {average} if low.issuperset(tasks) else set()
        columns[average] = _Column(
            np.mean([column.observed for column in columns.values()], axis=0),
            np.mean([column.resampled for column in columns.values()], axis=0),
            np.mean([column.null for column in columns.values()], axis=0),
        )
    made = {
        name: _concluded(column, rows, tested, resampling.confidence, descending=name not in low)
        for name, column in columns.items()
    }
    if kept is not None:
        kept.keep(key, made)
    return made


def _key(
    splits: Mapping[str, Sequence[Split]],
    rows: Mapping[str, slice],
    tested: Sequence[tuple[str, str]],
    resampling: Resampling,
    how: object,
) -> str:
    """Return a text that differs wherever a number of the comparison may."""
    arrays = [
        array
        for name, own in splits.items()
        for split in own
        for array in (name, split.gold, split.systems)
    ]
    return digest(_VERSION, rows, tested, resampling, how, *arrays)


def _rows(tasks: Mapping[str, Sequence[TaskSplit]]) -> dict[str, slice]:
    """Return where each encoder's seeds lie among the rows; all splits must agree."""
    layouts = {
        tuple((name, len(np.atleast_2d(values))) for name, values in sorted(split.systems.items()))
        for splits in tasks.values()
        for split in splits
    }
    if len(layouts) != 1:
        raise ValueError(
            "tasks must hold the same encoders with the same numbers of seeds in every split, "
            f"got {sorted(layouts)}"
        )
    rows, start = {}, 0
    for name, seeds in layouts.pop():
        rows[name] = slice(start, start + seeds)
        start += seeds
    return rows


def _stacked(split: TaskSplit, rows: Mapping[str, slice]) -> Split:
    return Split(np.concatenate([np.atleast_2d(split.systems[name]) for name in rows]), split.gold)


def _column(
    name: str,
    splits: Sequence[Split],
    rows: Mapping[str, slice],
    tested: Sequence[tuple[str, str]],
    resampling: Resampling,
    *,
    on_draws: OnDraws | None,
    memory: DrawMemory | None,
) -> _Column:
    partners = [_partners(rows[a], rows[b]) for a, b in tested]
    flat = [pair for pairs in partners for pair in pairs]
    null = np.zeros((0, resampling.draws))
    drawn = TaskDraws(name, splits, resampling, memory, on_draws)
    if flat:
        ends = np.cumsum([len(pairs) for pairs in partners])[:-1]
        null = np.stack([part.mean(axis=0) for part in np.split(drawn.swaps(flat), ends)])
    return _Column(observed_scores(splits, resampling), drawn.bootstrap(), null)


def _partners(first: slice, second: slice) -> list[tuple[int, int]]:
    """Pair the seeds of two encoders off, each seed of one encoder equally often."""
    ones, others = range(first.start, first.stop), range(second.start, second.stop)
    turns = range(math.lcm(len(ones), len(others)))
    return [(ones[turn % len(ones)], others[turn % len(others)]) for turn in turns]


def _concluded(
    column: _Column,
    rows: Mapping[str, slice],
    tested: Sequence[tuple[str, str]],
    confidence: float,
    *,
    descending: bool,
) -> Comparison:
    observed = {name: float(column.observed[seeds].mean()) for name, seeds in rows.items()}
    resampled = {name: column.resampled[seeds].mean(axis=0) for name, seeds in rows.items()}
    ranked = rank_scores(observed, descending=descending)
    tests = _tests(observed, tested, column.null)
    scores, differences = [], []
    for name in ranked:
        estimate = _estimate(observed[name], resampled[name], confidence)
        scores.append(_encoder_score(name, column.observed[rows[name]], estimate))
    for first, second in combinations(ranked, 2):
        if frozenset((first, second)) not in tests:
            continue
        value, spread = observed[first] - observed[second], resampled[first] - resampled[second]
        p_value, adjusted = tests[frozenset((first, second))]
        estimate = _estimate(value, spread, confidence)
        significant = adjusted <= 1 - confidence
        differences.append(Difference(first, second, estimate, p_value, adjusted, significant))
    different = [(d.first, d.second) for d in differences if d.significant]
    return Comparison(tuple(scores), tuple(differences), tie_groups(ranked, different))


def rank_scores(scores: Mapping[str, float], *, descending: bool) -> list[str]:
    """Return the names, best first, those whose score is nan last.

    Args:
        scores: By name.
        descending: Whether the highest is the best.
    """
    sign = -1 if descending else 1
    return sorted(scores, key=lambda name: (math.isnan(scores[name]), sign * scores[name]))


def unresampled(
    scores: Mapping[str, Sequence[float]], *, lower_is_better: bool = False
) -> Comparison:
    """Compare scores of which nothing can be resampled: no intervals, no tests, no ties.

    Args:
        scores: By encoder, one per seed.
        lower_is_better: Whether the lowest score is the best.
    """
    means = {name: float(np.mean(seeds)) for name, seeds in scores.items()}
    ranked = rank_scores(means, descending=not lower_is_better)
    nan = float("nan")
    return Comparison(
        tuple(
            _encoder_score(name, np.asarray(scores[name]), Estimate(means[name], nan, nan, nan))
            for name in ranked
        ),
        tuple(
            Difference(
                first,
                second,
                Estimate(means[first] - means[second], nan, nan, nan),
                nan,
                nan,
                significant=False,
            )
            for first, second in combinations(ranked, 2)
        ),
        (),
    )


def _tests(
    observed: Mapping[str, float], pairs: Sequence[tuple[str, str]], null: FloatArray
) -> dict[frozenset[str], tuple[float, float]]:
    """Return the p value of each pair of encoders, and the same after Holm."""
    p_values = [
        permutation_p_value(observed[first] - observed[second], draws)
        for (first, second), draws in zip(pairs, null, strict=True)
    ]
    both = zip(p_values, holm(p_values).tolist(), strict=True)
    return dict(zip(map(frozenset, pairs), both, strict=True))


def _encoder_score(name: str, seed_scores: FloatArray, estimate: Estimate) -> EncoderScore:
    deviation = float(seed_scores.std(ddof=1)) if len(seed_scores) > 1 else float("nan")
    return EncoderScore(name, estimate, tuple(seed_scores.tolist()), deviation)


def _estimate(value: float, draws: FloatArray, confidence: float) -> Estimate:
    low, high = percentile_interval(draws, confidence)
    return Estimate(value, float(low), float(high), float(draws.std(ddof=1)))
