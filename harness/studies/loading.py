"""A folder of records as a report, for Python."""

from collections.abc import Sequence
from pathlib import Path

from harness.evaluation.report import Report
from harness.results.records.store import DEFAULT_FOLDER
from harness.studies.folder_report import read_report


def load(
    folder: str | Path = DEFAULT_FOLDER,
    *,
    tasks: Sequence[str] = (),
    model: str | None = None,
    data: str | Sequence[str] | None = None,
) -> Report:
    """Return the records of a folder as a report.

    Args:
        folder: Of the records.
        tasks: Only these tasks, as the records call them, or suites; none for all.
        model: Only results of this transformer, and of encoders that read none.
        data: Only results on this data: ``sample``, a folder, or the beginning of the checksum of
            a task's data; one or several of them.

    Raises:
        UnknownNameError: If a task is unknown.
        RecordError: If there are no such records, or one cannot be read.
    """
    return read_report(folder, tasks=tasks, model=model, data=data)
