"""Published scores beside measured ones, always like with like.

A published row is set against a measured encoder under the row's own protocol. Where that is not
stated, where the transformer, the training text or the form of the task's text is another, or
where the scores were measured on the sample, the two stand side by side without a difference, and
a mark says why. Of an ablation, whose columns are no tasks, the averages are compared; times and
counts are of the paper alone.
"""

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.results.families import AVERAGE, TITLES
from harness.results.mteb.comparable import is_of_cosine, single_records
from harness.results.published.mteb import MtebScore, mteb_publication
from harness.results.published.papers import (
    Paper,
    PublishedRow,
    PublishedTable,
    printed_tables,
    publications,
)
from harness.results.published.same_encoder import (
    does_the_same,
    has_same_model,
    is_same_encoder,
    is_trained_otherwise,
)
from harness.results.records.record import SAMPLE, Record
from harness.results.tables.marks import DATA_MARKS, LEAKY, ROUNDING, UNSEALED, leakage_note
from harness.results.tables.scoreboard import Scoreboard, ScoreCell
from harness.results.tables.scoreboard_table import cell_text
from harness.results.tables.scoreboards import scoreboards
from harness.results.tables.table import Table

MARKS = {
    LEAKY.sign: leakage_note("the encoder", "these tasks"),
    ROUNDING.sign: ROUNDING.note,
    "°": "protocol not stated in the source, so no difference",
    "‡": "another protocol than the table's",
    "§": "transformer or vectors not known to be the published row's, so no difference",
    "‖": "trained on other text, or on more or less, than the published row, so no difference",
    "¶": "measured on sample data, so no difference",
    **{mark.sign: f"{mark.note}, so no difference" for mark in DATA_MARKS},
    UNSEALED.sign: UNSEALED.note,
    "?": "the source contradicts itself",
}

_UNITS = {
    "spearman": "Spearman × 100",
    "accuracy": "Accuracy × 100",
    "seconds": "seconds on the authors' machine: harness bench measures this one's",
    "count": "numbers of pairs and sentences",
}


@dataclass(frozen=True)
class _Column:
    """A printed column.

    Attributes:
        head: As shown.
        figures: One per row; nan where nothing is printed.
        task: What is measured of it: a registered task, the average, or nothing.
    """

    head: str
    figures: tuple[float, ...]
    task: str | None = None

    def printed(self, row: int) -> str:
        """Write the figure of one row."""
        value = self.figures[row]
        return _figure(value) if self.task or math.isnan(value) else f"{value:g}"

    def measured(self, cell: ScoreCell) -> str:
        """Write what was measured, its marks being beside the encoder's name."""
        return cell_text(dataclasses.replace(cell, records=())) if self.task else ""

    def difference(self, cell: ScoreCell, row: int) -> str:
        """Write measured less printed."""
        if not self.task:
            return ""
        return _figure((math.nan if cell.mean is None else cell.mean) - self.figures[row], "+")


@dataclass(frozen=True)
class _Line:
    """One row of the table to be: a name, its protocol, a text per column."""

    name: str
    protocol: str
    cells: tuple[str, ...]
    marks: str = ""


def published_tables(records: Sequence[Record], papers: Sequence[str] = ()) -> list[Table]:
    """Lay out printed tables with the measured scores of the same encoders below their rows.

    Args:
        records: Measured, oldest first; none shows the printed figures alone.
        papers: Keys of the papers; none for all.

    Raises:
        ValueError: If a paper is unknown.
    """
    return [_table(paper, table, records) for paper, table in printed_tables(papers)]


def mteb_tables(
    records: Sequence[Record], scores: Sequence[MtebScore], source: str
) -> list[Table]:
    """Lay out scores of mteb's result files as `published_tables` does printed ones.

    Args:
        records: Measured, oldest first.
        scores: At least one.
        source: Where they were read.
    """
    publication = mteb_publication(scores, source)
    alike = [record for record in single_records(records) if is_of_cosine(record)]
    return [_table(publication.paper, table, alike) for table in publication.tables]


def published_table(records: Sequence[Record], paper: str, name: str) -> Table:
    """Lay out one printed table as `published_tables` does.

    Args:
        records: Measured, oldest first; none shows the printed figures alone.
        paper: The paper's key.
        name: The table's name.

    Raises:
        KeyError: If there is no such table.
    """
    publication = publications()[paper]
    return _table(publication.paper, publication.table(name), records)


