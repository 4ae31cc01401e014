"""Glow on plain vectors: the invertible map of BERT-flow.

Source: Li et al. (2020), https://arxiv.org/abs/2011.05864; Kingma & Dhariwal (2018), Glow,
https://arxiv.org/abs/1807.03039
"""

import math
import re
from collections.abc import Sequence
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn

LOG_SCALE_FACTOR = 3.0
"""Actnorm stores log-scales divided by this, so that they learn faster, as in Glow."""

CONSTANT = 1e-6
"""Standard deviation up to which actnorm counts a channel as constant."""


class GlowSize(NamedTuple):
    """How large a Glow is; BERT-flow writes its default l3-d3-w32."""

    levels: int = 3
    depth: int = 3
    """Steps a level."""
    width: int = 32
    """Hidden units of a coupling's network."""


def parse_glow_size(text: str) -> GlowSize:
    """Read a size such as ``l3-d3-w32``: levels, depth and width.

    Raises:
        ValueError: If the text is anything else, or one of the numbers is 0.
    """
    match = re.fullmatch(r"l([0-9]+)-d([0-9]+)-w([0-9]+)", text)
    numbers = [int(digits) for digits in match.groups()] if match else [0]
    if min(numbers) < 1:
        expected = "l<levels>-d<depth>-w<width>, each 1 or more, such as l3-d3-w32"
        raise ValueError(f"flow size must be {expected}, got {text!r}")
    return GlowSize(*numbers)


class ActNorm(nn.Module):
    """A scale and shift of each channel: y = (x + bias) * exp(3 log_scale).

    Args:
        dim: Channels.
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(dim))
        self.log_scale = nn.Parameter(torch.zeros(dim))

    @torch.no_grad()
    def initialise(self, x: Tensor) -> None:
        """Choose the scale and shift that give x mean 0 and variance 1. Shape: (batch, dim).

        A constant channel, which some models have, keeps its scale: step after step, dividing
        by next to nothing would turn rounding and small shifts into huge values.
        """
        spread = x.std(dim=0, correction=0)
        spread = torch.where(spread > CONSTANT, spread, 1)
        self.bias.copy_(-x.mean(dim=0))
        self.log_scale.copy_(-spread.log() / LOG_SCALE_FACTOR)

    def forward(self, x: Tensor) -> Tensor:
        """Map x to y. Shape: (batch, dim) both."""
        return (x + self.bias) * (LOG_SCALE_FACTOR * self.log_scale).exp()

    def inverse(self, y: Tensor) -> Tensor:
        """Map y back to x. Shape: (batch, dim) both."""
        return y * (-LOG_SCALE_FACTOR * self.log_scale).exp() - self.bias

    def log_determinant(self) -> Tensor:
        """Log-determinant of the Jacobian, in nats, the same for every x. Shape: ()."""
        return LOG_SCALE_FACTOR * self.log_scale.sum()


class Step(nn.Module):
    """Actnorm, reversal of the channels, additive coupling: second half += NN(first half).

    The reversal and the coupling keep volumes, so only actnorm has a log-determinant. An odd
    channel goes to the second half.

    Args:
        dim: Channels, 2 or more.
        width: Hidden units of NN.
    """

    def __init__(self, dim: int, width: int) -> None:
        super().__init__()
        self._halves = (dim // 2, dim - dim // 2)
        first, second = self._halves
        self.norm = ActNorm(dim)
        output = nn.Linear(width, second)
        nn.init.zeros_(output.weight)
        nn.init.zeros_(output.bias)
        hidden = nn.Linear(first, width, bias=False), nn.Linear(width, width, bias=False)
        for linear in hidden:  # actnorm brings the bias
            nn.init.normal_(linear.weight, std=0.05)
        self.shift = nn.Sequential(
            hidden[0], ActNorm(width), nn.ReLU(), hidden[1], ActNorm(width), nn.ReLU(), output
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map x to y. Shape: (batch, dim) both."""
        first, second = self.norm(x).flip(1).split(self._halves, dim=1)
        return torch.cat([first, second + self.shift(first)], dim=1)

    def inverse(self, y: Tensor) -> Tensor:
        """Map y back to x. Shape: (batch, dim) both."""
        first, second = y.split(self._halves, dim=1)
        return self.norm.inverse(torch.cat([first, second - self.shift(first)], dim=1).flip(1))


