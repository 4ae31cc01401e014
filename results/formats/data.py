"""Render tables for a terminal, Markdown and LaTeX, and scores as tidy CSV or JSON."""

import csv
import io
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import rich.box
import rich.table
from rich.cells import cell_len
from rich.console import Console, Group
from rich.text import Text

from harness.results.records.aspects import data_version, training_text
from harness.results.records.record import Record
from harness.results.tables.scoreboard_table import Table

ScoreRow: TypeAlias = tuple[str, str | None, int | None, str, str, str, str, str, str, float]
ScoreInterval: TypeAlias = tuple[float, float] | None
SCORE_COLUMNS = (
    "encoder",
    "model",
    "seed",
    "training_text",
    "task",
    "data",
    "data_checksum",
    "metric",
    "protocol",
    "score",
)
_ENDS = ("low", "high")

_GAP = 2  # spaces between columns
_NAME_WIDTH = 16  # row names are folded to no less than this

_LATEX = str.maketrans(
    {
        "&": r"\&",
        "%": r"\%",
        "$": r"\$",
        "#": r"\#",
        "_": r"\_",
        "{": r"\{",
        "}": r"\}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "\\": r"\textbackslash{}",
        "±": r"$\pm$",
        "†": r"$^\dagger$",
        "◊": r"$\diamond$",
        "×": r"$\times$",
        "−": r"$-$",
        "≈": r"$\approx$",
        "≤": r"$\le$",
        "<": r"$<$",
        ">": r"$>$",
        "|": r"$|$",
        "‡": r"$^\ddagger$",
        "°": r"$^\circ$",
        "§": r"\S{}",
        "¶": r"\P{}",
        "‖": r"$\parallel$",
        "–": "--",
        "…": r"\dots{}",
    }
)


def to_rich(table: Table, width: int | None = None) -> Group:
    """Return the table for a terminal, best scores bold.

    Args:
        table: The table.
        width: Characters in a line. A table that is wider folds its row names, and one that is
            wider still goes on below itself, its row names in a third of the width at the most;
            None sets no limit.
    """
    parts: list[Text | rich.table.Table] = [Text(table.title, style="bold")]
    widths = [_width(table, column) for column in range(len(table.columns))]
    if width is not None:
        left = width - sum(_GAP + size for size in widths[1:])
        most = left if left >= _NAME_WIDTH else max(_NAME_WIDTH, width // 3)
        widths[0] = min(widths[0], most)
    names = widths[: table.names]
    parts += [_block(table, columns, names) for columns in _blocks(widths, table.names, width)]
    parts += [Text(note, style="italic") for note in table.notes]
    return Group(*parts, Text())


def to_text(table: Table) -> str:
    """Return the table as plain text, as wide as it is."""
    file = io.StringIO()
    console = Console(file=file, force_terminal=False, color_system=None)
    shown = to_rich(table)
    console.width = console.measure(shown).maximum
    console.print(shown)
    return "\n".join(line.rstrip() for line in file.getvalue().split("\n")).rstrip("\n") + "\n"


def _width(table: Table, column: int) -> int:
    return max(cell_len(cells[column]) for cells in (table.columns, *table.rows))


def _blocks(widths: Sequence[int], names: int, width: int | None) -> list[list[int]]:
    """Share the columns after the names out among as few blocks as fit the width."""
    blocks: list[list[int]] = [[]]
    used = named = sum(widths[:names]) + _GAP * (names - 1)
    for column, size in list(enumerate(widths))[names:]:
        if width is not None and used + _GAP + size > width and blocks[-1]:
            blocks.append([])
            used = named
        blocks[-1].append(column)
        used += _GAP + size
    return blocks


def _block(table: Table, columns: Sequence[int], name_widths: Sequence[int]) -> rich.table.Table:
    """Lay out some columns behind the row names."""
    shown = rich.table.Table(
        box=rich.box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, _GAP - 1, 0, 0)
    )
    for head, width in zip(table.columns, name_widths, strict=False):
        shown.add_column(Text(head), width=width, overflow="fold")
    for column in columns:
        shown.add_column(Text(table.columns[column]), justify="right", no_wrap=True)
    for i, row in enumerate(table.rows):
        cells = [
            Text(row[column], style="bold" if i in table.best.get(column, ()) else "")
            for column in columns
        ]
        names = [_folded(name, width) for name, width in zip(row, name_widths, strict=False)]
        shown.add_row(*names, *cells)
    return shown


