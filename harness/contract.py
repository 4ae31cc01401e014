"""What the contract asks of an encoder, check by check."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from harness.data import SAMPLE, open_data
from harness.encoder import Context, Embeddings, Encoder
from harness.errors import HarnessError
from harness.on_demand import TrainingOptions, prepare
from harness.plain_encoder import check_vectors
from harness.planning import PlannedEncoder
from harness.settings_contract import find_settings_fault
from harness.spot_check import distances, encode_alone, shorten
from harness.trainable import TrainableEncoder

SENTENCES = (
    "A man is playing a guitar.",
    "Stocks fell on Friday after the report.",
    "yes",
    "The committee will meet again in March to discuss the plan for the new bridge.",
    "Zwölf Boxkämpfer jagen Viktor quer über den Sylter Deich.",
    "Is anybody at home?",
    "東京は今日も雨です \U0001f600",
)
"""Short and long, and not all English."""

LONG_WORDS = 10_000
"""Words of the very long sentence."""


class Fault(HarnessError):  # noqa: N818 - what a check finds
    """What is wrong with an encoder, in one line."""


class NotApplicable(HarnessError):  # noqa: N818 - no error
    """Why a check does not apply."""


class Subject:
    """An encoder under examination.

    Args:
        planned: Which encoder, with what settings.
        context: What it is made with.
        tolerance: How far apart vectors may be that ought to be the same.
        folder: Where it may be saved.
    """

    def __init__(
        self, planned: PlannedEncoder, context: Context, tolerance: float, folder: Path
    ) -> None:
        self.planned = planned
        self.context = context
        self.tolerance = tolerance
        self.folder = folder
        self.checkpoint: Path | None = None

    def make(self) -> Encoder:
        """Make the encoder, with what it learned if it was trained."""
        encoder = self.planned.make(self.context)
        if self.checkpoint is not None and isinstance(encoder, TrainableEncoder):
            encoder.load(self.checkpoint)
        return encoder

    @cached_property
    def encoder(self) -> Encoder:
        """One encoder, made when it is first needed."""
        return self.make()

    @cached_property
    def together(self) -> Embeddings:
        """The vectors of all sentences, encoded at once. Shape: (n_sentences, dim)."""
        return self.encode(SENTENCES)

    @cached_property
    def alone(self) -> Embeddings:
        """The vectors of all sentences, encoded one by one. Shape: (n_sentences, dim)."""
        return encode_alone(self.encode, SENTENCES)

    def encode(self, sentences: Sequence[str], encoder: Encoder | None = None) -> Embeddings:
        """Encode, and refuse what is no matrix with a row a sentence.

        Returns:
            As float32, whatever it was. Shape: (n_sentences, dim).
        """
        vectors: Any = (encoder or self.encoder).encode(list(sentences))
        if isinstance(vectors, np.ndarray) and np.issubdtype(vectors.dtype, np.number):
            vectors = vectors.astype(np.float32)  # another type is another check's matter
        return check_vectors(self.planned.spec, len(sentences), vectors)

    def compare(self, one: Embeddings, other: Embeddings, problem: str) -> None:
        """Refuse vectors of the sentences that differ.

        Raises:
            Fault: If some do; tells which, by how much, and the problem.
        """
        apart = distances(one, other)
        worst = int(np.argmax(apart))
        if apart[worst] > self.tolerance:
            sentence = shorten(SENTENCES[worst])
            raise Fault(f"{sentence!r} differs by {apart[worst]:.1g} of its length: {problem}")


def check_made(subject: Subject) -> None:
    """Refuse an encoder that cannot be made."""
    _ = subject.encoder


def check_settings(subject: Subject) -> None:
    """Refuse settings that a spec cannot tell."""
    fault = find_settings_fault(subject.planned.settings)
    if fault is not None:
        raise Fault(fault)


def check_save_and_load(subject: Subject) -> None:
    """Train, and refuse an encoder that another one's `load` does not equal."""
    encoder = subject.encoder
    if not hasattr(encoder, "fit") or subject.planned.is_ready:
        raise NotApplicable("it needs no training")
    if not isinstance(encoder, TrainableEncoder):
        needed = ("corpus", "base_fingerprint", "fit", "save", "load")
        lacking = [name for name in needed if not hasattr(encoder, name)]
        if set(lacking) == set(needed) - {"fit"}:
            raise NotApplicable("its fit is its own affair: corpus, save and load are not there")
        raise Fault(f"an encoder with fit must have {', '.join(needed)}, lacks {lacking[0]}")
    trained = prepare(
        subject.planned,
        encoder,
        subject.context.model,
        subject.context.seed,
        data=open_data(SAMPLE),
        options=TrainingOptions(subject.folder),
    )
    subject.checkpoint = trained.folder
    loaded = subject.encode(SENTENCES, subject.make())
    subject.compare(subject.together, loaded, "save or load leaves out what fit learned")


