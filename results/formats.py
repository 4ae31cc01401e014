"""Render tables for a terminal, Markdown and LaTeX, and scores as tidy CSV."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

import rich.box
import rich.table
from rich.text import Text

from results.records import Record
from results.tables import Table

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
        "×": r"$\times$",
        "–": "--",
    }
)


def to_rich(table: Table) -> rich.table.Table:
    """Return the table for a terminal, best scores bold."""
    shown = rich.table.Table(
        title=Text(table.title),
        title_justify="left",
        title_style="bold",
        caption=Text("\n".join(table.notes)) if table.notes else None,
        caption_justify="left",
        box=rich.box.SIMPLE_HEAD,
    )
    for i, column in enumerate(table.columns):
        shown.add_column(Text(column), justify="right" if i else "left", no_wrap=i > 0)
    for i, row in enumerate(table.rows):
        cells = [
            Text(cell, style="bold" if i in table.best.get(column, ()) else "")
            for column, cell in enumerate(row)
        ]
        shown.add_row(*cells)
    return shown


def to_markdown(table: Table) -> str:
    """Return the table as GitHub Markdown, best scores bold."""
    lines = [f"**{table.title}**", "", _markdown_row(table.columns)]
    lines.append(_markdown_row(["---", *["---:"] * (len(table.columns) - 1)]))
    for i, row in enumerate(table.rows):
        lines.append(
            _markdown_row(
                f"**{cell}**" if i in table.best.get(column, ()) else cell
                for column, cell in enumerate(row)
            )
        )
    lines += [line for note in table.notes for line in ("", f"*{note}*")]
    return "\n".join(lines) + "\n"


def to_latex(table: Table) -> str:
    """Return the table as LaTeX for the package booktabs, best scores bold."""
    lines = [
        r"\begin{table}",
        r"\centering",
        rf"\begin{{tabular}}{{l{'r' * (len(table.columns) - 1)}}}",
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


def to_csv(records: Sequence[Record]) -> str:
    """Return every score of the records, a row each, as fractions."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["encoder", "model", "seed", "task", "data", "metric", "protocol", "score"])
    for record in records:
        start = [record.encoder, record.model, record.seed, record.task, record.data]
        for metric, value in record.scores.items():
            protocols = value if isinstance(value, Mapping) else {"": value}
            for protocol, score in protocols.items():
                writer.writerow([*start, metric, protocol, repr(float(score))])
    return out.getvalue()


def _markdown_row(cells: Iterable[str]) -> str:
    escaped = (cell.replace("|", r"\|") for cell in cells)
    return f"| {' | '.join(escaped)} |"


def _latex_row(cells: Iterable[str]) -> str:
    return " & ".join(cells) + r" \\"