def _folded(name: str, width: int) -> str:
    """Break a name into lines, behind one of its signs wherever that fits."""
    lines = [""]
    for part in re.split(r"(?<=[-,:= ])", name):
        if lines[-1] and cell_len(lines[-1] + part.rstrip()) > width:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)


def to_markdown(table: Table) -> str:
    """Return the table as GitHub Markdown, best scores bold."""
    lines = [f"**{table.title}**", "", _markdown_row(map(_markdown_text, table.columns))]
    numbers = len(table.columns) - table.names
    lines.append(_markdown_row(["---"] * table.names + ["---:"] * numbers))
    for i, row in enumerate(table.rows):
        lines.append(
            _markdown_row(
                f"**{cell}**" if i in table.best.get(column, ()) else cell
                for column, cell in enumerate(map(_markdown_text, row))
            )
        )
    lines += [line for note in table.notes for line in ("", f"*{_markdown_text(note)}*")]
    return "\n".join(lines) + "\n"


def to_latex(table: Table) -> str:
    """Return the table as LaTeX for the package booktabs, best scores bold."""
    lines = [
        r"\begin{table}",
        r"\centering",
        rf"\begin{{tabular}}{{{'l' * table.names}{'r' * (len(table.columns) - table.names)}}}",
        r"\toprule",
        _latex_row(column.translate(_LATEX) for column in table.columns),
        r"\midrule",
    ]
    for i, row in enumerate(table.rows):
        cells = [cell.translate(_LATEX) for cell in row]
        lines.append(
            _latex_row(
                rf"\textbf{{{cell}}}" if i in table.best.get(column, ()) else cell
                for column, cell in enumerate(cells)
            )
        )
    caption = ". ".join([table.title, *table.notes]).translate(_LATEX)
    lines += [r"\bottomrule", r"\end{tabular}", rf"\caption{{{caption}.}}", r"\end{table}"]
    return "\n".join(lines) + "\n"


def to_csv(records: Sequence[Record], intervals: Sequence[ScoreInterval] | None = None) -> str:
    """Return every score of the records, a row each, as fractions.

    Args:
        records: The records.
        intervals: The ends of each row's interval, None where there is none; none adds no columns.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(SCORE_COLUMNS if intervals is None else (*SCORE_COLUMNS, *_ENDS))
    rows = score_rows(records)
    ends = [()] * len(rows) if intervals is None else [found or ("", "") for found in intervals]
    for row, found in zip(rows, ends, strict=True):
        writer.writerow((*row[:-1], repr(row[-1]), *found))
    return out.getvalue()


def score_rows(records: Sequence[Record]) -> list[ScoreRow]:
    """Return every score of the records as a row with `SCORE_COLUMNS`, fractions."""
    rows: list[ScoreRow] = []
    for record in records:
        text = training_text(record)
        place = (record.task, record.data, data_version(record))
        start = (record.encoder, record.model, record.seed, text, *place)
        for metric, value in record.scores.items():
            protocols = value if isinstance(value, Mapping) else {"": value}
            for name, score in protocols.items():
                rows.append((*start, metric, name, math.nan if score is None else float(score)))
    return rows


def to_json(records: Sequence[Record], intervals: Sequence[ScoreInterval] | None = None) -> str:
    """Return the records as JSON, their scores of items left out.

    Args:
        records: The records.
        intervals: The ends of each score's interval, in the order of `score_rows`, None where
            there is none; they follow the records as a list.
    """
    content: dict[str, Any] = {"records": [record.summary() for record in records]}
    if intervals is not None:
        content["intervals"] = [
            dict(zip((*SCORE_COLUMNS, *_ENDS), (*row, *ends), strict=True))
            for row, ends in zip(score_rows(records), intervals, strict=True)
            if ends is not None
        ]
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _markdown_row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _markdown_text(text: str) -> str:
    return text.replace("|", r"\|").replace("*", r"\*")


def _latex_row(cells: Iterable[str]) -> str:
    return " & ".join(cells) + r" \\"
