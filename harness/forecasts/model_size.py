"""How large a transformer is, read from its files without loading it."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.results.files import entries, read_file

_NAMES = {
    "layers": ("num_hidden_layers", "n_layers", "n_layer", "num_layers"),
    "hidden": ("hidden_size", "dim", "d_model", "n_embd"),
}
_EMBEDDINGS = ("embedding", "embed_tokens", "wte", "wpe", "shared")
_HEADER_BYTES = 8
_LONGEST_HEADER = 100_000_000  # as safetensors allows
_DAMAGE = (OSError, ValueError, LookupError, TypeError, AttributeError)


@dataclass(frozen=True)
class ModelSize:
    """How large a transformer is.

    Attributes:
        parameters: All of its numbers.
        computing: Those that every token is multiplied with: all but the embeddings.
        layers: Number of layers.
        hidden: Length of a hidden state.
    """

    parameters: int
    computing: int
    layers: int
    hidden: int


def read_model_size(folder: Path) -> ModelSize | None:
    """Return the size of the transformer in a folder; None if its files do not say."""
    try:
        config: dict[str, Any] = json.loads(read_file(folder / "config.json"))
        counts = dict(_parameters(folder))
        layers, hidden = (
            int(config[next(filter(config.__contains__, names), "")]) for names in _NAMES.values()
        )
    except _DAMAGE:
        return None
    embedded = sum(n for name, n in counts.items() if any(each in name for each in _EMBEDDINGS))
    total = sum(counts.values())
    return ModelSize(total, total - embedded, layers, hidden) if total else None


def _parameters(folder: Path) -> Iterator[tuple[str, int]]:
    """Yield each tensor's name and how many numbers it has, from the files' headers alone."""
    for path in entries(folder):
        if path.suffix == ".safetensors":
            with path.open("rb") as file:
                length = int.from_bytes(file.read(_HEADER_BYTES), "little")
                header = json.loads(file.read(min(length, _LONGEST_HEADER)))
            for name, tensor in header.items():
                if name != "__metadata__":
                    yield name, math.prod(tensor["shape"])
