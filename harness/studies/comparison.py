"""Compare encoders from their stored results, nothing encoded again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from harness.argument_types import check_type, take_texts
from harness.encoding.kept_intervals import kept_intervals
from harness.errors import RecordError
from harness.results.comparisons.group_comparison import compare_groups
from harness.results.comparisons.record_comparison import OnProgress
from harness.results.progress import doing
from harness.results.records.encoder_names import rename as renamed
from harness.results.records.matching import (
    Matched,
    UnlikeRecordsError,
    match_records,
    named_records,
    on_tasks,
)
from harness.results.records.record import SAMPLE, Record
from harness.results.records.selection import find_named, has_checksum
from harness.results.records.store import DEFAULT_FOLDER, ResultStore
from harness.results.records.task_groups import by_family, task_groups
from harness.results.statistics.resampling import Resampling
from harness.studies.comparison_report import ComparisonReport
from harness.studies.recorded_tasks import recorded_tasks


def compare(
    encoders: Sequence[str] = (),
    tasks: Sequence[str] | None = None,
    *,
    records: str | Path | Sequence[Record] = DEFAULT_FOLDER,
    model: str | Sequence[str] | None = None,
    rename: Mapping[str, str] = MappingProxyType({}),
    data: str | Sequence[str] | None = None,
    reference: str | None = None,
    resampling: Resampling = Resampling(),
    on_progress: OnProgress | None = None,
) -> ComparisonReport:
    """Compare encoders on tasks: intervals, differences, tests, tie groups.

    Each family of tasks is a group with its own metric, verdict and tables.

    Args:
        encoders: As records name them, such as ``mean`` or ``mean:layers=last2``;
            ``mean@minilm`` for one of several models; none for every encoder there is.
        tasks: Tasks as the records call them, or suites; empty for every task that all the
            encoders were scored on. None for every task that can be compared: what not all
            encoders have is left out and named; where no encoder is named, those that share the
            most results are compared.
        records: The folder of the records, or the records.
        model: Only records of this transformer or these, and of encoders that read none.
        rename: New names of encoders, by the ones that they have.
        data: Only records measured on this data: ``sample``, a folder, or the beginning of the
            checksum of a task's data; one or several of them. None for any, but those of the
            sample only for tasks without others, and by default families without others.
        reference: One of the encoders, whose differences to each other one are shown; None for
            the best of each task.
        resampling: Metric, protocol, confidence of the intervals, draws and their seed.
        on_progress: Receives how many of all draws are scored.

    Returns:
        The comparison of every task, and of their average.

    Raises:
        UnknownNameError: If a task is unknown.
        RecordError: If a record is missing, cannot be read, or must not be compared.
        TypeError: If encoders or tasks are no list of strings, records none of records, or
            resampling is no `Resampling`.
    """
    stored = read_records(records) if isinstance(records, str | Path) else records
    check_type(Resampling, resampling=resampling)
    check_type(Record, **{f"record {place}": each for place, each in enumerate(stored, 1)})
    encoders = take_texts("encoders", encoders)
    try:
        stored = renamed(stored, rename)
    except ValueError as error:
        raise RecordError(str(error)) from error
    if not data:
        stored = _of_like_data(stored, encoders, by_family=tasks is None)
    names = recorded_tasks(() if tasks is None else take_texts("tasks", tasks), stored)
    asked = _Asked(encoders, names, model, stored_places(stored, data), _named_folder(records))
    try:
        groups, left_out = _groups(stored, asked, skip=tasks is None)
        encoders_there = list(dict.fromkeys(name for group in groups for name in group))
        if reference is not None and reference not in encoders_there:
            raise UnlikeRecordsError(
                f"reference must be one of {', '.join(encoders_there)}, got {reference!r}"
            )
        found = compare_groups(
            groups, resampling, skip=tasks is None, on_progress=on_progress, kept=kept_intervals()
        )
    except ValueError as error:
        raise RecordError(str(error)) from error
    each = [
        replace(group, reference=reference if reference and reference in group.records else "")
        for group in found.groups
    ]
    return ComparisonReport(tuple(each), (*left_out, *found.left_out))


@dataclass(frozen=True)
class _Asked:
    """Whose records are compared, and on what."""

    encoders: Sequence[str]
    tasks: Sequence[str]
    model: str | Sequence[str] | None
    data: Sequence[str]
    out: str | None


def _groups(
    records: Sequence[Record], asked: _Asked, *, skip: bool
) -> tuple[list[Matched], list[str]]:
    """Return the records to compare, family by family, and what is left out."""
    if asked.tasks:
        matched = match_records(
            records,
            asked.encoders,
            asked.tasks,
            model=asked.model,
            data=asked.data,
            out=asked.out,
        )
        _refuse_a_lone_one(matched)
        return by_family(matched), []
    every, named = named_records(
        records, asked.encoders, model=asked.model, data=asked.data, out=asked.out
    )
    _refuse_a_lone_one(named)
    groups = task_groups(named, keep_all=bool(asked.encoders) or not skip)
    if not any(group.tasks for group in groups):
        raise UnlikeRecordsError(f"no task that {' and '.join(named)} were all scored on")
    matched_groups = [
        on_tasks({name: named[name] for name in group.encoders}, group.tasks, every, out=asked.out)
        for group in groups
        if group.tasks
    ]
    return matched_groups, [line for group in groups for line in group.left_out]


def _refuse_a_lone_one(matched: Mapping[str, object]) -> None:
    if len(matched) < 2:  # noqa: PLR2004 - a comparison needs two
        raise UnlikeRecordsError(
            f"a comparison needs at least two encoders, got {', '.join(matched)}"
        )


def _of_like_data(
    records: Sequence[Record], encoders: Sequence[str], *, by_family: bool
) -> list[Record]:
    """Leave out the records of the sample, or all others, so that encoders have the same data.

    Real data counts before the sample wherever all the encoders were measured on it.

    Args:
        records: All there are.
        encoders: Those named; none for any two of all.
        by_family: Whether one task on real data is enough for all tasks of its family.
    """
    found = [named for name in encoders if (named := find_named(records, name))]
    by_label: dict[str, list[Record]] = {}
    for record in records:
        by_label.setdefault(f"{record.label}@{record.model}", []).append(record)
    runs = found or list(by_label.values())
    least = len(found) or 2

    def place(record: Record) -> str:
        return record.family if by_family else record.task

    def shared(*, sample: bool) -> set[str]:
        """Return the places that enough encoders have records of."""
        places = [{place(r) for r in run if r.is_sample == sample} for run in runs]
        every = set().union(*places)
        return {one for one in every if sum(one in each for each in places) >= least}

    real = shared(sample=False)
    only_sample = shared(sample=True) - real
    return [
        record
        for record in records
        if place(record) not in (real if record.is_sample else only_sample)
    ]


def stored_places(records: Sequence[Record], data: str | Sequence[str] | None) -> list[str]:
    """Return data as records name it: a folder by its whole path.

    Args:
        records: All there are.
        data: As a user names it: ``sample``, folders, beginnings of checksums; None for any.
    """
    known = {record.data for record in records}
    places = []
    for name in [data] if isinstance(data, str) else data or ():
        path = str(Path(name).expanduser().resolve())
        is_checksum = any(has_checksum(record, name) for record in records)
        is_name = name in {SAMPLE, *known} or (is_checksum and path not in known)
        places.append(name if is_name else path)
    return places


def _named_folder(records: str | Path | Sequence[Record]) -> str | None:
    """Return the folder that a command must name, if the records are not where all look."""
    if not isinstance(records, str | Path) or Path(records) == DEFAULT_FOLDER:
        return None
    return str(records)


def read_records(folder: str | Path) -> list[Record]:
    """Read all records of a folder, oldest first; a notice names each file that is none.

    Raises:
        RecordError: If there is no folder, or it has none.
    """
    if not Path(folder).is_dir():
        raise RecordError(f"no folder {str(folder)!r}: harness eval writes records to one")
    with doing(f"reading the records of {folder}"):
        records = ResultStore(Path(folder)).read()
    if not records:
        raise RecordError(f"no records in {str(folder)!r}: harness eval writes some")
    return records
