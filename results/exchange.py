"""Score differences of two systems whose values are swapped item by item, many draws at once.

The null hypothesis: it does not matter which of the two systems gave which value of an item. Two
encoders' cosines live on different scales, so they are first made comparable: average ranks for
Spearman, standard scores for Pearson, nothing for accuracy. Both systems are then scored anew in
every draw. (Ranks with swaps among them are no ranking any more, and are ranked again: without
that the draws have the wrong variance.) So scored, a draw's difference has to first order the
variance of the observed one whenever the two true scores are equal, exchangeable or not, and the
test keeps its level in large samples.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from scipy import sparse, stats

from results.correlation import FloatArray
from results.weighted_metrics import centred_squares, ratio, standard_scores

Exchange: TypeAlias = Callable[[FloatArray], FloatArray]
"""Takes 1 where an item keeps its values and 0 where it swaps them, shape (items, draws); gives
the first system's score less the second's, shape (draws,)."""


def accuracy_exchange(first: FloatArray, second: FloatArray, gold: FloatArray) -> Exchange:
    """Return the exchange of correct and wrong answers. Shapes: (items,) each."""
    lead = (first == gold).astype(np.float64) - (second == gold)

    def difference(kept: FloatArray) -> FloatArray:
        return np.asarray((2 * (lead @ kept) - lead.sum()) / len(gold))

    return difference


def pearson_exchange(first: FloatArray, second: FloatArray, gold: FloatArray) -> Exchange:
    """Return the exchange of standard scores, for Pearson's r. Shapes: (items,) each."""
    a, b, y = standard_scores(np.stack([first, second, gold]))
    ours, theirs = np.stack([a, a * a, a * y]), np.stack([b, b * b, b * y])
    total = (ours + theirs).sum(axis=1, keepdims=True)

    def correlation(sums: FloatArray) -> FloatArray:
        x, squares, products = sums
        return ratio(products, centred_squares(squares, x, len(y)) * (y @ y))

    def difference(kept: FloatArray) -> FloatArray:
        sums = (ours - theirs) @ kept + theirs.sum(axis=1, keepdims=True)
        return correlation(sums) - correlation(total - sums)

    return difference


def spearman_exchange(first: FloatArray, second: FloatArray, gold: FloatArray) -> Exchange:
    """Return the exchange of average ranks, for Spearman's rho. Shapes: (items,) each.

    Sums over the items of one rank value are linear in what is kept: sizes of the ties, and with
    the gold ranks as weights, their products. Running sums of the sizes give the new ranks.
    """
    items = len(gold)
    y = 2 * stats.rankdata(gold) - (items + 1)  # twice the distance from the mean rank
    ranks = np.concatenate([stats.rankdata(first), stats.rankdata(second)])
    group = np.unique(ranks, return_inverse=True)[1]
    member = sparse.csr_array((np.ones(2 * items), (group, np.arange(2 * items))))
    ours, theirs = member[:, :items], member[:, items:]
    lead = sparse.csr_array(ours - theirs)
    gold_lead = sparse.csr_array(lead * y)
    sizes, total_sizes = theirs.sum(axis=1)[:, None], member.sum(axis=1)[:, None]
    golds, total_golds = (theirs @ y)[:, None], (member @ np.tile(y, 2))[:, None]

    def correlation(sizes: FloatArray, golds: FloatArray) -> FloatArray:
        places = 2 * np.cumsum(sizes, axis=0) - sizes
        cubes = np.einsum("nd,nd,nd->d", sizes, sizes, sizes)
        return ratio(np.einsum("nd,nd->d", places, golds), (items**3 - cubes) / 3 * (y @ y))

    def difference(kept: FloatArray) -> FloatArray:
        our_sizes, our_golds = lead @ kept + sizes, gold_lead @ kept + golds
        return correlation(our_sizes, our_golds) - correlation(
            total_sizes - our_sizes, total_golds - our_golds
        )

    return difference
