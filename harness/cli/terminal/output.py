"""Print tables on the terminal, or as Markdown or LaTeX, and what failed."""

from collections.abc import Iterable, Sequence
from typing import NoReturn

import click
from rich.console import Console, RenderableType

from harness.results.formats.data import to_latex, to_markdown, to_rich
from harness.results.records.record import Record
from harness.results.tables.scoreboard_table import Table

_WIDEST = 10_000  # characters that rich may measure


def show_tables(tables: Iterable[Table], form: str) -> None:
    """Print tables as ``table``, ``markdown`` or ``latex``."""
    for table in tables:
        if form != "table":
            click.echo(to_markdown(table) if form == "markdown" else to_latex(table))
            continue
        console = Console()
        print_wide(console, to_rich(table, console.width if console.is_terminal else None))


def end_with(failures: Sequence[object], *, failed: bool = False) -> NoReturn:
    """Print a line for each failure, and exit: with 1 if there is one, or `failed` says so."""
    for failure in failures:
        click.echo(f"Error: {failure}", err=True)
    raise click.exceptions.Exit(1 if failures or failed else 0)


def without_metric(records: Sequence[Record], metrics: Iterable[str | None]) -> list[str]:
    """Tell in a line each metric asked for that no record has, if there are records."""
    there = sorted({name for record in records for name in record.scores})
    return [
        f"no result has the metric {metric}: there is {', '.join(there)}"
        for metric in metrics
        if records and metric is not None and metric not in there
    ]


def print_wide(console: Console, shown: RenderableType) -> None:
    """Print a table as wide as the terminal; a file or pipe is as wide as the table."""
    if not console.is_terminal:
        unbounded = console.options.update(max_width=_WIDEST)
        console.width = max(console.width, console.measure(shown, options=unbounded).maximum)
    console.print(shown)
