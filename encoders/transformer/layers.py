"""Which hidden states an encoder reads: one layer, or the average of several."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

NAMED_LAYERS = {
    "last": (-1,),
    "last2": (-2, -1),
    "first-last": (1, -1),  # h^1 and h^l: SimCSE since 2021
    "embedding-last": (0, -1),  # h^0 and h^l: BERT-whitening, older SimCSE
}
LAYERS_HELP = (
    "hidden states to average: an index (0 the embedding output, -1 the last layer), a list 1,6,"
    " last, last2, first-last (layer 1 and the last), embedding-last (0 and the last), all (0..l)"
)


@dataclass(frozen=True)
class LayerChoice:
    """Hidden states by index; negative ones count from the last layer.

    Attributes:
        indices: Layers, 0 the embedding output; empty for all of them.
    """

    indices: tuple[int, ...]

    def resolve(self, layer_count: int) -> tuple[int, ...]:
        """Return the indices as 0..layer_count.

        Raises:
            ValueError: If the model has no such layer.
        """
        if not self.indices:
            return tuple(range(layer_count + 1))
        for index in self.indices:
            if not -layer_count - 1 <= index <= layer_count:
                raise ValueError(f"layer must be 0 to {layer_count} for this model, got {index}")
        return tuple(index % (layer_count + 1) for index in self.indices)

    def average(self, hidden_states: Sequence[Tensor]) -> Tensor:
        """Average the chosen hidden states.

        Args:
            hidden_states: Each of shape (batch, length, dim).

        Returns:
            Shape: (batch, length, dim).
        """
        chosen = [hidden_states[i] for i in self.resolve(len(hidden_states) - 1)]
        if len(chosen) == 1:
            return chosen[0]
        total = chosen[0].clone()
        for layer in chosen[1:]:
            total += layer
        return total / len(chosen)


def parse_layers(text: str) -> LayerChoice:
    """Read a layer choice: ``last``, ``first-last``, ``-2``, ``1,6``, ``all``.

    Raises:
        ValueError: If the text is none of these.
    """
    if text == "all":
        return LayerChoice(())
    if text in NAMED_LAYERS:
        return LayerChoice(NAMED_LAYERS[text])
    parts = [part.strip() for part in text.split(",")]
    if not all(re.fullmatch(r"-?\d+", part, re.ASCII) for part in parts):
        names = ", ".join([*NAMED_LAYERS, "all"])
        raise ValueError(
            f"layers must be an index, a list such as 1,6, or one of {names}, got {text!r}"
        )
    return LayerChoice(tuple(map(int, parts)))
