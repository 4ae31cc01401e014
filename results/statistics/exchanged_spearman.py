"""Differences of Spearman's rho when two systems' ranks are swapped item by item.

The average ranks of both systems are put in one order; items of one rank are a group. A swap of
item i is a sign, s_i = 1 where it keeps its values and -1 where not. How many items the first
system has in a group deviates from half of the group by d / 2, d the sum of the signs of its own
items less that of the other's; the second system deviates by -d / 2. Hence

    rank products of the first and second system = (constant + quadratic +- linear) / 4,

linear and quadratic in the signs. The linear part of all pairs of systems is one matrix product;
the quadratic one follows from running sums of the signs in the order of each system, made once
per system. The arithmetic is on integers and exact.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from harness.results.statistics.correlation import FloatArray, average_ranks
from harness.results.statistics.exchanged_metrics import Exchange
from harness.results.statistics.resampled_metrics import IntArray, ratio, sum_of_cubes
from harness.results.statistics.resampled_spearman import Whole, members
from harness.results.statistics.running_sums import Scratch, sum_up

if TYPE_CHECKING:
    from scipy import sparse

_MOST_16 = 8_191
"""The most items of which four have 16 bits: what two differences of running sums come to."""
_MOST_32 = 23_170
"""The most items of which four squares have 32 bits: the sum of that over the items."""

_SMALL = 2  # members of a group whose size has a cube that is a polynomial of second degree
_ITEMS = 512  # whose signs are converted to floats at a time
_WALKS = 16  # systems whose sums are kept for their next pair


def spearman_exchanges(
    systems: FloatArray, gold: FloatArray, pairs: Sequence[tuple[int, int]]
) -> Exchange:
    """Return the exchange of average ranks, for Spearman's rho.

    Args:
        systems: Scores of each system. Shape: (systems, items).
        gold: Gold scores. Shape: (items,).
        pairs: Rows of the systems whose values are swapped.
    """
    items = len(gold)
    golds = (2 * average_ranks(gold) - (items + 1)).astype(np.int64)  # twice from the mean rank
    gold_squares = float(golds @ golds)
    values, numbers = np.unique(golds, return_inverse=True)
    by_gold = members(numbers, len(values))
    ranked = _ranked(systems, {row for pair in pairs for row in pair})
    prepared = [_pair(ranked[first].rank, ranked[second].rank, golds) for first, second in pairs]
    linear = np.concatenate([pair.linear for pair in prepared])

    kind = np.int16 if items <= _MOST_16 else np.int32 if items <= _MOST_32 else np.int64

    scratch = Scratch()

    def differences(kept: IntArray) -> FloatArray:
        signs = (2 * kept - 1).astype(kind, copy=False)
        walks = _Walks(ranked, signs, scratch)
        sums = _product(linear, signs).reshape(len(pairs), 2, -1)
        found = np.empty((len(pairs), signs.shape[1]))
        for place, (first, second) in enumerate(pairs):
            swaps, lead = walks.swaps(first, second)
            even = prepared[place].constant + values.astype(np.float64) @ (by_gold @ swaps)
            products, cubes = sums[place]
            ours, theirs = prepared[place].cubes(lead, cubes)
            found[place] = ratio((even + products) / 4, (items**3 - ours) / 3 * gold_squares)
            found[place] -= ratio((even - products) / 4, (items**3 - theirs) / 3 * gold_squares)
        return found

    return differences


@dataclass(frozen=True, slots=True)
class _Ranked:
    """A system, its items on the ranks that any of the systems has.

    Attributes:
        rank: The number of each item's rank. Shape: (items,).
        item: An item of each rank, any one where it has none. Shape: (ranks,).
        others: The ranks with no item or several. Shape: (others,).
        by_other: Sums what belongs to items by these ranks. Shape: (others, items), sparse.
    """

    rank: npt.NDArray[np.intp]
    item: npt.NDArray[np.intp]
    others: npt.NDArray[np.intp]
    by_other: "sparse.csr_array[np.int16]"


def _ranked(systems: FloatArray, rows: Iterable[int]) -> dict[int, _Ranked]:
    """Return the systems of some rows, by row."""
    ranks = {row: average_ranks(systems[row]) for row in rows}
    values, numbers = np.unique(np.stack([*ranks.values()]), return_inverse=True)
    found = {}
    for row, rank in zip(ranks, numbers.reshape(len(ranks), -1), strict=True):
        item = np.zeros(len(values), dtype=np.intp)
        item[rank] = np.arange(len(rank))
        others = np.flatnonzero(np.bincount(rank, minlength=len(values)) != 1)
        by_other = members(rank, len(values))[others].astype(np.int16)
        found[row] = _Ranked(rank, item, others, by_other)
    return found


class _Walks:
    """Running sums of some swaps' signs in the order of each system.

    Args:
        ranked: The systems by row.
        signs: Shape: (items, draws).
        scratch: Holds all arrays.
    """

    def __init__(self, ranked: Mapping[int, _Ranked], signs: Whole, scratch: Scratch) -> None:
        self._ranked = ranked
        self._signs = signs
        self._scratch = scratch
        self._slots: dict[int, int] = {}  # by row, the last used last

    def swaps(self, first: int, second: int) -> tuple[Whole, Whole]:
        """Return what is quadratic in the signs by item, and d by rank.

        Both are overwritten by the next call. Shapes: (items, draws), (ranks, draws).
        """
        lead, below = self._walk(first)
        others_lead, others_below = self._walk(second)
        ahead = np.subtract(below, others_below, out=self._array("ahead", below.shape))
        swaps, other = (self._array(name, self._signs.shape) for name in ("swaps", "other"))
        np.take(ahead, self._ranked[first].rank, axis=0, out=swaps, mode="clip")
        swaps -= np.take(ahead, self._ranked[second].rank, axis=0, out=other, mode="clip")
        kind = np.promote_types(self._signs.dtype, np.int32)  # enough for sums over the items
        wide = self._scratch.array("wide", swaps.shape, kind)
        np.multiply(swaps, self._signs, out=wide, dtype=kind)
        return wide, np.subtract(lead, others_lead, out=ahead)

    def _walk(self, row: int) -> tuple[Whole, Whole]:
        """Return the sum of the signs of each rank, and that below it and up to it, added up."""
        slot = self._slots.pop(row, None)
        is_known = slot is not None
        if slot is None and len(self._slots) < _WALKS:
            slot = len(self._slots)
        elif slot is None:
            slot = self._slots.pop(next(iter(self._slots)))
        self._slots[row] = slot
        system = self._ranked[row]
        shape = len(system.item), self._signs.shape[1]
        lead, below = (self._array(f"{name} {slot}", shape) for name in ("lead", "below"))
        if not is_known:
            np.take(self._signs, system.item, axis=0, out=lead, mode="clip")
            lead[system.others] = system.by_other @ self._signs
            np.copyto(below, lead)
            sum_up(below)
            below += below
            below -= lead
        return lead, below

    def _array(self, name: str, shape: tuple[int, ...]) -> Whole:
        return self._scratch.array(name, shape, self._signs.dtype)


@dataclass(frozen=True, slots=True)
class _Pair:
    """What is constant or linear in the signs of two systems.

    Attributes:
        sizes: How many items of both systems each rank has. Shape: (ranks,).
        linear: The linear part of the products, and that of the cubes of the ranks' sizes.
            Shape: (2, items).
        constant: What is constant in the products.
    """

    sizes: npt.NDArray[np.intp]
    linear: FloatArray
    constant: float

    def cubes(self, lead: Whole, linear: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the sums of the cubes of how many items of a rank each system has.

        Of two items, 1 + d / 2, it is 0, 1 or 2, with the cube 1 + 2 d + 3 d^2 / 4; of a single
        item (1 + d) / 2, with d^2 = 1.

        Args:
            lead: d of each rank. Shape: (ranks, draws).
            linear: What is linear in the signs. Shape: (draws,).

        Returns:
            Those of the first system, and of the second. Shapes: (draws,) each.
        """
        single, double = np.sum(self.sizes == 1), np.sum(self.sizes == _SMALL)
        large = np.flatnonzero(self.sizes > _SMALL)
        sizes, ahead = self.sizes[large, None], lead[large]
        # Squares of large ranks may leave the 16 bits, but what is left of both has its own again.
        squares = _squares(lead) - _squares(ahead) - single.astype(lead.dtype)
        ahead = ahead.astype(np.int64)
        shared = single / 2 + double + 0.75 * squares
        return (
            shared + linear + sum_of_cubes((sizes + ahead) // 2),
            shared - linear + sum_of_cubes((sizes - ahead) // 2),
        )


def _squares(rows: Whole) -> Whole:
    return np.asarray(np.einsum("rd,rd->d", rows, rows))


def _pair(
    first: npt.NDArray[np.intp], second: npt.NDArray[np.intp], golds: npt.NDArray[np.int64]
) -> _Pair:
    """Prepare two systems.

    Args:
        first: The number of each item's rank. Shape: (items,).
        second: The same of the other system.
        golds: Twice the distance of the gold ranks from their mean.
    """
    group = np.concatenate([first, second])
    sizes = np.bincount(group)
    gold_sums = np.bincount(group, np.tile(golds, 2))
    places = 2 * np.cumsum(sizes) - sizes
    above = 2 * (gold_sums.sum() - np.cumsum(gold_sums)) + gold_sums
    products = golds * (places[first] - places[second]) + above[first] - above[second]
    slope = np.select([sizes == 1, sizes == _SMALL], [0.5, 2.0], 0.0)
    return _Pair(
        sizes, np.stack([products, slope[first] - slope[second]]), float(places @ gold_sums)
    )


def _product(linear: FloatArray, signs: Whole) -> FloatArray:
    """Return the linear forms of the signs. Shapes: (forms, items), (items, draws)."""
    found = np.zeros((len(linear), signs.shape[1]))
    for start in range(0, len(signs), _ITEMS):
        some = slice(start, start + _ITEMS)
        found += linear[:, some] @ signs[some].astype(np.float64)
    return found
