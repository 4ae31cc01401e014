"""L2-penalised logistic regression solved exactly, for many training sets at once.

    minimise over W, b:  (1/n) sum_i [A(z_i) - t_i . z_i] + |W|^2 / (2 C n),   z_i = W x_i + b

over the n rows that a head keeps. With two classes t is the label, A(z) = log(1 + e^z), one weight
vector; with more t is one-hot, A = logsumexp. The bias is not penalised. This is the objective of
scikit-learn's LogisticRegression, and being convex it has one minimum whatever the solver.

L-BFGS (Nocedal 1980) in the metric of the Hessian that all training sets nearly share, so that it
takes a handful of steps; the logits move linearly along a step, so halving one costs no product.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

MEMORY = 8  # pairs of steps and gradient changes kept
HALVINGS = 30


@dataclass(frozen=True)
class Problem:
    """Rows, targets and penalty that all heads of one solve share.

    Attributes:
        features: Last column ones. Shape: (rows, dim + 1), float64.
        targets: Shape: (outputs, rows); one output for two classes, else one-hot.
        c: Inverse penalty, above 0.
    """

    features: Tensor
    targets: Tensor
    c: float

    def logits(self, weights: Tensor) -> Tensor:
        """Shape: (heads, outputs, rows), from weights (heads, outputs, dim + 1)."""
        return (weights.flatten(0, 1) @ self.features.T).view(*weights.shape[:2], -1)

    def penalty(self, rows: Tensor) -> Tensor:
        """Factor of each weight in the gradient of the penalty. Shape: (heads, 1, dim + 1)."""
        factor = (self.c * rows).reciprocal()[:, None, None].repeat(1, 1, self.features.shape[1])
        factor[..., -1] = 0.0
        return factor

    def loss(self, weights: Tensor, logits: Tensor, keep: Tensor) -> Tensor:
        """Penalised mean loss of each head over the rows it keeps. Shape: (heads,)."""
        rows = keep.sum(1)
        several = len(self.targets) > 1
        volume = logits.logsumexp(1) if several else softplus(logits[:, 0])
        fit = ((volume - (logits * self.targets).sum(1)) * keep).sum(1) / rows
        return fit + (self.penalty(rows) * weights.square()).sum((1, 2)) / 2

    def gradient(self, weights: Tensor, logits: Tensor, keep: Tensor) -> Tensor:
        """Gradient of the loss by the weights, shaped as they are."""
        rows = keep.sum(1)
        error = (probabilities(logits) - self.targets) * (keep / rows[:, None])[:, None]
        slope = (error.flatten(0, 1) @ self.features).view_as(weights)
        return slope + self.penalty(rows) * weights

    def metric(self, weights: Tensor) -> Tensor:
        """Cholesky factors of the Hessian over all rows, one block an output.

        Args:
            weights: Where to take it. Shape: (1, outputs, dim + 1).

        Returns:
            Shape: (outputs, dim + 1, dim + 1).
        """
        chance = probabilities(self.logits(weights))[0]
        rows = len(self.features)
        blocks = torch.stack(
            [(self.features.T * (p * (1 - p) / rows)) @ self.features for p in chance]
        )
        ridge = torch.full_like(blocks[0, 0], 1 / (self.c * rows))
        ridge[-1] = 1e-12  # the bias carries no penalty; this only keeps the factor defined
        factors: Tensor = torch.linalg.cholesky(blocks + torch.diag(ridge))
        return factors


def softplus(logits: Tensor) -> Tensor:
    """log(1 + e^z), without overflow."""
    return torch.logaddexp(logits, torch.zeros_like(logits))


def probabilities(logits: Tensor) -> Tensor:
    """Sigmoid of one output, softmax of several. Shape: (heads, outputs, rows)."""
    return logits.softmax(1) if logits.shape[1] > 1 else logits.sigmoid()


@dataclass(frozen=True)
class Solution:
    """Weights (heads, outputs, dim + 1), steps taken, and whether each head (heads,) converged."""

    weights: Tensor
    iterations: int
    converged: Tensor


def solve(
    problem: Problem,
    keep: Tensor,
    start: Tensor,
    factors: Tensor,
    *,
    tolerance: float,
    max_iterations: int,
) -> Solution:
    """Minimise the loss of every head over the rows it keeps.

    Args:
        problem: Rows, targets, penalty.
        keep: 1 for a training row of a head. Shape: (heads, rows), float64.
        start: First guess for all heads. Shape: (1, outputs, dim + 1).
        factors: The metric's Cholesky factors. Shape: (outputs, dim + 1, dim + 1).
        tolerance: A head has converged when g . M^-1 g, twice the fall in loss that its gradient g
            still promises in the metric M, is at most this.
        max_iterations: After so many steps the rest is given back unconverged.
    """
    weights = start.repeat(len(keep), 1, 1)
    logits = problem.logits(weights)
    gradient = problem.gradient(weights, logits, keep)
    history: list[tuple[Tensor, Tensor, Tensor]] = []
    for iteration in range(max_iterations + 1):
        converged = _dot(gradient, _apply_metric(factors, gradient)) <= tolerance
        if converged.all() or iteration == max_iterations:
            break
        direction = _direction(gradient, history, factors)
        direction[converged] = 0.0
        moved = problem.logits(direction)
        step = _step_lengths(problem, keep, (weights, logits), (direction, moved), gradient)
        weights = weights + step * direction
        logits = logits + step * moved
        change = problem.gradient(weights, logits, keep) - gradient
        gradient = gradient + change
        history = [*history[1 - MEMORY :], _pair(step * direction, change)]
    return Solution(weights, iteration, converged)


def _dot(left: Tensor, right: Tensor) -> Tensor:
    """Inner product head by head. Shape: (heads,)."""
    return (left * right).sum((1, 2))


def _apply_metric(factors: Tensor, gradient: Tensor) -> Tensor:
    """M^-1 g, shaped as g: (heads, outputs, dim + 1)."""
    return torch.cholesky_solve(gradient.permute(1, 2, 0), factors).permute(2, 0, 1)


def _pair(step: Tensor, change: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """A step s, the gradient's change y, and 1 / (s . y), 0 for a head that did not move."""
    curvature = _dot(step, change)
    return step, change, torch.where(curvature > 0, 1 / curvature, 0.0)[:, None, None]


