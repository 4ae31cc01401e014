"""Which results a user means: by model, by data, or by an encoder's name as tables show it."""

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from fnmatch import fnmatchcase
from operator import attrgetter

from harness.results.display.shown_text import shown_line
from harness.results.records.aspects import (
    ENCODER_ASPECTS,
    TASK_ASPECTS,
    Aspect,
    data_files,
    training_text,
)
from harness.results.records.model_names import model_name
from harness.results.records.record import Record

_SHORTEST = 6  # characters of a checksum that name data
_LISTED = 12  # names in a message
_LABEL: Callable[[Record], str] = attrgetter("label")
_SPEC: Callable[[Record], str] = attrgetter("encoder")


def select_records(
    records: Sequence[Record],
    *,
    model: str | Sequence[str] | None = None,
    data: Sequence[str] = (),
) -> list[Record]:
    """Return the records of some transformers, and those that read none, on the data named.

    Args:
        records: All there are.
        model: The transformer or several, given as they are or as they are shown; None for any.
        data: ``sample`` and folders, as records name them, and beginnings of checksums; none for
            any. A checksum chooses among the results on its task; other tasks stay.

    Raises:
        ValueError: If a model or data is named that no record is of.
    """
    models = {shown_line(record.model): record.model for record in records if record.model}
    asked = [model] if isinstance(model, str) else [*(model or ())]
    wanted = {models.get(shown_line(each), model_name(each)) for each in asked}
    places = {record.data for record in records}.intersection(data)
    starts = [name for name in data if name not in places]
    found = [
        record
        for record in records
        if (not wanted or record.model is None or record.model in wanted)
        and (not places or record.data in places)
    ]
    versions = [{data_files(r) for r in found if has_checksum(r, start)} for start in starts]
    is_unknown = models and not wanted.issubset(models.values())
    if is_unknown or not all(versions) or not found:
        limits = [f" of model {' and '.join(map(repr, sorted(wanted)))}"] if wanted else []
        limits += [f" on data {' and '.join(map(repr, data))}"] if data else []
        raise ValueError(f"no records{''.join(limits)}, only of {_what_is(records)}")
    chosen = set().union(*versions)
    return _kept(found, {id(record) for record in found if data_files(record) in chosen})


def of_encoders(records: Sequence[Record], names: Sequence[str]) -> list[Record]:
    """Return the records of encoders.

    Args:
        records: All there are.
        names: As `find_named` takes them, or patterns with ``*`` and ``?``; none for all.

    Raises:
        ValueError: If a name means no record.
    """
    kept: set[int] = set()
    for name in names:
        found = find_named(records, name) or [r for r in records if _fits(r, name)]
        if not found:
            there = listed(record.label for record in records)
            raise ValueError(f"no record of encoder {name!r}. There are: {there}")
        kept |= {id(record) for record in found}
    return [record for record in records if not names or id(record) in kept]


def _fits(record: Record, pattern: str) -> bool:
    return any(fnmatchcase(shown_line(name), pattern) for name in _plain_names(record))


def has_checksum(record: Record, start: str) -> bool:
    """Whether the checksum of a record's data begins so."""
    return len(start) >= _SHORTEST and record.data_checksum.startswith(start)


def find_named(records: Sequence[Record], name: str) -> list[Record]:
    """Return the records of an encoder; none if the name means none.

    Args:
        records: All there are.
        name: ``encoder`` or ``encoder@model``, the encoder by its own name or its spec, and then
            in brackets what distinguishes some of its results, as in ``bow (data 5409cddb2756)``.
    """
    if found := _of_encoder(records, name):
        return found
    start = name.find(" (")
    while start > 0 and name.endswith(")"):
        if found := _distinguished(_of_encoder(records, name[:start]), name[start + 2 : -1]):
            return found
        start = name.find(" (", start + 1)
    return []


def names_for(name: str, records: Sequence[Record], aspect: Aspect) -> list[str]:
    """Return the names under which `find_named` gives results that do not differ in an aspect.

    Args:
        name: What gave the records.
        records: Of one encoder on one task.
        aspect: What they differ in.
    """
    plain = any(name in _plain_names(record) for record in records)
    words_for, found = aspect.words(records), []
    for record in records:
        if aspect.name == "model":
            start = record.label if name.startswith(record.label) else record.encoder
            found.append(f"{start}@{record.model}{name[len(start) :]}")
        elif words := ", ".join(words_for(record)):
            found.append(f"{name} ({words})" if plain else f"{name[:-1]}, {words})")
    return list(dict.fromkeys(found))


def _of_encoder(records: Iterable[Record], name: str) -> list[Record]:
    """Return the records of ``encoder`` or ``encoder@model``, given as it is or as it is shown."""
    every, encoder, model = list(records), *name.rpartition("@")[::2]
    names = {shown_line(name), shown_line(f"{encoder}@{model_name(model)}")}
    for own in (_LABEL, _SPEC):
        if found := [record for record in every if shown_line(own(record)) == shown_line(name)]:
            return found
        if found := [r for r in every if shown_line(f"{own(r)}@{r.model}") in names]:
            return found
    return []


def _plain_names(record: Record) -> tuple[str, ...]:
    """Return what an encoder is called without anything that distinguishes its results."""
    names = (record.label, record.encoder)
    return (*names, *(f"{name}@{record.model}" for name in names))


def _distinguished(records: Sequence[Record], words: str) -> list[Record]:
    """Return the records that all of the words, separated by commas, apply to."""
    by_encoder, by_task = _by_word(records, ENCODER_ASPECTS), _by_word(records, TASK_ASPECTS)
    while words and records:
        fitting = [w for w in {**by_encoder, **by_task} if f"{words}, ".startswith(f"{w}, ")]
        if not fitting:
            return []
        word = max(fitting, key=len)
        words = words[len(word) + 2 :]
        if word in by_encoder:
            records = [record for record in records if id(record) in by_encoder[word]]
        else:
            records = _kept(records, by_task[word])
    return list(records)


def _by_word(records: Sequence[Record], aspects: Iterable[Aspect]) -> dict[str, set[int]]:
    """Return the ids of the records that each word applies to."""
    found: dict[str, set[int]] = {}
    words_by_aspect = [aspect.words(records) for aspect in aspects]
    for record in records:
        words = [word for words_for in words_by_aspect for word in words_for(record)]
        text = [training_text(record), record.training.corpus] if record.training else []
        for word in (*words, *text):
            found.setdefault(word, set()).add(id(record))
    return found


def _kept(records: Sequence[Record], meant: AbstractSet[int]) -> list[Record]:
    """Keep what is meant, and every record of a task of which none is meant."""
    tasks = {record.task for record in records if id(record) in meant}
    return [record for record in records if record.task not in tasks or id(record) in meant]


def listed(names: Iterable[str]) -> str:
    """Join names, the first of many."""
    every = list(dict.fromkeys(names))
    more = [f"and {len(every) - _LISTED} more"] if len(every) > _LISTED else []
    return ", ".join([*every[:_LISTED], *more])


def _what_is(records: Sequence[Record]) -> str:
    models = listed(record.model for record in records if record.model)
    return f"models {models or 'none'} on data {listed(record.data for record in records)}"
