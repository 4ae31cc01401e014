"""What the contract asks of an encoder, check by check."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from harness.conformance.settings_check import find_settings_fault
from harness.conformance.subject import SENTENCES, Fault, NotApplicable, Subject
from harness.data import SAMPLE, open_data
from harness.encoder import Embeddings, encoder_hooks
from harness.encoding.plain_encoder import check_vectors
from harness.encoding.spot_check import distances
from harness.errors import quoted
from harness.keys.vectors import require_encodable
from harness.trainable import TrainableEncoder
from harness.training.on_demand import load_or_train
from harness.training.options import TrainingOptions

LONG_WORDS = 10_000
"""Words of the very long sentence."""


def check_made(subject: Subject) -> None:
    """Refuse an encoder that cannot be made."""
    _ = subject.encoder


def check_settings(subject: Subject) -> None:
    """Refuse settings that a spec cannot express."""
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
        missing = [name for name in needed if not hasattr(encoder, name)]
        if set(missing) == set(needed) - {"fit"}:
            raise NotApplicable("its fit is its own affair: corpus, save and load are not there")
        raise Fault(f"an encoder with fit must have {', '.join(needed)}, {missing[0]} is missing")
    trained = load_or_train(
        subject.planned,
        encoder,
        subject.context,
        data=open_data(SAMPLE),
        options=TrainingOptions(subject.folder),
    )
    subject.checkpoint = trained.folder
    loaded = subject.encode(SENTENCES, subject.make())
    subject.compare(subject.together, loaded, "save or load leaves out what fit learned")


def check_rows(subject: Subject) -> None:
    """Refuse what is no matrix with one row per sentence, always of one width."""
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
                whose, got = quoted(SENTENCES[place]), quoted(SENTENCES[nearest])
                cure = "undo what sorting by length did to the order"
                raise Fault(f"the row of {whose} is that of {got}: {cure}")


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
    one, other = (encoder_hooks(each).fingerprint() for each in (subject.encoder, subject.make()))
    if one is None and other is None:
        raise NotApplicable("it has none: its vectors are not kept between runs")
    if not isinstance(one, str):
        raise Fault(f"fingerprint must return text, got {type(one).__name__}")
    require_encodable(one)
    if one != other:
        raise Fault(f"two encoders made alike must have one fingerprint, got {one!r}, {other!r}")


@dataclass(frozen=True)
class Check:
    """One check of the contract.

    Attributes:
        name: What is checked.
        run: Raises `Fault` if the encoder fails it.
        needs: Checks without which it means nothing.
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
            raise Fault(f"vectors must be finite, got {first} for {quoted(sentence)}")
