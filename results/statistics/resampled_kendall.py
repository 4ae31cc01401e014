"""Kendall's tau-b of many resamples at once.

Two values of one side are told apart by the highest bit in which their places differ. So the
concordant pairs less the discordant ones are a sum over the bits of one side's places: within a
block of places that agree in all higher bits, each item of the upper half meets those of the
lower half, and running sums of counts in the order of the other side say how many of them have
a lower value there, and how many a higher one. The orders do not depend on the resample.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from harness.results.statistics.correlation import FloatArray
from harness.results.statistics.resampled_metrics import IntArray, Scorer, ratio

if TYPE_CHECKING:
    from scipy import sparse

_Places: TypeAlias = npt.NDArray[np.intp]
_Members: TypeAlias = "sparse.csr_array[np.int32]"


def kendall_scorer(systems: FloatArray, gold: FloatArray) -> Scorer:
    """Return the scorer of Kendall's tau-b; nan where a resample is constant.

    tau = (C - D) / sqrt((P - T_x) (P - T_y)): concordant and discordant pairs, all pairs, and
    those tied on either side.

    Args:
        systems: Scores of each system. Shape: (systems, items).
        gold: Gold scores. Shape: (items,).
    """
    golds = _groups(gold)
    gold_sizes = _members(golds)
    prepared = [(_members(groups), _levels(golds, groups)) for groups in map(_groups, systems)]

    def score(counts: IntArray) -> FloatArray:
        size = int(counts[:, 0].sum())
        pairs = size * (size - 1) / 2
        gold_untied = pairs - _tied_pairs(_sums(gold_sizes, counts))
        scores = np.empty((len(prepared), counts.shape[1]))
        for row, (sizes, levels) in zip(scores, prepared, strict=True):
            excess = np.sum([level.excess(counts) for level in levels], axis=0)
            row[:] = ratio(excess, (pairs - _tied_pairs(_sums(sizes, counts))) * gold_untied)
        return scores

    return score


@dataclass(frozen=True)
class _Level:
    """The pairs of items that one bit of their places tells apart.

    Items of one block and one value of the other side are a run; the runs of a block lie side by
    side, in the order of the other side.

    Attributes:
        lower: Which items of a lower half are in each run. Shape: (runs, items).
        upper: The same of the upper halves. Shape: (runs, items).
        upper_of_block: Which items of an upper half are in each block. Shape: (blocks, items).
        starts: The first run of each block. Shape: (blocks,).
        ends: The run behind the last of each block. Shape: (blocks,).
    """

    lower: _Members
    upper: _Members
    upper_of_block: _Members
    starts: _Places
    ends: _Places

    def excess(self, counts: IntArray) -> FloatArray:
        """Return the concordant pairs less the discordant ones. Shape: (draws,)."""
        lower, upper = _sums(self.lower, counts), _sums(self.upper, counts)
        below = np.zeros((len(lower) + 1, counts.shape[1]), dtype=np.int32)
        np.cumsum(lower, axis=0, out=below[1:])
        outside = below[self.starts] + below[self.ends]
        inside = below[:-1] + below[1:]
        met_in_block = _sums(self.upper_of_block, counts)
        return np.asarray(_products(upper, inside) - _products(met_in_block, outside))


def _groups(values: FloatArray) -> _Places:
    """Return the place of each value among the different ones. Shape: (items,)."""
    return np.asarray(np.unique(values, return_inverse=True)[1]).ravel()


def _levels(first: _Places, second: _Places) -> list[_Level]:
    """Prepare every bit of the side that needs fewer."""
    bits, runs = (first, second) if first.max() < second.max() else (second, first)
    return [_level(bits >> bit, runs) for bit in range(max(1, int(bits.max()).bit_length()))]


def _level(halves: _Places, other: _Places) -> _Level:
    """Prepare one bit.

    Args:
        halves: The half that each item is in, its last bit telling which of its block's. Shape:
            (items,).
        other: The places of the other side. Shape: (items,).
    """
    runs, run = np.unique(np.stack([halves >> 1, other]), axis=1, return_inverse=True)
    _, starts, sizes = np.unique(runs[0], return_index=True, return_counts=True)
    block = np.repeat(np.arange(len(starts)), sizes)[run.ravel()]
    is_upper = halves & 1 == 1
    return _Level(
        _members(run.ravel(), ~is_upper),
        _members(run.ravel(), is_upper),
        _members(block, is_upper),
        starts,
        starts + sizes,
    )


def _members(groups: _Places, counted: npt.NDArray[np.bool_] | None = None) -> _Members:
    """Return 1 where an item is in a group and counted. Shape: (groups, items), sparse."""
    items = np.arange(len(groups)) if counted is None else np.flatnonzero(counted)
    ones = np.ones(len(items), dtype=np.int32)
    shape = (int(groups.max()) + 1, len(groups))
    from scipy import sparse  # deferred: reports with kept intervals need none

    return sparse.csr_array((ones, (groups[items], items)), shape=shape)


def _sums(members: _Members, counts: IntArray) -> IntArray:
    """Return how many items each group holds. Shape: (groups, draws)."""
    return np.asarray(members @ counts)


def _tied_pairs(sizes: IntArray) -> FloatArray:
    """Return how many pairs are within a group. Shape: (draws,)."""
    return np.asarray((_products(sizes, sizes) - sizes.sum(axis=0)) / 2)


def _products(first: IntArray, second: IntArray) -> FloatArray:
    return np.asarray(np.einsum("nd,nd->d", first, second, dtype=np.float64))
