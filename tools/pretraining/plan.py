"""What a pretraining run is given: the model's size, the masking, the optimiser, the time."""

from dataclasses import dataclass

from harness.settings import setting

_BERT = "Devlin et al. (2019)"


@dataclass(frozen=True)
class PretrainingSettings:
    """Size and hyperparameters; the defaults fill 16 MB of float16 weights."""

    vocabulary: int = setting(15_000, help="WordPiece tokens, special ones included")
    layers: int = setting(5, help="transformer layers")
    width: int = setting(256, help="width of the hidden states")
    heads: int = setting(4, help="attention heads; they share the width")
    length: int = setting(128, help="tokens of a packed sequence, and of the longest input")
    batch_size: int = setting(512, help="sequences a step")
    learning_rate: float = setting(1e-3, help="highest learning rate")
    warmup: float = setting(0.05, help="share of the run in which the learning rate rises")
    weight_decay: float = setting(0.01, help="AdamW's weight decay", source=_BERT)
    dropout: float = setting(0.1, help="dropout of hidden states and attention", source=_BERT)
    mask_rate: float = setting(0.15, help="share of the words that are hidden", source=_BERT)
    max_grad_norm: float = setting(1.0, help="gradients are scaled down to this norm")
    seed: int = setting(0, help="seed of weights, order, masks and dropout")

    def __post_init__(self) -> None:
        """Refuse sizes that no model can have."""
        if self.width % self.heads:
            raise ValueError(f"width must be a multiple of heads, got {self.width}, {self.heads}")
        if not 0 < self.mask_rate < 1:
            raise ValueError(f"mask_rate must be between 0 and 1, got {self.mask_rate}")


@dataclass(frozen=True)
class Budget:
    """How long a run lasts: minutes of training, or steps.

    Attributes:
        minutes: Minutes of training, interruptions not counted; None to count steps.
        steps: Steps, where no minutes are given.
    """

    minutes: float | None
    steps: int = 0

    def progress(self, seconds: float, step: int) -> float:
        """Return how much of the run is over, from 0 to 1."""
        done = seconds / (60 * self.minutes) if self.minutes else step / self.steps
        return min(done, 1.0)


def learning_rate_share(progress: float, warmup: float) -> float:
    """Return the learning rate's share of its peak: a linear rise, then a linear fall to 0.

    Args:
        progress: How much of the run is over, from 0 to 1.
        warmup: Share of the run in which it rises.
    """
    if progress < warmup:
        return progress / warmup
    return (1 - progress) / (1 - warmup)