def check_rows(subject: Subject) -> None:
    """Refuse what is no matrix with a row a sentence, always of one width."""
    width = subject.together.shape[1]
    for count in (1, 2):
        other = subject.encode(SENTENCES[:count]).shape[1]
        if other != width:
            raise Fault(f"vectors must keep one dimension, got {width}, then {other}")


def check_dtype(subject: Subject) -> None:
    """Refuse numbers that are not float32."""
    check_vectors(subject.planned.spec, 2, subject.encoder.encode(list(SENTENCES[:2])))


def check_finite(subject: Subject) -> None:
    """Refuse infinity and not-a-number."""
    _refuse_infinite(subject.together, SENTENCES)


def check_determinism(subject: Subject) -> None:
    """Refuse an encoder whose vectors change from one time to the next."""
    again = subject.encode(SENTENCES)
    subject.compare(subject.together, again, "switch dropout off, call model.eval()")
    another = subject.encode(SENTENCES, subject.make())
    subject.compare(subject.together, another, "seed what is random from context.seed")


def check_order(subject: Subject) -> None:
    """Refuse rows that are another sentence's."""
    shuffled = np.random.default_rng(0).permutation(len(SENTENCES))
    for order in (np.arange(len(SENTENCES)), shuffled, shuffled[::-1]):
        rows = subject.encode([SENTENCES[place] for place in order])
        for place, row in zip(order, rows, strict=True):
            apart = distances(subject.alone, row)
            nearest = int(np.argmin(apart))
            if apart[nearest] + subject.tolerance < apart[place] and apart[nearest] < 0.1:  # noqa: PLR2004
                whose, got = shorten(SENTENCES[place]), shorten(SENTENCES[nearest])
                cure = "undo what sorting by length did to the order"
                raise Fault(f"the row of {whose!r} is that of {got!r}: {cure}")


def check_independence(subject: Subject) -> None:
    """Refuse vectors that depend on what else is in the batch."""
    cure = "alone it has another vector than among others; mask padding, no statistics of a batch"
    subject.compare(subject.together, subject.alone, cure)


def check_empty(subject: Subject) -> None:
    """Refuse to fail on the empty sentence."""
    sentences = ("", SENTENCES[0])
    _refuse_infinite(subject.encode(sentences), sentences)
    _refuse_infinite(subject.encode([""]), [""])


def check_long(subject: Subject) -> None:
    """Refuse to fail on a sentence longer than any model reads."""
    sentences = ("word " * LONG_WORDS, SENTENCES[0])
    _refuse_infinite(subject.encode(sentences), sentences)


def check_fingerprint(subject: Subject) -> None:
    """Refuse a fingerprint that is another for the same vectors."""
    if not hasattr(subject.encoder, "fingerprint"):
        raise NotApplicable("it has none: its vectors are not kept between runs")
    one, other = (each.fingerprint() for each in (subject.encoder, subject.make()))  # type: ignore[attr-defined]
    if not isinstance(one, str):
        raise Fault(f"fingerprint must return text, got {type(one).__name__}")
    if one != other:
        raise Fault(f"two encoders made alike must have one fingerprint, got {one!r}, {other!r}")


@dataclass(frozen=True)
class Check:
    """One check of the contract.

    Attributes:
        name: What is checked.
        run: Raises `Fault` if the encoder fails it.
        needs: Checks without which it tells nothing.
    """

    name: str
    run: Callable[[Subject], None]
    needs: tuple[str, ...] = ()


CHECKS = (
    Check("made", check_made),
    Check("settings round trip", check_settings),
    Check("save and load", check_save_and_load, ("made",)),
    Check("row count", check_rows, ("made", "save and load")),
    Check("dtype", check_dtype, ("row count",)),
    Check("finite", check_finite, ("row count",)),
    Check("determinism", check_determinism, ("finite",)),
    Check("order", check_order, ("determinism",)),
    Check("batch independence", check_independence, ("order",)),
    Check("empty sentence", check_empty, ("finite",)),
    Check("very long sentence", check_long, ("finite",)),
    Check("fingerprint", check_fingerprint, ("row count",)),
)


def _refuse_infinite(vectors: Embeddings, sentences: Sequence[str]) -> None:
    for sentence, row in zip(sentences, vectors, strict=True):
        if not np.isfinite(row).all():
            first = row[~np.isfinite(row)][0]
            raise Fault(f"vectors must be finite, got {first} for {shorten(sentence)!r}")
