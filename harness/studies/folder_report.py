"""A folder of records as one report, in any format."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from harness.checkpoints.manifest import read_manifests
from harness.errors import RecordError
from harness.planning.planned_tasks import expand_suites
from harness.results.families import PROTOCOLS
from harness.results.formats.formats import PageFormat, RecordFormat, TableFormat, find_format
from harness.results.published.beside_measured import published_tables
from harness.results.records.record import Record
from harness.results.records.selection import select_records
from harness.results.records.space_record import SpaceRecord, read_spaces
from harness.results.records.store import UnreadableRecordError
from harness.results.tables.intervals import score_intervals, with_intervals
from harness.results.tables.scoreboard import Scoreboard
from harness.results.tables.scoreboard_table import scoreboard_table
from harness.results.tables.scoreboards import scoreboards
from harness.results.tables.section import Picture, TableSection
from harness.results.tables.space_tables import space_tables
from harness.results.tables.table import Table
from harness.studies.comparison import read_records, stored_places


@dataclass(frozen=True)
class FolderReport:
    """All that a folder of records tells.

    Attributes:
        title: Head of the HTML file.
        records: The records, oldest first.
        boards: Their scores, a table each, without intervals.
        checkpoints: What ``training.json`` of every encoder trained below the folder says.
        sections: Further tables: published figures, analyses.
        intervals: Whether scores come with bootstrap intervals, and tables tell ties.
    """

    title: str
    records: Sequence[Record]
    boards: Sequence[Scoreboard]
    checkpoints: Sequence[Mapping[str, Any]] = ()
    sections: Sequence[TableSection] = field(default=())
    intervals: bool = False

    @cached_property
    def _shown(self) -> Sequence[Scoreboard]:
        return [with_intervals(board) for board in self.boards] if self.intervals else self.boards

    @property
    def tables(self) -> list[Table]:
        """Scores first, then the further sections."""
        scores = [scoreboard_table(board) for board in self._shown]
        return [*scores, *(table for section in self.sections for table in section.tables)]

    def render(self, output_format: str) -> str:
        """Return the report in one of `FORMATS`.

        Raises:
            ValueError: If the format is unknown.
        """
        match find_format(output_format):
            case TableFormat(render=render):
                return "\n".join(map(render, self.tables))
            case RecordFormat(render=render):
                return render(
                    self.records, score_intervals(self.records) if self.intervals else None
                )
            case PageFormat(render=render):
                return render(
                    self._shown,
                    title=self.title,
                    checkpoints=self.checkpoints,
                    sections=self.sections,
                )


def read_report(
    folder: str | Path,
    *,
    tasks: Sequence[str] = (),
    model: str | None = None,
    data: str | Sequence[str] | None = None,
    metrics: Sequence[str] = (),
    protocols: Sequence[str] = tuple(PROTOCOLS),
    intervals: bool = False,
    published: Sequence[str] | None = None,
    title: str = "Sentence encoders",
) -> FolderReport:
    """Read a folder of records and arrange what it tells.

    Args:
        folder: Of the records.
        tasks: Only these tasks or suites; none for all.
        model: Only results of this transformer, and of encoders that read none.
        data: Only results on this data: ``sample``, a folder, or the beginning of the checksum
            that tells what a task's data was; one or several of them.
        metrics: Metrics to show; empty for each family's own headline metric.
        protocols: ``all``, ``wmean``, ``mean``.
        intervals: Whether to show bootstrap intervals and ties.
        published: Papers whose figures stand beside the measured ones; empty for every paper,
            None for none.
        title: Head of the HTML file.

    Raises:
        UnknownNameError: If a task is unknown.
        RecordError: If there are no such records, one cannot be read, or a paper is unknown.
    """
    wanted = expand_suites(tasks)
    every = read_records(folder)
    try:
        chosen = select_records(every, model=model, data=stored_places(every, data))
    except ValueError as error:
        raise RecordError(str(error)) from error
    records = [record for record in chosen if not wanted or record.task in wanted]
    if not records:
        there = ", ".join(dict.fromkeys(record.task for record in chosen))
        raise RecordError(
            f"no records of tasks {', '.join(wanted)} in {str(folder)!r}, only of {there}"
        )
    boards = scoreboards(records, metrics=metrics, protocols=protocols)
    if not boards:
        raise RecordError(f"no record in {str(folder)!r} has the metric {' or '.join(metrics)}")
    return FolderReport(
        title,
        records,
        boards,
        read_manifests(Path(folder) / "checkpoints"),
        [*_published(records, published), *_spaces(Path(folder), records)],
        intervals,
    )


def _published(records: Sequence[Record], papers: Sequence[str] | None) -> list[TableSection]:
    if papers is None:
        return []
    try:
        tables = published_tables(records, papers)
    except ValueError as error:
        raise RecordError(str(error)) from error
    return [TableSection("published", "Published figures beside measured ones", tables)]


def _spaces(folder: Path, records: Sequence[Record]) -> list[TableSection]:
    """Return the section of the analyses that lie beside the records of the same tasks."""
    try:
        spaces = read_spaces(folder)
    except UnreadableRecordError as error:
        raise RecordError(str(error)) from error
    shown = {(record.task, record.model) for record in records}
    spaces = [space for space in spaces if (space.task, space.model) in shown]
    return [_space_section(spaces, records)] if spaces else []


def _space_section(spaces: Sequence[SpaceRecord], records: Sequence[Record]) -> TableSection:
    """Lay out analyses, with a collapse diagram for each task."""
    from harness.results.plots.collapse_diagram import (  # deferred: matplotlib
        collapse_image,
        collapse_panels,
    )

    pictures = []
    for place in dict.fromkeys((space.task, space.data) for space in spaces):
        panels = collapse_panels([s for s in spaces if (s.task, s.data) == place], records)
        if panels:
            caption = f"Gold score against cosine, and spectra: {panels[0].space.place}"
            pictures.append(Picture(caption, collapse_image(panels)))
    return TableSection("spaces", "Embedding spaces", space_tables(spaces), pictures)
