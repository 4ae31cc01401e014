"""Score masked-token prediction on text that was held out, beside what knows no context."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from transformers import BertForMaskedLM, PreTrainedTokenizerBase

from pretraining.masking import IGNORED, WordMasking

_ROWS_AT_ONCE = 64
_MASK_SEED = 20_240_229  # the held-out masks are the same for every model
_SHOWN = 3

SENTENCES = (
    ("The capital of France is [MASK].", "paris"),
    ("She opened the [MASK] and walked into the room.", "door"),
    ("He drank a cup of [MASK] for breakfast.", "coffee"),
    ("Water [MASK] at one hundred degrees.", "boils"),
    ("The dog [MASK] at the stranger.", "barked"),
    ("In winter it is [MASK] than in summer.", "colder"),
    ("The bank raised its [MASK] rates again.", "interest"),
    ("A man is playing the [MASK].", "guitar"),
    ("Two plus two is [MASK].", "four"),
    ("They have lived in this house for ten [MASK].", "years"),
)
"""Sentences with one word hidden, and a word that a reader would expect."""


@dataclass(frozen=True)
class MaskedScores:
    """How well hidden tokens are predicted.

    Attributes:
        loss: Mean cross entropy, in nats.
        accuracy: Share of them whose likeliest token is the right one.
        tokens: Hidden tokens.
    """

    loss: float
    accuracy: float
    tokens: int


@torch.inference_mode()
def masked_scores(
    model: BertForMaskedLM, rows: NDArray[np.uint16], masking: WordMasking
) -> MaskedScores:
    """Score a model on packed rows; every model gets the same masks. Shape: (n_rows, length)."""
    model.eval()
    loss, right, count = 0.0, 0, 0
    for inputs, labels in _masked_batches(rows, masking):
        masked = labels != IGNORED
        logits = model(input_ids=inputs).logits[masked].float()
        loss += float(functional.cross_entropy(logits, labels[masked], reduction="sum"))
        right += int((logits.argmax(dim=1) == labels[masked]).sum())
        count += int(masked.sum())
    return MaskedScores(loss / count, right / count, count)


def unigram_scores(
    training: NDArray[np.uint16], rows: NDArray[np.uint16], masking: WordMasking
) -> MaskedScores:
    """Score what knows only how often each token stands in the training text, plus one."""
    counts = np.bincount(training.ravel(), minlength=len(masking.starts)) + 1.0
    logp = torch.from_numpy(np.log(counts / counts.sum()))
    commonest = int(logp.masked_fill(~masking.ordinary.cpu(), -torch.inf).argmax())
    labels = torch.cat([labels.cpu().ravel() for _, labels in _masked_batches(rows, masking)])
    labels = labels[labels != IGNORED]
    accuracy = float((labels == commonest).double().mean())
    return MaskedScores(float(-logp[labels].mean()), accuracy, len(labels))


def _masked_batches(rows: NDArray[np.uint16], masking: WordMasking) -> list[tuple[Tensor, Tensor]]:
    generator = torch.Generator(masking.starts.device).manual_seed(_MASK_SEED)
    ids = torch.from_numpy(rows.astype(np.int64)).to(masking.starts.device)
    return [masking(batch, generator) for batch in ids.split(_ROWS_AT_ONCE)]


@torch.inference_mode()
def fill_in(model: BertForMaskedLM, tokenizer: PreTrainedTokenizerBase) -> list[tuple[str, ...]]:
    """Return, for each of `SENTENCES`, the sentence, the expected word and the likeliest three."""
    model.eval()
    filled: list[tuple[str, ...]] = []
    for sentence, word in SENTENCES:
        ids = tokenizer(sentence, return_tensors="pt").to(model.device)["input_ids"]
        place = (ids[0] == tokenizer.mask_token_id).nonzero()[0, 0]
        likeliest = model(input_ids=ids).logits[0, place].topk(_SHOWN).indices.tolist()
        filled.append((sentence, word, ", ".join(tokenizer.convert_ids_to_tokens(likeliest))))
    return filled
