"""Which records of a folder answer a question."""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TypeAlias

from harness.results.families import OWN_FAMILIES
from harness.results.records.aspects import (
    ENCODER_ASPECTS,
    TASK_ASPECTS,
    Aspect,
    data_version,
    describe_difference,
    difference,
    longest_input,
    number_format,
    text_namer,
    varying,
)
from harness.results.records.encoder_names import encoder_namer, with_words
from harness.results.records.record import OWN_FILES, Record
from harness.results.records.selection import find_named, listed, names_for, select_records

_READ = ("columns", "split", "language", "part", "positive")  # settings of how a file is read

Matched: TypeAlias = dict[str, list[Record]]
"""Records by how the comparison names their encoder."""


class UnlikeRecordsError(ValueError):
    """The records asked for are not there, or must not be compared."""


def match_records(
    records: Sequence[Record],
    names: Sequence[str],
    tasks: Sequence[str],
    *,
    model: str | Sequence[str] | None = None,
    data: Sequence[str] = (),
    out: str | None = None,
) -> Matched:
    """Pick the records of the named encoders on the given tasks, the newest of equal ones.

    Args:
        records: All there are, oldest first.
        names: Encoders as records name them, or ``encoder@model``, or with what distinguishes
            several runs, as in ``tfidf (sts[100])``; none for all that have the tasks.
        tasks: Registered names; none for every task that all the encoders have.
        model: Only records of this transformer or these, and those of none.
        data: Only records measured on this data, as `select_records` takes it.
        out: The folder of the records, if a command must name it.

    Raises:
        UnlikeRecordsError: If an encoder or one of its tasks has no record, or two records of
            one encoder, task and seed differ in more than the time they were measured.
    """
    usable, named = named_records(records, names, tasks, model=model, data=data, out=out)
    if not names and tasks:
        named = {name: found for name, found in named.items() if _has(found, tasks)}
    if not named:
        scored = listed(record.task for record in usable)
        raise UnlikeRecordsError(
            f"no encoder has records on all of {', '.join(tasks)}: there are some on {scored},"
            " choose with --tasks"
        )
    return on_tasks(named, list(tasks) or _common_tasks(named), usable, out=out)


def named_records(
    records: Sequence[Record],
    names: Sequence[str],
    tasks: Sequence[str] = (),
    *,
    model: str | Sequence[str] | None = None,
    data: Sequence[str] = (),
    out: str | None = None,
) -> tuple[list[Record], Matched]:
    """Return the records of the model and data, and those of each encoder, on whatever task.

    The arguments are those of `match_records`.

    Raises:
        UnlikeRecordsError: If an encoder has no record.
    """
    try:
        usable = select_records(records, model=model, data=data)
    except ValueError as error:
        raise UnlikeRecordsError(str(error)) from error
    labels = _labels(usable)
    named = model if isinstance(model, str) else next(iter(model or ()), None)
    latest = named or next((record.model for record in reversed(records) if record.model), None)
    return list(usable), {
        name: _named(usable, labels, name, tasks, model=latest, out=out)
        for name in dict.fromkeys(names or labels)
    }


def on_tasks(
    named: Mapping[str, list[Record]],
    tasks: Sequence[str],
    every: Sequence[Record],
    *,
    out: str | None = None,
) -> Matched:
    """Return the records of each encoder on some tasks, the newest of equal ones.

    Args:
        named: By encoder.
        tasks: As records call them.
        every: All records of the same model and data.
        out: The folder of the records, if a command must name it.

    Raises:
        UnlikeRecordsError: If an encoder has no record on a task, or several that differ.
    """
    return {
        name: [record for task in tasks for record in _on_task(name, found, task, every, out)]
        for name, found in named.items()
    }


def _labels(records: Iterable[Record]) -> dict[str, list[Record]]:
    """Name every encoder there is, and what it was made with where that differs."""
    encoders: dict[tuple[str, str], list[Record]] = {}
    every = list(records)
    own_name = encoder_namer(every)
    for record in every:
        encoders.setdefault(own_name(record), []).append(record)
    labels: dict[str, list[Record]] = {}
    for (encoder, spec), found in encoders.items():
        several = len({record.model for record in found}) > 1
        aspects = [*varying((number_format, longest_input), found), text_namer(found)]
        for record in sorted(found, key=lambda record: str(record.model)):
            name = f"{encoder}@{record.model}" if several else encoder
            words = (spec, *(aspect(record) for aspect in aspects))
            labels.setdefault(with_words(name, words), []).append(record)
    return labels