def _direction(
    gradient: Tensor, history: list[tuple[Tensor, Tensor, Tensor]], factors: Tensor
) -> Tensor:
    """Downhill direction -H g of L-BFGS, by the two-loop recursion."""
    rest = gradient
    shares = []
    for step, change, inverse in reversed(history):
        share = inverse * _dot(step, rest)[:, None, None]
        rest = rest - share * change
        shares.append(share)
    result = _apply_metric(factors, rest)
    for (step, change, inverse), share in zip(history, reversed(shares), strict=True):
        result = result + step * (share - inverse * _dot(change, result)[:, None, None])
    return -result


def _step_lengths(
    problem: Problem,
    keep: Tensor,
    current: tuple[Tensor, Tensor],
    towards: tuple[Tensor, Tensor],
    gradient: Tensor,
) -> Tensor:
    """Halve each head's step from 1 until the loss falls enough (Armijo). Shape: (heads, 1, 1).

    Both pairs are weights and logits. A rise within float64's rounding counts as no rise.
    """
    before = problem.loss(*current, keep)
    slope = _dot(gradient, towards[0])
    step = torch.ones_like(slope)
    for _ in range(HALVINGS):
        wide = step[:, None, None]
        after = problem.loss(current[0] + wide * towards[0], current[1] + wide * towards[1], keep)
        high = after > before + 1e-4 * step * slope + 1e-14 * (1 + before.abs())
        if not high.any():
            break
        step = torch.where(high, step / 2, step)
    return step[:, None, None]
