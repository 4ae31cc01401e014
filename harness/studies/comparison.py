"""Compare encoders from their stored results, nothing encoded again."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from harness.argument_types import check_type, take_texts
from harness.encoding.kept_intervals import kept_intervals
from harness.errors import RecordError
from harness.results.comparisons.outcome import RecordComparison
from harness.results.comparisons.record_comparison import OnProgress, compare_records
from harness.results.families import AVERAGED
from harness.results.progress import doing
from harness.results.records.matching import UnlikeRecordsError, match_records
from harness.results.records.record import SAMPLE, Record
from harness.results.records.selection import has_checksum
from harness.results.records.store import DEFAULT_FOLDER, ResultStore
from harness.results.statistics.resampling import Resampling
from harness.studies.recorded_tasks import recorded_tasks

SUITE = "sts"
"""What is compared if no task is named and records on one of its tasks are there."""


def compare(
    encoders: Sequence[str] = (),
    tasks: Sequence[str] | None = None,
    *,
    records: str | Path | Sequence[Record] = DEFAULT_FOLDER,
    model: str | None = None,
    data: str | Sequence[str] | None = None,
    reference: str | None = None,
    resampling: Resampling = Resampling(),
    on_progress: OnProgress | None = None,
) -> RecordComparison:
    """Compare encoders on tasks: intervals, differences, tests, tie groups.

    Args:
        encoders: As records name them, such as ``mean`` or ``mean:layers=last2``;
            ``mean@minilm`` for one of several models; none for every encoder there is.
        tasks: Tasks as the records call them, or suites; empty for every task that all the
            encoders were scored on; None for ``sts``, or every task where none of it is recorded.
        records: The folder of the records, or the records.
        model: Only records of this transformer, and of encoders that read none.
        data: Only records measured on this data: ``sample``, a folder, or the beginning of the
            checksum of a task's data; one or several of them. None for any, but those of the
            sample only for tasks without others.
        reference: One of the encoders, whose differences to each other one are shown; None for
            the best of each task.
        resampling: Metric, protocol, confidence of the intervals, draws and their seed.
        on_progress: Receives how many of all draws are scored.

    Returns:
        The comparison of every task, and of their average where all averaged tasks are there.

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
    stored = stored if data else _of_real_data(stored)
    names = _default_tasks(stored) if tasks is None else take_texts("tasks", tasks)
    names = recorded_tasks(names, stored)
    try:
        matched = match_records(
            stored,
            encoders,
            names,
            model=model,
            data=stored_places(stored, data),
            out=_named_folder(records),
        )
        if len(matched) < 2:  # noqa: PLR2004 - a comparison needs two
            raise UnlikeRecordsError(
                f"a comparison needs at least two encoders, got {', '.join(matched)}"
            )
        if reference is not None and reference not in matched:
            raise UnlikeRecordsError(
                f"reference must be one of {', '.join(matched)}, got {reference!r}"
            )
        compared = compare_records(
            matched, resampling, on_progress=on_progress, kept=kept_intervals()
        )
        return replace(compared, reference=reference or "")
    except ValueError as error:
        raise RecordError(str(error)) from error


def _default_tasks(records: Sequence[Record]) -> Sequence[str]:
    """Return the suite of the STS tasks; no name, which means all, where none is recorded."""
    return [SUITE] if any(record.task in AVERAGED[SUITE] for record in records) else []


def _of_real_data(records: Sequence[Record]) -> list[Record]:
    """Leave out the records of the sample on tasks that were measured on real data too."""
    measured = {record.task for record in records if not record.is_sample}
    return [record for record in records if not record.is_sample or record.task not in measured]


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
