"""The marks after scores in tables, and what they mean."""

from collections.abc import Sequence

from harness.results.records.record import Record

TIED = "≈"
LEAKY = "†"
RAW = "◊"

RAW_NOTE = "measured on raw text, which is another data set than SentEval's tokenised one"


def score_marks(records: Sequence[Record]) -> str:
    """Return the signs behind a score: † for what `leakage_note` says, ◊ for raw text."""
    leaky = any(record.trained_on_this_task for record in records)
    raw = any(record.is_of_raw_text for record in records)
    return (LEAKY if leaky else "") + (RAW if raw else "")


def leakage_note(encoder: str, tasks: str) -> str:
    """Say what † means of an encoder's scores on some tasks."""
    return f"{encoder} saw text of {tasks} in training, or scores on it picked the weights"
