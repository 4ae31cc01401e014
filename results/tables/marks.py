"""The marks after scores in tables, and what they mean."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from harness.results.records.record import Record

TIED = "≈"
RAW_NOTE = "measured on raw text, which is another data set than SentEval's tokenised one"
ALTERED_NOTE = (
    "measured on data that differs from the published: 'harness data verify' names the file"
)


@dataclass(frozen=True)
class Mark:
    """A sign behind scores.

    Attributes:
        name: What it is called where signs do not fit.
        sign: One character.
        latex: How LaTeX writes it.
        note: What it means of a score, below a table.
        holds: Whether it belongs behind a record's scores.
    """

    name: str
    sign: str
    latex: str
    note: str
    holds: Callable[[Record], bool]


def leakage_note(encoder: str, tasks: str) -> str:
    """Say what † means of an encoder's scores on some tasks."""
    return f"{encoder} saw text of {tasks} in training, or scores on it picked the weights"


DATA_MARKS = (
    Mark("raw", "◊", r"$\diamond$", RAW_NOTE, lambda record: record.is_of_raw_text),
    Mark("altered", "△", r"$\triangle$", ALTERED_NOTE, lambda record: bool(record.altered_files)),
)
"""Those that make a number one of another data set than the published."""

UNSEALED = Mark(
    "unsealed",
    "⋆",
    r"$^\star$",
    "read from a record without a digest, in which an altered number would not show",
    lambda record: not record.is_sealed,
)
LEAKY = Mark(
    "leaky",
    "†",
    r"$^\dagger$",
    leakage_note("the encoder", "this task"),
    lambda record: record.trained_on_this_task,
)
ROUNDING = Mark(
    "rounding",
    "ε",
    r"$^\varepsilon$",
    "similarities of a split differ by float32's rounding alone, so that their order is chance",
    lambda record: record.differs_by_rounding,
)
MARKS = (LEAKY, ROUNDING, *DATA_MARKS, UNSEALED)
"""All but ties, in the order in which they stand."""


def marks_of(records: Iterable[Record]) -> tuple[Mark, ...]:
    """Return the marks that belong behind a score which rests on these records."""
    every = tuple(records)
    return tuple(mark for mark in MARKS if any(map(mark.holds, every)))


def score_marks(records: Iterable[Record]) -> str:
    """Return the signs behind a score that rests on these records."""
    return "".join(mark.sign for mark in marks_of(records))


def mark_notes(records: Iterable[Record]) -> tuple[str, ...]:
    """Return what the signs behind scores which rest on these records mean, a line each."""
    return tuple(f"{mark.sign} {mark.note}" for mark in marks_of(records))
