"""In what two results can differ, and how a message tells it."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from results.records import Record

_HARMLESS = {"kendall"}  # task settings that add a metric and change none
_SHOWN = 12  # characters of a checksum in a message


def scoring_settings(record: Record) -> dict[str, Any]:
    """Return the task's settings that scores depend on."""
    return {k: v for k, v in record.task_settings.items() if k not in _HARMLESS}


def data_files(record: Record) -> tuple[str, ...]:
    """Return the checksums of the files that a record was measured on, or their one checksum."""
    return tuple(sorted(file.sha256 for file in record.data_files)) or (record.data_checksum,)


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
    _aspect(
        "training text",
        lambda record: record.training.corpus_sha256[:_SHOWN] if record.training else None,
    ),
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
