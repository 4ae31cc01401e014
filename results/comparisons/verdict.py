"""What a comparison comes to, in words."""

import math
from collections.abc import Iterator, Mapping, Sequence

from harness.results.comparisons.cells import interval, p_value
from harness.results.families import AVERAGE
from harness.results.statistics.estimates import Comparison, Difference, Estimate

_FEW = 3
"""So many tasks get a sentence each; more are counted in one."""


def verdict(
    columns: Mapping[str, Comparison], draws: int, reference: str = "", *, average: str = AVERAGE
) -> list[str]:
    """Return sentences that say which encoder is ahead, by how much, and whether that is real.

    The average comes first, where there is one. More than three tasks are counted in one sentence.

    Args:
        columns: Task title to what was found there, and "Avg." where tasks are averaged.
        draws: Number of random exchanges behind each p value.
        reference: The encoder that each other is said to be ahead of or behind; empty for the
            best of a column and the next.
        average: The head of the average, if there is one.
    """
    if reference:
        heads = [average] if average in columns else list(columns)
        return [
            _against(head, difference, reference, draws)
            for head in heads
            for difference in columns[head].differences
            if reference in (difference.first, difference.second)
        ]
    tested = {head: found for head, found in columns.items() if len(found.scores) > 1}
    tasks = {head: found for head, found in tested.items() if head != average}
    sentences = []
    if average in tested:
        where = f"the average of {len(tasks)} tasks" if len(tasks) > 1 else average
        sentences.append(_lead(where, tested[average], draws))
    if len(tasks) <= _FEW:
        return [*sentences, *(_lead(head, found, draws) for head, found in tasks.items())]
    return [*sentences, *_counts(tasks)]


def first_difference(found: Comparison) -> Difference:
    """Return the difference of the best two encoders."""
    best, second = (score.encoder for score in found.scores[:2])
    return next(d for d in found.differences if (d.first, d.second) == (best, second))


def lead(estimate: Estimate) -> Estimate:
    """Return by how much the first of two encoders is ahead: above 0, low scores best or not."""
    return estimate if estimate.value >= 0 else estimate.reversed


def _lead(where: str, found: Comparison, draws: int) -> str:
    """Say how far the best encoder of a column is ahead of the next."""
    difference = first_difference(found)
    first, second = difference.first, difference.second
    ahead = lead(difference.difference)
    points = f"{100 * ahead.value:.1f} points"
    if math.isnan(difference.p_value):
        return f"{first} is ahead of {second} by {points} on {where}, which cannot be tested."
    ends, chance = interval(ahead, ".1f"), _chance(difference, draws)
    if difference.significant:
        return f"{first} is ahead of {second} by {points} on {where} {ends}: real ({chance})."
    tied = [name for group in found.groups if first in group for name in group if name != first]
    others = f"; {first} is tied with {_listed(tied)}" if len(set(tied)) > 1 else ""
    return f"{first} and {second} are tied on {where}: {points} apart {ends}, {chance}{others}."


def _against(where: str, difference: Difference, reference: str, draws: int) -> str:
    """Say how far an encoder is from the reference."""
    is_behind = difference.first == reference
    name = difference.second if is_behind else difference.first
    distance = lead(difference.difference)
    side = "behind" if is_behind else "ahead of"
    start = f"{name} is {100 * distance.value:.1f} points {side} {reference} on {where}"
    if math.isnan(difference.p_value):
        return f"{start}, which cannot be tested."
    found = "real" if difference.significant else "tied"
    return f"{start} {interval(distance, '.1f')}: {found} ({_chance(difference, draws)})."


def _chance(difference: Difference, draws: int) -> str:
    p = p_value(difference.adjusted_p_value, draws)
    return f"p {p}" if p[0] in "<≤" else f"p = {p}"


def _counts(tasks: Mapping[str, Comparison]) -> Iterator[str]:
    """Say on how many tasks each encoder has the best score, and where its lead is real."""
    best: dict[str, list[str]] = {}
    for head, found in tasks.items():
        best.setdefault(found.scores[0].encoder, []).append(head)
    for name, heads in sorted(best.items(), key=lambda item: -len(item[1])):
        real = [head for head in heads if first_difference(tasks[head]).significant]
        many = f"{len(heads)} of {len(tasks)} tasks"
        if not real:
            yield f"{name} has the best score on {many}, tied with the next on all of them."
        elif len(real) == len(heads):
            yield f"{name} has the best score on {many}; its lead over the next is real on all."
        else:
            yield (
                f"{name} has the best score on {many}; its lead over the next is real on"
                f" {len(real)}: {_listed(real)}."
            )


def _listed(names: Sequence[str]) -> str:
    *first, last = dict.fromkeys(names)
    return f"{', '.join(first)} and {last}" if first else last
