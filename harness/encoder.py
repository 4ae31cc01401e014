"""The contract every sentence encoder fulfils.

An encoder is made by calling its factory, usually the class itself, with a `Context` (which
transformer, which device) and its own settings::

    class LetterCounts:
        \"\"\"Count the letters a to z.\"\"\"

        def __init__(self, context: Context, settings: NoSettings) -> None: ...

        def encode(self, sentences: Sequence[str]) -> Embeddings: ...

A factory that has settings names their dataclass in its attribute ``Settings``. It may also have
``summary``, one line, if its docstring's first is none; and ``citation``, the paper to cite. What
else an encoder may have is `OptionalHooks`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, get_args, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from harness.argument_types import check_type
from harness.modules.composition import Composition
from harness.results.records.model_names import model_name
from harness.settings import Spec

if TYPE_CHECKING:
    from torch import Tensor

Embeddings: TypeAlias = NDArray[np.float32]
"""One row a sentence. Shape: (n_sentences, dim)."""

EmbeddedPart: TypeAlias = tuple[NDArray[np.intp], Embeddings]
"""Places of some sentences among those given, and a row for each."""

Dtype: TypeAlias = Literal["fp32", "bf16", "fp16"]

DEFAULT_MODEL = "bert-base-uncased"


@dataclass(frozen=True)
class Context:
    """What an encoder runs with, whichever it is.

    Attributes:
        model: Hub name or folder of a Hugging Face model, or ``minilm``; however the folder is
            written, `model_name` names it. ``NAME@REVISION`` is a hub's branch, tag or commit.
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
        """Give the model its one name, and refuse what would fail deep inside an encoder.

        Raises:
            TypeError: If a value has the wrong type.
            ValueError: If there is no such number format.
        """
        check_type(str, model=self.model, device=self.device)
        object.__setattr__(self, "model", model_name(self.model))
        check_type(int, max_length=self.max_length, token_budget=self.token_budget)
        if self.dtype not in get_args(Dtype):
            raise ValueError(f"dtype must be {', '.join(get_args(Dtype))}, got {self.dtype!r}")


@runtime_checkable
class Encoder(Protocol):
    """Turns sentences into vectors; what else it may have is `OptionalHooks`."""

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        """Embed the sentences, in the order given, each whatever its neighbours are."""
        ...


class OptionalHooks(Protocol):
    """What an encoder may have besides `encode`, with the default of each.

    Each hook is looked up by its name: an encoder has those it needs, and inherits nothing.

    Attributes:
        seeded: Whether the encoder, though not trained, is made and scored once per seed.
        learns_with: The setting that makes it an encoder that learns, where only some settings do.
            An attribute of the factory.
        uses_dev: Whether training may score the encoder on dev data, so that its weights depend
            on that data; if not, it gets none.
    """

    seeded: bool = False
    learns_with: str | None = None
    uses_dev: bool = True

    def fingerprint(self) -> str | None:
        """Text that differs whenever the vectors may differ: weights, tokenizer, settings.

        Only with such a text are vectors kept between runs; None keeps none.
        """
        return None

    def expect_tasks(self, tasks: Sequence[Spec]) -> None:  # noqa: ARG002 - a default needs none
        """Take note of the tasks that vectors are asked for, each with its settings: called once.

        Vectors that are kept between runs must not depend on it.

        Args:
            tasks: By the names that they are registered as.
        """
        return

    def prepare(self, sentences: Sequence[str]) -> None:  # noqa: ARG002 - a default needs none
        """Read what the sentences need: called once with all, before `encode` gets them in parts.

        The vectors must not depend on it.
        """
        return

    def second_side(self) -> "Encoder | None":
        """Return the encoder of the sentences that stand second in a pair; None for this one.

        Such as that of documents, where this one is of queries. Its fingerprint is another.
        """
        return None

    def describe(self) -> Mapping[str, object]:
        """Return JSON values for the record, the name of a transformer under ``model``."""
        return {}

    def release(self) -> None:
        """Free what can be loaded again; called once all sentences are encoded."""
        return

    def composition(self) -> Composition | str:
        """Say how the vectors come about, so that other packages can compute them too.

        Called when the encoder is ready to encode. Text says why no other package can.
        """
        return "its vectors are not known to be those of a transformer, pooled"


class HookLookup:
    """Looks up each attribute on the owner of the hooks, and on itself if it is missing there.

    Args:
        owner: Any object of a plug-in.
    """

    def __init__(self, owner: object) -> None:
        self._owner = owner

    def __getattribute__(self, name: str) -> object:
        """Return the owner's attribute, unless that is missing or None."""
        own = getattr(super().__getattribute__("_owner"), name, None)
        return super().__getattribute__(name) if own is None else own


class _EncoderHooks(HookLookup, OptionalHooks):
    """The hooks of one encoder or factory."""


def encoder_hooks(owner: object) -> OptionalHooks:
    """Return the hooks of an encoder or its factory, defaults in place of missing ones."""
    return _EncoderHooks(owner)


@dataclass(frozen=True)
class HiddenStates:
    """What a transformer computed for one batch.

    Attributes:
        layers: Embedding output, then every layer's. Each of shape (batch, length, dim).
        mask: 1 for a token, 0 for padding, which is on the right. Shape: (batch, length).
        input_ids: Token ids. Shape: (batch, length).
        pooled: What the transformer's own pooler makes of the last layer; None where it has none,
            or none with weights of its own. Shape: (batch, dim).
    """

    layers: "tuple[Tensor, ...]"
    mask: "Tensor"
    input_ids: "Tensor"
    pooled: "Tensor | None" = None


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
        """Return the device, number format and limits, for the record."""
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


@runtime_checkable
class ServedEncoder(Encoder, Protocol):
    """An encoder whose vectors a server computes, at a price: none is asked for twice.

    Its vectors are kept as soon as they come, under its fingerprint alone: neither its settings
    nor the version of its code count. No sentence is embedded once more to check the order.
    """

    def encode_parts(self, sentences: Sequence[str]) -> Iterator[EmbeddedPart]:
        """Yield the vectors of all sentences, some at a time, in any order."""
        ...

    def fingerprint(self) -> str:
        """Text that differs whenever the vectors may differ."""
        ...
