"""All records of a folder as boards of scores, none of which mixes what cannot be compared."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

from harness.results.families import FAMILY_HEADLINES, FAMILY_METRICS, PROTOCOLS
from harness.results.records.aspects import data_files, data_version, scoring_settings
from harness.results.records.record import SAMPLE, Record
from harness.results.tables.scoreboard import Scoreboard, arrange_scores, arrange_tracks

_Held: TypeAlias = dict[str, set[tuple[str, ...]]]  # by task, the files that a folder ever held


def scoreboards(
    records: Sequence[Record],
    *,
    metrics: Sequence[str] = (),
    protocols: Sequence[str] = tuple(PROTOCOLS),
    asked: Mapping[str, int] = MappingProxyType({}),
) -> list[Scoreboard]:
    """Arrange records: a board for each family, data, task settings, metric and protocol.

    Args:
        records: Oldest first.
        metrics: Metrics to show; empty for each family's own headline metric.
        protocols: ``all``, ``wmean``, ``mean``.
        asked: For how many seeds each encoder should have a score, as far as is known.
    """
    return [
        dataclasses.replace(board, label=label)
        for label, alike in _alike(records)
        for metric in metrics or _headlines(alike)
        for board in _boards([r for r in alike if metric in r.scores], metric, protocols, asked)
    ]


def _boards(
    records: Sequence[Record], metric: str, protocols: Sequence[str], asked: Mapping[str, int]
) -> Iterator[Scoreboard]:
    """Yield one family's boards: one a protocol, and one for each task whose splits are tracks."""
    if not records:
        return
    for protocol in _protocols(records, metric, protocols):
        board = arrange_scores(records, metric=metric, protocol=protocol, asked=asked)
        if board.rows:  # none where a split has no correlation to average
            yield board
    for task in dict.fromkeys(record.task for record in records if record.has_tracks):
        on_task = [record for record in records if record.task == task]
        yield arrange_tracks(on_task, metric=metric, asked=asked)


def _alike(records: Sequence[Record]) -> Iterator[tuple[str, list[Record]]]:
    """Separate records that must not share a table, each part with a label of its own."""
    for family in sorted({record.family for record in records}):
        parts = _by_folder([record for record in records if record.family == family])
        for place, there in parts.items():
            data = f"data {place}" if len(parts) > 1 and place != SAMPLE else ""
            for state, then in _by_state(there):
                for label, part in _by_settings(then).items():
                    tasks = {record.task for record in part}
                    changed = (data_name for task, data_name in state.items() if task in tasks)
                    yield ", ".join(filter(None, (data, *changed, label))), part


def _by_folder(records: Sequence[Record]) -> dict[str, list[Record]]:
    """Part records by data folder; two folders that hold the same files are one."""
    folders: dict[str, _Held] = {}
    same: dict[str, str] = {}  # folder: the folder it counts as
    for record in records:
        held = folders.setdefault(record.data, {})
        held.setdefault(record.task, set()).add(data_files(record))
    for place, held in folders.items():
        alike = (other for other in same.values() if SAMPLE not in (place, other))
        same[place] = next((o for o in alike if _hold_the_same(held, folders[o])), place)
        for task, files in held.items():
            folders[same[place]].setdefault(task, set()).update(files)
    parts: dict[str, list[Record]] = {}
    for record in records:
        parts.setdefault(same[record.data], []).append(record)
    return parts


def _hold_the_same(first: _Held, second: _Held) -> bool:
    """Whether two folders have a task in common, and all common tasks were once the same."""
    common = first.keys() & second.keys()
    return bool(common) and all(first[task] & second[task] for task in common)


def _by_state(records: Sequence[Record]) -> Iterator[tuple[dict[str, str], list[Record]]]:
    """Part the records of one folder where its files were changed, the newest state first.

    Each state holds one version of every task's data, so what was never changed is in all. With
    it come the names of the data of the tasks that were, by task.
    """
    versions: dict[str, dict[tuple[str, ...], str]] = {}  # task: files: label, the newest first
    for record in reversed(records):
        label = f"{record.title} data {data_version(record)}"
        versions.setdefault(record.task, {}).setdefault(data_files(record), label)
    for age in range(max(map(len, versions.values()))):
        state = {
            task: list(found.items())[min(age, len(found) - 1)] for task, found in versions.items()
        }
        names = {task: state[task][1] for task, found in versions.items() if len(found) > 1}
        yield names, [record for record in records if data_files(record) == state[record.task][0]]


def _by_settings(records: Sequence[Record]) -> dict[str, list[Record]]:
    """Part records by the task settings in which two results of one task differ."""
    found: dict[tuple[str, str], set[str]] = {}
    for record in records:
        for name, value in scoring_settings(record).items():
            found.setdefault((record.task, name), set()).add(str(value))
    differing = sorted({name for (_, name), values in found.items() if len(values) > 1})
    parts: dict[str, list[Record]] = {}
    for record in records:
        own = scoring_settings(record)
        label = ", ".join(
            f"{name} {own[name]}" if own[name] != "" else f"no {name}"
            for name in differing
            if name in own
        )
        parts.setdefault(label, []).append(record)
    return parts


def every_metric(records: Sequence[Record]) -> tuple[str, ...]:
    """Return every metric that records have, those of the harness's own families first."""
    there = {metric for record in records for metric in record.scores}
    families = dict.fromkeys((*FAMILY_METRICS, *(record.family for record in records)))
    known = [metric for family in families for metric in FAMILY_METRICS.get(family, ())]
    own = [metric for record in records for metric in record.scores]
    return tuple(metric for metric in dict.fromkeys((*known, *own)) if metric in there)


def _headlines(records: Sequence[Record]) -> tuple[str, ...]:
    """Return the metrics to show where none is asked for: the family's, or a task's first."""
    family = records[0].family
    shown = FAMILY_HEADLINES.get(family) or FAMILY_METRICS.get(family, ())[:1]
    own = (r.headline_metric for r in records if not set(shown).intersection(r.scores))
    return tuple(dict.fromkeys((*shown, *own)))


def _protocols(records: Sequence[Record], metric: str, protocols: Sequence[str]) -> Sequence[str]:
    """Return those to show: one where no task has several, its own besides all the usual."""
    scores = [record.scores[metric] for record in records]
    there = dict.fromkeys(
        name for score in scores if isinstance(score, Mapping) and len(score) > 1 for name in score
    )
    if not there:
        return protocols[:1]
    own = [name for name in there if name not in PROTOCOLS]
    return [*protocols, *own] if set(PROTOCOLS).issubset(protocols) else protocols