class Glow(nn.Module):
    """An invertible map whose latent vectors are meant to follow N(0, I).

    After each level but the last, the second half of the channels is finished and the first
    half, with the odd channel, continues. ``initialise`` it on a batch before training.

    Args:
        dim: Channels of a vector, enough for 2 at the last level.
        size: Levels, depth and width.

    Raises:
        ValueError: If there are too few channels for so many levels.
    """

    def __init__(self, dim: int, size: GlowSize = GlowSize()) -> None:  # noqa: B008 - immutable
        super().__init__()
        least = 2 ** (size.levels - 1) + 1
        if dim < least:
            raise ValueError(f"dim must be {least} or more for {size.levels} levels, got {dim}")
        widths = [dim]  # channels of each level
        for _ in range(size.levels - 1):
            widths.append(widths[-1] - widths[-1] // 2)
        self._leaving = [width // 2 for width in widths[:-1]] + widths[-1:]
        self.levels = nn.ModuleList(
            nn.Sequential(*(Step(width, size.width) for _ in range(size.depth)))
            for width in widths
        )

    @torch.no_grad()
    def initialise(self, batch: Tensor) -> None:
        """Set every actnorm from what reaches it when the batch passes through.

        Args:
            batch: Vectors, hundreds rather than few. Shape: (batch, dim).

        Raises:
            ValueError: If there are fewer than two vectors.
        """
        if len(batch) < 2:  # noqa: PLR2004 - one vector has no variance
            raise ValueError(f"batch must be two vectors or more, got {len(batch)}")
        norms = [module for module in self.modules() if isinstance(module, ActNorm)]
        hooks = [norm.register_forward_pre_hook(_initialise_from_input) for norm in norms]
        try:
            self(batch)
        finally:
            for hook in hooks:
                hook.remove()

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Map vectors to latent vectors.

        Args:
            x: Vectors. Shape: (batch, dim).

        Returns:
            Latent vectors, the levels side by side, shape (batch, dim), and the log-determinant
            of the Jacobian in nats, shape (batch,).
        """
        latent = []
        for level, leaving in zip(self.levels, self._leaving, strict=True):
            x, done = level(x).tensor_split([-leaving], dim=1)
            latent.append(done)
        steps = (module for module in self.modules() if isinstance(module, Step))
        log_determinant = torch.stack([step.norm.log_determinant() for step in steps]).sum()
        return torch.cat(latent, dim=1), log_determinant.expand(len(x))

    def inverse(self, z: Tensor) -> Tensor:
        """Map latent vectors back to vectors. Shape: (batch, dim) both."""
        x = z[:, :0]
        parts = z.split(self._leaving, dim=1)
        for level, done in zip(reversed(self.levels), reversed(parts), strict=True):
            x = torch.cat([x, done], dim=1)
            for step in reversed(cast("Sequence[Step]", level)):
                x = step.inverse(x)
        return x

    def bits_per_dim(self, x: Tensor) -> Tensor:
        """Measure how unlikely the vectors are: the loss, once averaged.

        -log2 p(x) / dim with log p(x) = log N(z; 0, I) + log |det dz/dx|.

        Args:
            x: Vectors. Shape: (batch, dim).

        Returns:
            Bits per dimension, negative where the density is above 1. Shape: (batch,).
        """
        z, log_determinant = self(x)
        dim = z.shape[1]
        log_prior = -(z.square().sum(dim=1) + dim * math.log(2 * math.pi)) / 2
        bits: Tensor = -(log_prior + log_determinant) / (dim * math.log(2))
        return bits


def _initialise_from_input(norm: ActNorm, inputs: tuple[Tensor]) -> None:
    norm.initialise(*inputs)
