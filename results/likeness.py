"""In what two results can differ, and how a message tells it."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from results.records import Record, TrainingRecord

_HARMLESS = {"kendall"}  # task settings that add a metric and change none
_SHOWN = 12  # characters of a checksum in a message
_DRAWN = re.compile(r"\[\d+\]$")  # ends the name of a text that was drawn from a larger one


def scoring_settings(record: Record) -> dict[str, Any]:
    """Return the task's settings that scores depend on."""
    return {k: v for k, v in record.task_settings.items() if k not in _HARMLESS}


def data_files(record: Record) -> tuple[str, ...]:
    """Return the checksums of the files that a record was measured on, or their one checksum."""
    return tuple(sorted(file.sha256 for file in record.data_files)) or (record.data_checksum,)


def training_text(record: Record) -> str:
    """Return what tells the training text from others; empty for an encoder that had none.

    A text drawn with ``--limit`` is another one for every seed: its name alone counts.
    """
    if record.training is None:
        return ""
    name, digest = record.training.corpus, record.training.corpus_sha256
    return name if is_drawn(record.training) else f"{name} {digest[:_SHOWN]}"


def is_drawn(training: TrainingRecord) -> bool:
    """Tell whether the text was drawn from a larger one, with ``--limit``."""
    return _DRAWN.search(training.corpus) is not None


def text_namer(records: Iterable[Record]) -> Callable[[Record], str]:
    """Return what names the training text of an encoder that was trained on several.

    Args:
        records: All results, of other encoders too.
    """
    texts: dict[tuple[str, str | None], dict[str, str]] = {}
    for record in records:
        if record.training:
            mine = texts.setdefault((record.encoder, record.model), {})
            mine[training_text(record)] = record.training.corpus

    def name(record: Record) -> str:
        mine = texts.get((record.encoder, record.model), {})
        if record.training is None or len(mine) == 1:
            return ""
        corpus = record.training.corpus
        return corpus if list(mine.values()).count(corpus) == 1 else training_text(record)

    return name


def number_format(record: Record) -> str:
    """Tell the number format; empty if the record does not."""
    return str(record.runtime.get("dtype", ""))


def longest_input(record: Record) -> str:
    """Tell the longest input; empty if the record does not."""
    return f"max {record.runtime['max_length']}" if "max_length" in record.runtime else ""


def varying(
    aspects: Iterable[Callable[[Record], str]], records: Sequence[Record]
) -> list[Callable[[Record], str]]:
    """Return those aspects that differ among records."""
    return [aspect for aspect in aspects if len({aspect(record) for record in records}) > 1]


class _Aspect(NamedTuple):
    """Something in which two results can differ, and how a message tells it."""

    name: str
    value: Callable[[Record], Any]
    told: Callable[[Record], Any]


def _aspect(name: str, value: Callable[[Record], Any]) -> _Aspect:
    return _Aspect(name, value, value)


TASK_ASPECTS = (
    _Aspect(
        "data",
        data_files,
        lambda record: f"{record.data} (checksum {record.data_checksum[:_SHOWN]})",
    ),
    _aspect("task settings", scoring_settings),
    _aspect(
        "scored items",
        lambda record: {name: len(of.get("gold", ())) for name, of in record.items.items()},
    ),
)
ENCODER_ASPECTS = (
    _aspect("model", lambda record: record.model),
    _aspect("encoder settings", lambda record: record.settings),
    _aspect("number format", lambda record: record.runtime.get("dtype")),
    _aspect("longest input", lambda record: record.runtime.get("max_length")),
    _aspect("training text", training_text),
)


def difference(records: Sequence[Record], aspects: Iterable[_Aspect]) -> str | None:
    """Name the first aspect in which records differ, with its values; None if there is none."""
    for aspect in aspects:
        told = {
            in_words(aspect.value(record)): in_words(aspect.told(record)) for record in records
        }
        if len(told) > 1:
            return f"{aspect.name}: {' and '.join(told.values())}"
    return None


def in_words(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Write a value so that equal ones are written alike."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
