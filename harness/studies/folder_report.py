"""A folder of records as one report, in any format."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from harness.checkpoints.manifest import read_manifests
from harness.errors import RecordError
from harness.evaluation.report import Report
from harness.results.progress import doing
from harness.results.published.beside_measured import mteb_tables, published_tables
from harness.results.published.papers import publications
from harness.results.records.encoder_names import rename as renamed
from harness.results.records.record import Record
from harness.results.records.selection import of_encoders, select_records
from harness.results.records.space_record import SpaceRecord, read_spaces
from harness.results.tables.section import Picture, TableSection
from harness.results.tables.space_tables import space_tables
from harness.studies.comparison import read_records, stored_places
from harness.studies.item_texts import read_item_texts
from harness.studies.mteb_results import read_mteb_results
from harness.studies.recorded_tasks import recorded_tasks


def read_report(
    folder: str | Path,
    *,
    tasks: Sequence[str] = (),
    encoders: Sequence[str] = (),
    model: str | Sequence[str] | None = None,
    rename: Mapping[str, str] = MappingProxyType({}),
    data: str | Sequence[str] | None = None,
    metrics: Sequence[str] = (),
    protocols: Sequence[str] = (),
    published: Sequence[str] | None = None,
    title: str = Report.title,
    with_text: bool = False,
    with_items: bool = True,
) -> Report:
    """Read a folder of records, with the checkpoints and analyses below it.

    Args:
        folder: Of the records.
        tasks: Only these tasks, as the records call them, or suites; none for all.
        encoders: Only results of these, by name, by spec, as ``mean@minilm``, or as a pattern
            such as ``mean*``; none for all.
        model: Only results of this transformer or these, and of encoders that read none.
        rename: New names of encoders, by the ones that they have.
        data: Only results on this data: ``sample``, a folder, or the beginning of the checksum
            of a task's data; one or several of them.
        metrics: Metrics to be shown, of which some record must have one; empty for no condition.
        protocols: Protocols to be shown, for which some record's task must have splits; empty for
            no condition.
        published: Papers whose figures stand beside the measured ones, and result files of mteb
            or folders of them; empty for every paper, None for none.
        title: Head of the HTML file.
        with_text: Whether the HTML file has the sentences of the items, read again from the data.
        with_items: Whether it has their gold scores and similarities.

    Raises:
        UnknownNameError: If a task is unknown.
        RecordError: If there are no such records, one cannot be read, or a paper is unknown.
    """
    every = read_records(folder)
    wanted = recorded_tasks(tasks, every)
    try:
        every = renamed(every, rename)
        chosen = select_records(every, model=model, data=stored_places(every, data))
        chosen = of_encoders(chosen, encoders)
    except ValueError as error:
        raise RecordError(str(error)) from error
    records = [record for record in chosen if not wanted or record.task in wanted]
    if not records:
        there = ", ".join(dict.fromkeys(record.task for record in chosen))
        raise RecordError(
            f"no records of tasks {', '.join(wanted)} in {str(folder)!r}, only of {there}"
        )
    if metrics and not any(metric in record.scores for record in records for metric in metrics):
        there = ", ".join(dict.fromkeys(name for record in records for name in record.scores))
        asked = " or ".join(metrics)
        raise RecordError(f"no record in {str(folder)!r} has the metric {asked}, only {there}")
    scores = [score for record in records for score in record.scores.values()]
    if protocols and not any(isinstance(score, dict) for score in scores):
        msg = f"no record in {str(folder)!r} has the protocol {protocols[0]}"
        raise RecordError(f"{msg}: none of their tasks has splits")
    return Report(
        records,
        checkpoints=read_manifests(Path(folder) / "checkpoints"),
        sections=[*_published(records, published), *_spaces(Path(folder), records)],
        title=title,
        texts=read_item_texts(records) if with_text else {},
        with_items=with_items,
    )


def _published(records: Sequence[Record], sources: Sequence[str] | None) -> list[TableSection]:
    if sources is None:
        return []
    known = publications()
    places = [source for source in sources if source not in known and Path(source).exists()]
    papers = [source for source in sources if source not in places]
    tables = [
        table
        for place in places
        for table in mteb_tables(records, read_mteb_results(Path(place)), place)
    ]
    if papers or not places:
        try:
            tables = [*published_tables(records, papers), *tables]
        except ValueError as error:
            raise RecordError(str(error)) from error
    return [TableSection("published", "Published scores beside measured ones", tables)]


def _spaces(folder: Path, records: Sequence[Record]) -> list[TableSection]:
    """Return the section of the analyses that lie beside the records of the same tasks."""
    spaces = read_spaces(folder)
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
            with doing(f"drawing {panels[0].space.place}"):
                pictures.append(Picture(caption, collapse_image(panels)))
    return TableSection("spaces", "Embedding spaces", space_tables(spaces), pictures)
