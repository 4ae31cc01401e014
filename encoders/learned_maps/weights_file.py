"""Weights that an encoder learned, kept as one safetensors file."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from harness.errors import TrainingError
from harness.results.files import write_atomically

_FILE = "weights.safetensors"


def save_weights(folder: Path, weights: Mapping[str, Tensor]) -> None:
    """Write the weights into a folder."""
    write_atomically(folder / _FILE, _content(weights))


def load_weights(folder: Path) -> dict[str, Tensor]:
    """Read what `save_weights` wrote.

    Raises:
        TrainingError: If the file is absent or damaged.
    """
    try:
        return load((folder / _FILE).read_bytes())  # `load_file` would follow later changes
    except (OSError, SafetensorError) as error:
        msg = f"weights {folder / _FILE} cannot be read ({error})"
        raise TrainingError(f"{msg}: train again with harness train --retrain") from error


def hash_weights(weights: Mapping[str, Tensor]) -> str:
    """Return a checksum of the weights, in hexadecimal."""
    return hashlib.sha256(_content(weights)).hexdigest()


def _content(weights: Mapping[str, Tensor]) -> bytes:
    return save({name: tensor.detach().cpu().contiguous() for name, tensor in weights.items()})
