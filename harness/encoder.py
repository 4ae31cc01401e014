"""The contract every sentence encoder fulfils.

An encoder is made by calling its factory, usually the class itself, with a `Context` (which
transformer, which device) and its own settings::

    class LetterCounts:
        \"\"\"Count the letters a to z.\"\"\"

        def __init__(self, context: Context, settings: NoSettings) -> None: ...

        def encode(self, sentences: Sequence[str]) -> Embeddings: ...

A factory that has settings names their dataclass in its attribute ``Settings``. It may also have
``summary``, one line, if its docstring's first is none; ``citation``, the paper to cite; and, if
only some settings make it an encoder that learns, ``learns_with``, the setting that does.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, get_args, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from harness.argument_types import check_type

if TYPE_CHECKING:
    from torch import Tensor

Embeddings: TypeAlias = NDArray[np.float32]
"""One row a sentence. Shape: (n_sentences, dim)."""

Dtype: TypeAlias = Literal["fp32", "bf16", "fp16"]

DEFAULT_MODEL = "bert-base-uncased"


@dataclass(frozen=True)
class Context:
    """What an encoder runs with, whichever it is.

    Attributes:
        model: Hub name or folder of a Hugging Face model, or ``minilm``.
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``; ``cuda:1`` for one of several.
        dtype: Number format of the transformer's weights and activations.
        max_length: Longest input in tokens, special tokens included; None for the model's own.
        token_budget: Most tokens, padding included, in one batch; None for the device's own.
        seed: Seed of everything random in training and initialisation.
        offline: Never ask a network.
    """

    model: str = DEFAULT_MODEL
    device: str = "auto"
    dtype: Dtype = "fp32"
    max_length: int | None = None
    token_budget: int | None = None
    seed: int = 0
    offline: bool = False

    def __post_init__(self) -> None:
        """Refuse what would fail deep inside an encoder.

        Raises:
            TypeError: If a value has the wrong type.
            ValueError: If there is no such number format.
        """
        check_type(str, model=self.model, device=self.device)
        check_type(int, max_length=self.max_length, token_budget=self.token_budget)
        if self.dtype not in get_args(Dtype):
            raise ValueError(f"dtype must be {', '.join(get_args(Dtype))}, got {self.dtype!r}")


@runtime_checkable
class Encoder(Protocol):
    """Turns sentences into vectors.

    An encoder may also have ``fingerprint() -> str | None``, a text that differs whenever its
    vectors may differ (weights, tokenizer, settings), None if it cannot tell; only with such a
    text are its vectors kept between runs. If it has ``prepare(sentences)``, that is called once
    with all sentences before `encode` gets them piece by piece, so that it can read what they
    need; the vectors must not depend on it. What ``describe()`` returns, a mapping of JSON values,
    is kept in records, the name of a transformer under ``model``. If it has ``release()``, that is
    called once all are encoded, to free what it can load again. One with an attribute ``seeded``
    that is true is made and scored once for each seed.
    """

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        """Embed the sentences, in the order given, each whatever its neighbours are."""
        ...


@dataclass(frozen=True)
class HiddenStates:
    """What a transformer computed for one batch.

    Attributes:
        layers: Embedding output, then every layer's. Each of shape (batch, length, dim).
        mask: 1 for a token, 0 for padding, which is on the right. Shape: (batch, length).
        input_ids: Token ids. Shape: (batch, length).
    """

    layers: "tuple[Tensor, ...]"
    mask: "Tensor"
    input_ids: "Tensor"


Reading: TypeAlias = "Callable[[HiddenStates], Tensor]"
"""Sentence vectors out of hidden states. Returns shape (batch, dim)."""


class HiddenStateSource(Protocol):
    """A transformer whose one forward pass serves any number of readings."""

    @property
    def layer_count(self) -> int:
        """Number of layers; hidden states run from 0, the embedding output, to this."""
        ...

    @property
    def fingerprint(self) -> str:
        """Text that differs whenever the hidden states may differ."""
        ...

    def describe(self) -> dict[str, str | int]:
        """Tell the device, number format and limits, for the record."""
        ...

    def read(
        self, sentences: Sequence[str], readings: Sequence[Reading]
    ) -> Iterator[tuple[NDArray[np.intp], list[Embeddings]]]:
        """Yield, batch by batch in any order, which sentences and each reading's rows."""
        ...


@runtime_checkable
class ReadingEncoder(Encoder, Protocol):
    """An encoder that reads hidden states; those of equal sources share one forward pass."""

    @property
    def source(self) -> HiddenStateSource:
        """Where the hidden states come from."""
        ...

    def read(self, states: HiddenStates) -> "Tensor":
        """Read the sentence vectors of one batch. Shape: (batch, dim)."""
        ...

    def fingerprint(self) -> str:
        """Text that differs whenever the vectors may differ."""
        ...
