"""Number formats of weights and hidden states: their names, and what does not fit them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from harness.errors import ModelError, first_line

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
"""Number formats by the name that a user gives them."""

_ABOUT_FORMAT = re.compile("dtype|half|b?float16", re.IGNORECASE)


def require_finite_weights(model: nn.Module, name: str, dtype: str) -> None:
    """Refuse weights that no vector can be computed with.

    Args:
        model: Holds them.
        name: How the user named the model, for messages.
        dtype: Their number format.

    Raises:
        ModelError: If one is nan or infinite.
    """
    for key, weight in model.named_parameters():
        if weight.is_floating_point() and not weight.detach().sum(dtype=torch.float32).isfinite():
            if dtype == "fp16":
                raise fp16_overflow(name)
            raise ModelError(
                f"weights {key} of model {name!r} must be finite, got nan or infinity"
            )


def fp16_overflow(name: str) -> ModelError:
    """Return what to raise where fp16 has no numbers large enough for a model."""
    return ModelError(
        f"numbers in model {name!r} must be within 65504 for fp16, got larger ones (or nan):"
        " use --dtype bf16, or fp32"
    )


@contextmanager
def number_format(dtype: str, device: torch.device, name: str) -> Iterator[None]:
    """Say in one line that a device, or a model on it, does not have a number format.

    Args:
        dtype: ``fp32``, ``bf16`` or ``fp16``.
        device: Where the model is.
        name: How the user named the model, for messages.

    Raises:
        ModelError: If what runs fails for the number format.
    """
    try:
        yield
    except (RuntimeError, TypeError) as error:
        if dtype == "fp32" or not _ABOUT_FORMAT.search(str(error)):
            raise
        raise ModelError(
            f"model {name!r} cannot compute in {dtype} on {device} ({first_line(error)}):"
            " use --dtype fp32"
        ) from error
