"""Render a table as HTML, for a notebook."""

from collections.abc import Iterable
from html import escape

from harness.results.display.shown_text import shown_line
from harness.results.tables.table import Table


def to_html(table: Table) -> str:
    """Return the table as HTML, best scores bold, notes below."""
    head = "".join(f"<th>{escape(column)}</th>" for column in table.columns)
    rows = "".join(_row(table, number) for number in range(len(table.rows)))
    notes = "".join(f"<p><em>{escape(note)}</em></p>" for note in table.notes)
    return (
        f"<table><caption>{escape(table.title)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{notes}"
    )


def list_html(lines: Iterable[str]) -> str:
    """Return lines as an HTML list; nothing for none."""
    items = "".join(f"<li>{escape(shown_line(line))}</li>" for line in lines)
    return f"<ul>{items}</ul>" if items else ""


def _row(table: Table, number: int) -> str:
    name, *cells = table.rows[number]
    shown = "".join(
        f"<td><b>{escape(cell)}</b></td>"
        if number in table.best.get(column, ())
        else f"<td>{escape(cell)}</td>"
        for column, cell in enumerate(cells, start=1)
    )
    return f'<tr><th scope="row">{escape(name)}</th>{shown}</tr>'
