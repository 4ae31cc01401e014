"""Print tables, in any format, and what failed; write the pictures of a command."""

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import NoReturn

import click
from rich.console import RenderableType
from rich.text import Text

from harness.cli.terminal.console import ShownConsole
from harness.results.display.encodable_text import encodable_text
from harness.results.display.json_text import json_ascii, json_text
from harness.results.display.shown_text import homeless, with_texts
from harness.results.formats.formats import TABLE_FORMATS
from harness.results.formats.terminal import to_rich
from harness.results.records.record import Record
from harness.results.tables.table import Table

_WIDEST = 10_000  # characters that rich may measure


def show_tables(tables: Iterable[Table], output_format: str) -> None:
    """Print tables in one of `TABLE_FORMATS`."""
    for table in tables:
        if output_format != "table":
            click.echo(TABLE_FORMATS[output_format].render(table))
            continue
        console = ShownConsole()
        fitting = table.with_texts(partial(encodable_text, encoding=console.encoding))
        print_wide(console, to_rich(fitting, console.width if is_bounded(console) else None))


def print_json(value: object) -> None:
    """Print JSON values, the same in any encoding; home folders are ``~``."""
    text = json_text(with_texts(value, homeless))
    click.echo(text if text == encodable_text(text, ShownConsole().encoding) else json_ascii(text))


def print_exactly(text: str) -> None:
    """Print lines that a script reads: character by character, but on a terminal as shown."""
    click.echo(text if sys.stdout.isatty() else os.fsencode(text), nl=False)


def end_with(failures: Sequence[object], *, failed: bool = False) -> NoReturn:
    """Print a line for each failure, and exit: with 1 if there is one, or `failed` says so."""
    for failure in failures:
        click.echo(f"Error: {failure}", err=True)
    raise click.exceptions.Exit(1 if failures or failed else 0)


def without_metric(records: Sequence[Record], metrics: Iterable[str | None]) -> list[str]:
    """Name, each in a line, the metrics asked for that no record has, if there are records."""
    there = sorted({name for record in records for name in record.scores})
    return [
        f"no result has the metric {metric}: there is {', '.join(there)}"
        for metric in metrics
        if records and metric is not None and metric not in there
    ]


def note_left_out(records: Sequence[Record], metrics: Iterable[str | None]) -> None:
    """Name, in a line, the tasks that are not shown: those with none of the metrics asked for."""
    asked = [metric for metric in metrics if metric is not None]
    every = dict.fromkeys(record.task for record in records)
    shown = {record.task for record in records if not record.scores.keys().isdisjoint(asked)}
    if left_out := [task for task in every if shown and task not in shown]:
        click.echo(f"not shown, without {' or '.join(asked)}: {', '.join(left_out)}", err=True)


def print_wide(console: ShownConsole, shown: RenderableType) -> None:
    """Print a table as wide as the terminal, or COLUMNS; else a pipe is as wide as the table."""
    if not is_bounded(console):
        unbounded = console.options.update(max_width=_WIDEST)
        console.width = max(console.width, console.measure(shown, options=unbounded).maximum)
    console.print(shown)


def print_text(text: str | Text, indent: int = 0) -> None:
    """Print a text, broken between words where the width is bounded, each line indented alike."""
    console, plain = ShownConsole(), text if isinstance(text, Text) else Text(text)
    margin = Text(" " * indent)
    if not is_bounded(console):
        console.print(margin + plain, soft_wrap=True)
        return
    for line in plain.wrap(console, max(console.width - indent, 1)):
        line.rstrip()
        console.print(margin + line)


def is_bounded(console: ShownConsole) -> bool:
    """Return whether lines have a width to keep to: a terminal's, or that which COLUMNS sets."""
    return console.is_terminal or os.environ.get("COLUMNS", "").isdecimal()


def draw_files(
    what: str, start: Path, draw: Callable[[Path], None], formats: Sequence[str]
) -> None:
    """Draw a picture in each format, and say where.

    Args:
        what: What the line calls it, such as Plot.
        start: Path of the files without suffix.
        draw: Draws into a file of this path, in the format of its suffix.
        formats: At least one of `FIGURE_FORMATS`.
    """
    paths = [start.with_name(f"{start.name}.{suffix}") for suffix in formats]
    for path in paths:
        draw(path)
    first, *others = paths
    suffixes = "".join(f" and {path.suffix}" for path in others)
    click.echo(f"{what}: {first}{suffixes}", err=True)