def _table(paper: Paper, table: PublishedTable, records: Sequence[Record]) -> Table:
    columns = _columns(table)
    lines = [line for row in range(len(table.rows)) for line in _lines(table, row, records)]
    used = "".join(dict.fromkeys("".join(line.marks for line in lines)))
    doubts = [f"{row.method}: {row.doubt}" for row in table.rows if row.doubt]
    heads = ("published, measured", "protocol") if table.family else ("published",)
    return Table(
        title=f"{table.title}: {paper.authors} ({paper.year}), {table.where},"
        f" {_UNITS[table.metric]}",
        columns=(*heads, *(column.head for column in columns)),
        rows=tuple(
            (f"{line.name} {line.marks}".rstrip(), line.protocol, *line.cells)
            if table.family
            else (line.name, *line.cells)
            for line in lines
        ),
        notes=(
            f"source: {paper.title}, {paper.url}",
            *([paper.note] if paper.note else []),
            *([f"protocol: {table.protocol_source}"] if table.family else []),
            *(f"{mark}: {MARKS[mark]}" for mark in used),
            *doubts,
        ),
    )


def _columns(table: PublishedTable) -> list[_Column]:
    """Return the printed columns, then average and total where a row has them."""
    scored = bool(table.family) and table.columns_are == "tasks"
    cells = zip(*(row.values for row in table.rows), strict=True)
    columns = [
        _Column(TITLES.get(name, name), figures, name if scored else None)
        for name, figures in zip(table.columns, cells, strict=bool(table.columns))
    ]
    averages, totals = (
        tuple(math.nan if value is None else value for value in column)
        for column in zip(*((row.average, row.total) for row in table.rows), strict=True)
    )
    sums = [
        _Column(AVERAGE, averages, AVERAGE if table.family else None),
        _Column("Total", totals),
    ]
    return columns + [column for column in sums if not all(map(math.isnan, column.figures))]


def _lines(table: PublishedTable, place: int, records: Sequence[Record]) -> Iterator[_Line]:
    """Yield the published row, and for each measured encoder like it its scores and difference."""
    row, columns = table.rows[place], _columns(table)
    protocol = table.protocol_of(row)
    marks = {
        "°": bool(table.family) and protocol == "unstated",
        "‡": protocol not in ("unstated", table.protocol),
        "?": bool(row.doubt),
    }
    printed = tuple(column.printed(place) for column in columns)
    yield _Line(row.method, protocol, printed, _held(marks))
    for board, name in _measured(table, row, records):
        measured = _measured_cells(board, name, columns)
        if not any(cell.scores for cell in measured):
            continue
        record = board.records[0]
        own = [r for column in board.columns for r in board.cell(name, column).records]
        unlike = {
            "°": protocol == "unstated",
            "§": not (does_the_same(record, row) and has_same_model(record, row)),
            "‖": any(is_trained_otherwise(each.training, row) for each in own),
            "¶": record.is_sample,
            **{mark.sign: any(map(mark.holds, own)) for mark in DATA_MARKS},
        }
        doubtful = {mark.sign: any(map(mark.holds, own)) for mark in (LEAKY, ROUNDING, UNSEALED)}
        sample = SAMPLE.upper() if record.is_sample else ""
        description = ", ".join(filter(None, [name, record.model, board.label, sample]))
        cells = tuple(map(_Column.measured, columns, measured))
        protocol_shown = "" if protocol == "unstated" else board.protocol
        yield _Line(
            f"  {description} (measured)", protocol_shown, cells, _held({**unlike, **doubtful})
        )
        if not any(unlike.values()):
            gaps = zip(columns, measured, strict=True)
            yield _Line(
                "  difference", "", tuple(c.difference(column, place) for c, column in gaps)
            )


def _held(marks: Mapping[str, bool]) -> str:
    return "".join(mark for mark, holds in marks.items() if holds)


def _measured(
    table: PublishedTable, row: PublishedRow, records: Sequence[Record]
) -> Iterator[tuple[Scoreboard, str]]:
    """Yield the boards of one model each that hold the row's encoder, and its names on them."""
    protocol = table.protocol_of(row)
    found: dict[str | None, list[Record]] = {}
    for record in records:
        if is_same_encoder(record, row) and record.family == table.family:
            found.setdefault(record.model, []).append(record)
    for alike in found.values():
        for board in scoreboards(
            alike,
            metrics=(table.metric,),
            protocols=("all" if protocol == "unstated" else protocol,),
        ):
            yield from ((board, name) for name in board.rows)


def _measured_cells(board: Scoreboard, name: str, columns: Sequence[_Column]) -> list[ScoreCell]:
    """Return what was measured of each column."""
    titles = {AVERAGE: AVERAGE} | {record.task: record.title for record in board.records}
    return [board.cell(name, titles.get(column.task or "", "")) for column in columns]


def _figure(value: float, sign: str = "") -> str:
    return "–" if math.isnan(value) else f"{value:{sign}.2f}"
