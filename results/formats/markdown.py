"""Render tables as GitHub Markdown."""

from collections.abc import Iterable

from harness.results.tables.table import Table


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


def _markdown_row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _markdown_text(text: str) -> str:
    return text.replace("|", r"\|").replace("*", r"\*")
