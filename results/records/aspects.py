"""In what two results can differ, and how a message names it."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from harness.results.families import OPTIONAL_METRICS
from harness.results.records.items import item_counts
from harness.results.records.record import OWN_FILES, Record
from harness.results.records.training import TrainingRecord

_SHOWN = 12  # characters of a checksum in a message
_UNSET, _UNTRAINED = "unset", "untrained"  # names of what is missing from a result
_DRAWN = re.compile(r"\[\d+\]$")  # ends the name of a text that was drawn from a larger one


def scoring_settings(record: Record) -> dict[str, Any]:
    """Return the task's settings that scores depend on."""
    return {k: v for k, v in record.task_settings.items() if k not in OPTIONAL_METRICS}


def data_files(record: Record) -> tuple[str, ...]:
    """Return the checksums of the files that a record was measured on, or their one checksum."""
    return tuple(sorted(file.sha256 for file in record.data_files)) or (record.data_checksum,)


def data_version(record: Record) -> str:
    """Return what names the data among all that a folder ever held: a short checksum."""
    return record.data_checksum[:_SHOWN] or "unknown"


def training_text(record: Record) -> str:
    """Return what names the training text and what picked the weights; empty without training.

    A text drawn with ``--limit`` is another one for every seed: its name alone counts.
    """
    if record.training is None:
        return ""
    name, digest = record.training.corpus, record.training.corpus_sha256
    text = name if is_drawn(record.training) else f"{name} {digest[:_SHOWN]}"
    return " ".join(filter(None, (text, record.training.choice)))


def short_training_text(record: Record) -> str:
    """Return the names alone of training text and dev task, without checksums."""
    training = record.training
    return " ".join(filter(None, (training.corpus, training.short_choice))) if training else ""


def is_drawn(training: TrainingRecord) -> bool:
    """Return whether the text was drawn from a larger one, with ``--limit``."""
    return _DRAWN.search(training.corpus) is not None


def text_namer(records: Iterable[Record]) -> Callable[[Record], str]:
    """Return what names the training text of an encoder that was trained on several.

    Args:
        records: All results, of other encoders too.
    """
    texts: dict[tuple[str, str, str | None], dict[str, str]] = {}
    for record in records:
        if record.training:
            mine = texts.setdefault((record.label, record.encoder, record.model), {})
            mine[training_text(record)] = short_training_text(record)

    def name(record: Record) -> str:
        mine = texts.get((record.label, record.encoder, record.model), {})
        if record.training is None or len(mine) == 1:
            return ""
        short = short_training_text(record)
        return short if list(mine.values()).count(short) == 1 else training_text(record)

    return name


def number_format(record: Record) -> str:
    """Return the number format; empty if the record has none."""
    return str(record.runtime.get("dtype", ""))


def longest_input(record: Record) -> str:
    """Return the longest input; empty if the record has none."""
    return f"max {record.runtime['max_length']}" if "max_length" in record.runtime else ""


def varying(
    aspects: Iterable[Callable[[Record], str]], records: Sequence[Record]
) -> list[Callable[[Record], str]]:
    """Return those aspects that differ among records."""
    return [aspect for aspect in aspects if len({aspect(record) for record in records}) > 1]


class Aspect(NamedTuple):
    """Something in which two results can differ.

    Attributes:
        name: What it is.
        value: Equal for results that do not differ in it.
        shown: What a message says of a result.
        words: What distinguishes each of several results in an encoder's name.
    """

    name: str
    value: Callable[[Record], Any]
    shown: Callable[[Record], Any]
    words: Callable[[Sequence[Record]], Callable[[Record], tuple[str, ...]]]


def _plain(
    name: str, value: Callable[[Record], Any], word: Callable[[Record], str] = lambda _: ""
) -> Aspect:
    def words(record: Record) -> tuple[str, ...]:
        return tuple(filter(None, [word(record)]))

    return Aspect(name, value, value, lambda _: words)


def _settings(name: str, value: Callable[[Record], Mapping[str, Any]]) -> Aspect:
    def shown(record: Record, key: str) -> str:
        return canonical_text(value(record).get(key, _UNSET))

    def words(among: Sequence[Record]) -> Callable[[Record], tuple[str, ...]]:
        names = dict.fromkeys(key for each in among for key in value(each))
        differing = [key for key in names if len({shown(each, key) for each in among}) > 1]
        return lambda record: tuple(
            f"{key}={text}" if (text := shown(record, key)) else f"no {key}" for key in differing
        )

    return Aspect(name, value, value, words)


def _corpus(record: Record) -> str:
    return short_training_text(record) or _UNTRAINED


def _text_words(among: Sequence[Record]) -> Callable[[Record], tuple[str, ...]]:
    name = text_namer(among)
    return lambda record: (name(record) or _corpus(record),)


def _place(record: Record) -> str:
    """Name the data folder, or the user's own files."""
    own = ", ".join(file.name for file in record.data_files) if record.data == OWN_FILES else ""
    return own or record.data


TASK_ASPECTS = (
    Aspect(
        "data",
        data_files,
        lambda record: f"{_place(record)} (checksum {data_version(record)})",
        lambda _: lambda record: (f"data {data_version(record)}",),
    ),
    _settings("task settings", scoring_settings),
    _plain(
        "scored items", item_counts, lambda record: f"{sum(item_counts(record).values())} items"
    ),
)
ENCODER_ASPECTS = (
    _plain("encoder", lambda record: record.encoder, lambda record: record.encoder),
    _plain("model", lambda record: record.model),
    _settings("encoder settings", lambda record: record.settings),
    _plain("number format", lambda record: record.runtime.get("dtype"), number_format),
    _plain("longest input", lambda record: record.runtime.get("max_length"), longest_input),
    Aspect(
        "training text",
        training_text,
        training_text,
        _text_words,
    ),
)


def difference(records: Sequence[Record], aspects: Iterable[Aspect]) -> Aspect | None:
    """Return the first aspect in which records differ; None if there is none."""
    for aspect in aspects:
        if len({canonical_text(aspect.value(record)) for record in records}) > 1:
            return aspect
    return None


def describe_difference(aspect: Aspect, records: Sequence[Record]) -> str:
    """Name an aspect in which records differ, with its values; of settings, those that differ."""
    words = aspect.words(records)
    shown = {}
    for record in records:
        value = aspect.value(record)
        is_settings = isinstance(value, Mapping)
        text = ", ".join(words(record)) if is_settings else canonical_text(aspect.shown(record))
        shown[canonical_text(value)] = text
    return f"{aspect.name}: {' and '.join(shown.values())}"


def canonical_text(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Write a value so that equal ones are written alike."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
