"""Compare encoders from their stored results, nothing encoded again."""

from collections.abc import Sequence
from pathlib import Path

from harness.argument_types import check_type, take_texts
from harness.errors import RecordError
from harness.planning import expand_suites
from results.compared_records import RecordComparison
from results.correlation import Protocol
from results.matching import UnlikeRecordsError, choose
from results.record_comparison import compare_records
from results.records import Record
from results.store import DEFAULT_FOLDER, ResultStore, UnreadableRecordError


def compare(
    encoders: Sequence[str] = (),
    tasks: Sequence[str] = ("sts",),
    *,
    records: str | Path | Sequence[Record] = DEFAULT_FOLDER,
    model: str | None = None,
    data: str | None = None,
    metric: str = "spearman",
    protocol: Protocol = "all",
    confidence: float = 0.95,
    draws: int = 10_000,
    seed: int = 0,
) -> RecordComparison:
    """Compare encoders on tasks: intervals, differences, tests, tie groups.

    Args:
        encoders: As records name them, such as ``mean`` or ``mean:layers=last2``;
            ``mean@minilm`` for one of several models; none for every encoder there is.
        tasks: Tasks or suites; none for every task that all the encoders were scored on.
        records: The folder of the records, or the records.
        model: Only records of this transformer.
        data: Only records measured on this data folder, or ``sample``.
        metric: spearman, pearson, or accuracy.
        protocol: How splits become a task's score.
        confidence: Of the intervals; 1 - confidence is the level of the tests.
        draws: Number of bootstrap and of permutation draws.
        seed: Of all draws.

    Returns:
        The comparison of every task, and of their average where all averaged tasks are there.

    Raises:
        UnknownNameError: If a task is unknown.
        RecordError: If a record is missing, cannot be read, or must not be compared.
        TypeError: If encoders or tasks are no list of strings, or records none of records.
    """
    stored = read_records(records) if isinstance(records, str | Path) else records
    check_type(Record, **{f"record {place}": each for place, each in enumerate(stored, 1)})
    encoders, names = take_texts("encoders", encoders), expand_suites(take_texts("tasks", tasks))
    try:
        matched = choose(stored, encoders, names, model=model, data=data)
        if len(matched) < 2:  # noqa: PLR2004 - a comparison needs two
            raise UnlikeRecordsError(
                f"a comparison needs at least two encoders, got {', '.join(matched)}"
            )
        return compare_records(
            matched,
            metric=metric,
            protocol=protocol,
            confidence=confidence,
            draws=draws,
            seed=seed,
        )
    except ValueError as error:
        raise RecordError(str(error)) from error


def read_records(folder: str | Path) -> list[Record]:
    """Read all records of a folder, oldest first.

    Raises:
        RecordError: If there is no folder, there are none, or one cannot be read.
    """
    if not Path(folder).is_dir():
        raise RecordError(f"no folder {str(folder)!r}: harness eval writes records to one")
    try:
        records = ResultStore(Path(folder)).read()
    except UnreadableRecordError as error:
        raise RecordError(str(error)) from error
    if not records:
        raise RecordError(f"no records in {str(folder)!r}: harness eval writes some")
    return records
