"""Adam and RMSprop as torch computes them, on the stacked weights of many heads."""

import math

import torch
from torch import Tensor

EPS = 1e-8


class Adam:
    """Adam of Kingma and Ba, 2015, algorithm 1; moments as in torch.optim.Adam.

    `state` is (first moment, second moment), each shaped as the weights.
    """

    moments = 2

    def __init__(self, rate: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999)) -> None:
        self.rate = rate
        self.betas = betas

    def update(
        self, weights: Tensor, gradient: Tensor, state: tuple[Tensor, ...], step: int
    ) -> None:
        """Move the weights in place: m_hat / (sqrt(v_hat) + eps), at the step-th step (from 1).

        The bias correction of v is taken out of the root, which spares one pass over the weights:
        sqrt(v / c) + eps = (sqrt(v) + eps sqrt(c)) / sqrt(c).
        """
        first, second = state
        correction = math.sqrt(1 - self.betas[1] ** step)
        first.lerp_(gradient, 1 - self.betas[0])
        second.mul_(self.betas[1]).addcmul_(gradient, gradient, value=1 - self.betas[1])
        scale = torch.sqrt(second, out=gradient).add_(EPS * correction)
        weights.addcdiv_(first, scale, value=-self.rate * correction / (1 - self.betas[0] ** step))


class RmsProp:
    """RMSprop of Tieleman and Hinton, 2012, without momentum; as in torch.optim.RMSprop.

    `state` is (mean square of the gradient,), shaped as the weights.
    """

    moments = 1

    def __init__(self, rate: float = 1e-2, smoothing: float = 0.99) -> None:
        self.rate = rate
        self.smoothing = smoothing

    def update(
        self, weights: Tensor, gradient: Tensor, state: tuple[Tensor, ...], step: int
    ) -> None:
        """Move the weights in place: gradient / (sqrt(mean square) + eps)."""
        del step  # no bias correction
        (square,) = state
        square.mul_(self.smoothing).addcmul_(gradient, gradient, value=1 - self.smoothing)
        weights.addcdiv_(gradient, square.sqrt().add_(EPS), value=-self.rate)


OPTIMIZERS = {"adam": Adam, "rmsprop": RmsProp}