def _named(
    records: Sequence[Record],
    labels: Mapping[str, list[Record]],
    name: str,
    tasks: Sequence[str],
    *,
    model: str | None,
    out: str | None,
) -> list[Record]:
    if found := labels.get(name) or find_named(records, name):
        return found
    encoder, _, its_model = name.rpartition("@")
    spelt = [label for label in labels if label.startswith(f"{name}:")]
    meant = spelt or get_close_matches(name, labels, n=1)
    like = next((each for each in reversed(records) if each.task in tasks), records[-1])
    base, wanted = (encoder, its_model) if encoder else (name, model)
    makes = _command(like.model_copy(update={"encoder": base, "model": wanted}), out)
    cure = f"Did you mean {meant[0]!r}?" if meant else f"Make one: {makes}."
    raise UnlikeRecordsError(f"no record of encoder {name!r}. {cure} There are: {listed(labels)}")


def _command(like: Record, out: str | None) -> str:
    """Write the command that scores an encoder on a task."""
    transformer = ["--model", like.model] if like.model else []
    folder = ["--records", out] if out else []
    return shlex.join(["harness", "eval", like.encoder, *transformer, *_where(like), *folder])


def _where(like: Record) -> list[str]:
    """Write the options that name a task and its data."""
    if like.data != OWN_FILES:
        return ["--data", like.data, "--tasks", like.task]
    if like.family not in OWN_FAMILIES or len(like.data_files) != 1:
        return ["--tasks", like.task]
    file = like.data_files[0].name
    name = "" if Path(file).stem == like.task else like.task
    read = {key: like.task_settings.get(key) for key in _READ}
    columns = ",".join(map(str, read.pop("columns") or ()))
    given = {"columns": columns, **read, "name": name}
    return [f"--{like.family}", ",".join([file, *(f"{k}={v}" for k, v in given.items() if v)])]


def _has(records: Sequence[Record], tasks: Sequence[str]) -> bool:
    return {record.task for record in records}.issuperset(tasks)


def _common_tasks(matched: Mapping[str, Sequence[Record]]) -> list[str]:
    every = [{record.task for record in records} for records in matched.values()]
    common = set.intersection(*every)
    if not common:
        raise UnlikeRecordsError(f"no task that {' and '.join(matched)} were all scored on")
    first = next(iter(matched.values()))
    return [task for task in dict.fromkeys(r.task for r in first) if task in common]


def _on_task(
    name: str, records: Sequence[Record], task: str, every: Sequence[Record], out: str | None
) -> list[Record]:
    """Return one record per seed."""
    found = [record for record in records if record.task == task]
    if not found:
        own = records[-1]
        elsewhere = own.model_copy(update={"task": task, "family": ""})
        like = next((other for other in reversed(every) if other.task == task), elsewhere)
        same = {"encoder": own.encoder, "model": own.model}
        cure = _command(like.model_copy(update=same), out)
        raise UnlikeRecordsError(f"{name} has no record on {task}: {cure} makes one")
    if aspect := difference(found, (*ENCODER_ASPECTS, *TASK_ASPECTS)):
        named = listed(map(repr, names_for(name, found, aspect)))
        raise UnlikeRecordsError(
            f"{name} has several results on {task}, which differ in"
            f" {describe_difference(aspect, found)}: {_options(aspect, found)}name one of {named}"
        )
    return list({record.seed: record for record in found}.values())  # the last is the newest


def _options(aspect: Aspect, records: Sequence[Record]) -> str:
    """Write the options, if any, that choose between records which differ in an aspect."""
    if aspect.name == "data":
        versions = dict.fromkeys(data_version(record) for record in records)
        return f"choose with {' or '.join(f'--data {name}' for name in versions)}, or "
    is_of_model = aspect.name == "model" and all(record.model for record in records)
    return "choose with --model, or " if is_of_model else ""
