"""How far a model's parameters have moved from where training began."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from typing_extensions import override


class WeightDistance:
    """The squared distance between parameters and what they are now.

    Args:
        parameters: Those that training moves.
    """

    def __init__(self, parameters: Sequence[nn.Parameter]) -> None:
        self._parameters = list(parameters)
        self._origin = [parameter.detach().clone() for parameter in parameters]

    def __call__(self) -> Tensor:
        """Return ||theta - theta_0||^2, summed over all parameters. Shape: ()."""
        distance: Tensor = _SquaredDistance.apply(  # type: ignore[no-untyped-call] # torch's
            self._origin, *self._parameters
        )
        return distance


class _SquaredDistance(torch.autograd.Function):
    """Sum of squared differences as a few fused operations, the gradient 2 (theta - theta_0)."""

    @staticmethod
    @override
    def forward(ctx: Any, origin: list[Tensor], *parameters: Tensor) -> Tensor:
        ctx.differences = torch._foreach_sub(parameters, origin)  # noqa: SLF001 - no public name
        norms = torch._foreach_norm(ctx.differences)  # noqa: SLF001
        return torch.stack(list(norms)).square().sum()

    @staticmethod
    @override
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        return None, *torch._foreach_mul(ctx.differences, 2 * gradient)  # noqa: SLF001
