"""Published scores beside measured ones, always like with like.

A published row is set against a measured encoder under the row's own protocol. Where that is not
told, where the transformer is another, or where the scores were measured on the sample, the two
stand side by side without a difference, and a mark says why.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from statistics import mean

from results.families import AVERAGE, AVERAGED
from results.published_figures import Paper, PublishedRow, PublishedTable, score_tables
from results.records import Record
from results.scoreboard import Scoreboard, arrange_scores
from results.tables import Table, score_text

MARKS = {
    "†": "trained on (unlabelled) text of these tasks",
    "°": "protocol not told in the source, so no difference",
    "‡": "another protocol than the table's",
    "§": "another transformer than the published row's, so no difference",
    "¶": "measured on sample data, so no difference",
    "?": "the source contradicts itself",
}

_TITLES = {
    "sts12": "STS12",
    "sts13": "STS13",
    "sts14": "STS14",
    "sts15": "STS15",
    "sts16": "STS16",
    "stsb-test": "STS-B",
    "sickr-test": "SICK-R",
    "mr": "MR",
    "cr": "CR",
    "subj": "SUBJ",
    "mpqa": "MPQA",
    "sst2": "SST2",
    "trec": "TREC",
    "mrpc": "MRPC",
}


@dataclass(frozen=True)
class _Line:
    """One row of the table to be: a name, its protocol, a text a column."""

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
    return [_table(paper, table, records) for paper, table in score_tables(papers)]


def _table(paper: Paper, table: PublishedTable, records: Sequence[Record]) -> Table:
    columns = [_TITLES.get(task, task) for task in table.columns]
    averaged = any(row.average is not None for row in table.rows)
    lines = [line for row in table.rows for line in _lines(table, row, records)]
    used = "".join(dict.fromkeys("".join(line.marks for line in lines)))
    doubts = [f"{row.method}: {row.doubt}" for row in table.rows if row.doubt]
    return Table(
        title=f"{table.title}: {paper.authors} ({paper.year}), {table.where},"
        f" {table.metric.capitalize()} × 100",
        columns=("published, measured", "protocol", *columns, *([AVERAGE] if averaged else [])),
        rows=tuple(
            (f"{line.name} {line.marks}".rstrip(), line.protocol, *line.cells)
            for line in (_padded(line, len(columns) + averaged) for line in lines)
        ),
        notes=(
            f"source: {paper.title}, {paper.url}",
            *([f"{paper.note}"] if paper.note else []),
            f"protocol: {table.protocol_source}",
            *(f"{mark}: {MARKS[mark]}" for mark in used),
            *doubts,
        ),
    )


def _padded(line: _Line, width: int) -> _Line:
    return _Line(line.name, line.protocol, (*line.cells, *[""] * width)[:width], line.marks)


def _lines(table: PublishedTable, row: PublishedRow, records: Sequence[Record]) -> Iterator[_Line]:
    """Yield the published row, and for each measured encoder like it its scores and difference."""
    protocol = table.protocol_of(row)
    figures = (*row.values, math.nan if row.average is None else row.average)
    marks = {
        "°": protocol == "unstated",
        "‡": protocol not in ("unstated", table.protocol),
        "?": bool(row.doubt),
    }
    yield _Line(row.method, protocol, tuple(map(_figure, figures)), _held(marks))
    for name, alike in _measured(table, row, records):
        board = arrange_scores(
            alike, metric=table.metric, protocol="all" if protocol == "unstated" else protocol
        )
        values = _values(board, table, average=row.average is not None)
        unlike = {
            "°": protocol == "unstated",
            "§": not _same_model(alike[0], row),
            "¶": alike[0].is_sample,
        }
        leaky = {"†": any(record.trained_on_this_task for record in alike)}
        told = "" if protocol == "unstated" else board.protocol
        cells = tuple(map(score_text, values))
        yield _Line(f"  {name} (measured)", told, cells, _held({**unlike, **leaky}))
        if not any(unlike.values()):
            means = [mean(of) if of else math.nan for of in values]
            gaps = [own - figure for own, figure in zip(means, figures, strict=False)]
            yield _Line("  difference", "", tuple(_figure(gap, "+") for gap in gaps))


def _held(marks: Mapping[str, bool]) -> str:
    return "".join(mark for mark, holds in marks.items() if holds)


def _measured(
    table: PublishedTable, row: PublishedRow, records: Sequence[Record]
) -> Iterator[tuple[str, list[Record]]]:
    """Yield the records of the row's encoder on the table's tasks, by model and data."""
    found: dict[tuple[str | None, str], list[Record]] = {}
    for record in records:
        wanted = record.task in (*table.columns, *AVERAGED.get(table.family, ()))
        if wanted and record.encoder == row.encoder and table.metric in record.scores:
            found.setdefault((record.model, record.data), []).append(record)
    for (model, data), alike in found.items():
        if any(record.task in table.columns for record in alike):
            sample = ", SAMPLE" if data == "sample" else ""
            yield f"{row.encoder}, {model}{sample}" if model else f"{row.encoder}{sample}", alike


def _same_model(record: Record, row: PublishedRow) -> bool:
    """Whether the measured transformer is the published one; a folder counts by its name."""
    own = PurePath(record.model).name if record.model else None
    return own == row.model


def _values(board: Scoreboard, table: PublishedTable, *, average: bool) -> list[tuple[float, ...]]:
    titles = {record.task: record.title for record in board.records}
    (name,) = board.rows
    cells = [board.cell(name, titles.get(task, task)).values for task in table.columns]
    return [*cells, board.cell(name, AVERAGE).values if average else ()]


def _figure(value: float, sign: str = "") -> str:
    return "–" if math.isnan(value) else f"{value:{sign}.2f}"
