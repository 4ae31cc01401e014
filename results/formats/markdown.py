"""Render tables as GitHub Markdown."""

import re
from collections.abc import Iterable

from harness.results.display.shown_text import shown_line
from harness.results.tables.table import Table

_MARKUP = re.compile(r"[\\`*|~]|(?<!\w)_|_(?!\w)|\](?=[(\[])")
"""What Markdown does not take as it is; not the signs inside words and intervals."""


def to_markdown(table: Table) -> str:
    """Return the table as GitHub Markdown, best scores bold."""
    lines = [
        f"**{markdown_text(table.title)}**",
        "",
        _markdown_row(map(markdown_text, table.columns)),
    ]
    numbers = len(table.columns) - table.names
    lines.append(_markdown_row(["---"] * table.names + ["---:"] * numbers))
    for i, row in enumerate(table.rows):
        lines.append(
            _markdown_row(
                f"**{cell}**" if i in table.best.get(column, ()) else cell
                for column, cell in enumerate(map(markdown_text, row))
            )
        )
    lines += [line for note in table.notes for line in ("", f"*{markdown_text(note)}*")]
    return "\n".join(lines) + "\n"


def _markdown_row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def markdown_text(text: str) -> str:
    """Return text that Markdown shows as it is, in one line."""
    text = shown_line(text)
    return _MARKUP.sub(r"\\\g<0>", text.replace("&", "&amp;").replace("<", "&lt;"))
