"""Hide whole words, anew each time a row is seen."""

from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase

IGNORED = -100
"""Label of a token that is not to be predicted."""
_HIDDEN, _SWAPPED = 0.8, 0.1  # the remaining tenth stays as it is


@dataclass(frozen=True)
class WordMasking:
    """Hides whole words: all pieces of a word, or none.

    Attributes:
        mask_id: Id of [MASK].
        starts: Whether a token begins a word. Shape: (vocabulary,).
        ordinary: Whether a token is no special one. Shape: (vocabulary,).
        rate: Chance of a word to be hidden.
    """

    mask_id: int
    starts: Tensor
    ordinary: Tensor
    rate: float

    def __call__(self, ids: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Hide words of a batch.

        Of the pieces of the words drawn, 80 % become [MASK], 10 % another token, 10 % stay
        (Devlin et al. 2019, Section 3.1).

        Args:
            ids: Token ids. Shape: (batch, length).
            generator: On the ids' device.

        Returns:
            The model's input, and the labels: the token where it is to be predicted, else
            `IGNORED`. Shapes: (batch, length).
        """
        draw = torch.rand(ids.shape, generator=generator, device=ids.device)
        word = self.starts[ids].long().cumsum(dim=1)  # pieces of one word share a number
        word = word - word[:, :1]
        drawn = draw.gather(1, word) < self.rate
        drawn &= self.ordinary[ids]

        kind = torch.rand(ids.shape, generator=generator, device=ids.device)
        other = torch.randint(len(self.starts), ids.shape, generator=generator, device=ids.device)
        inputs = ids.masked_fill(drawn & (kind < _HIDDEN), self.mask_id)
        swapped = drawn & (kind >= _HIDDEN) & (kind < _HIDDEN + _SWAPPED)
        return torch.where(swapped, other, inputs), ids.masked_fill(~drawn, IGNORED)


def word_masking(
    tokenizer: PreTrainedTokenizerBase, rate: float, device: torch.device
) -> WordMasking:
    """Make the masking of a WordPiece vocabulary, whose pieces within a word begin with ##."""
    tokens = tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))
    special = set(tokenizer.all_special_tokens)
    return WordMasking(
        mask_id=int(tokenizer.mask_token_id),
        starts=torch.tensor([not t.startswith("##") for t in tokens], device=device),
        ordinary=torch.tensor([t not in special for t in tokens], device=device),
        rate=rate,
    )
