"""``harness records``: list, remove and migrate the records of a folder."""

import re
from collections.abc import Callable
from dataclasses import asdict
from functools import wraps
from pathlib import Path
from typing import Any

import click
from rich.table import Table as RichTable
from rich.text import Text

from harness.cli.options.commands import Group
from harness.cli.options.completion import complete_recorded
from harness.cli.options.groups import OUTPUT, SHOW, option
from harness.cli.options.shared import (
    add_options,
    folder_or_option,
    json_option,
    plugin_option,
)
from harness.cli.options.tasks import tasks_option
from harness.cli.terminal.asking import ask
from harness.cli.terminal.console import ShownConsole
from harness.cli.terminal.output import end_with, is_bounded, print_json, print_wide
from harness.errors import RecordError
from harness.results.formats.markdown import to_markdown
from harness.results.formats.terminal import BOX
from harness.results.records.migration import ORIGINALS, migrate_records
from harness.results.records.removal import remove_records
from harness.results.records.stored import RecordFilter
from harness.results.tables.record_list import (
    SORTS,
    list_csv,
    list_records,
    list_table,
)
from harness.results.tables.table import Table
from harness.studies.stored_records import find_stored

_NUMBERS = {"score", "seed"}
_FOLDED = {"encoder": 9, "model": 6, "data": 6, "when": 10, "file": 6}
"""The columns that a narrow terminal folds, and to what width at least."""


@click.group("records", cls=Group)
def records_group() -> None:
    """List, remove and migrate the records of a folder."""


def filter_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say which records are meant; the command gets them as ``wanted``."""

    @wraps(command)
    def filtered(
        *,
        encoders: tuple[str, ...],
        models: tuple[str, ...],
        tasks: list[str],
        data: tuple[str, ...],
        **arguments: Any,
    ) -> None:
        command(wanted=RecordFilter(encoders, models, tasks, data), **arguments)

    return add_options(
        filtered,
        plugin_option(),
        option(
            SHOW,
            "-e",
            "--encoder",
            "encoders",
            multiple=True,
            shell_complete=complete_recorded,
            metavar="ENCODER",
            help="Only of this encoder: its spec, such as mean:layers=last2, or with its model,"
            " mean@minilm, or a pattern, 'mean*'; repeatable.",
        ),
        option(
            SHOW,
            "-m",
            "--model",
            "models",
            multiple=True,
            metavar="MODEL",
            help="Only of this transformer; repeatable.",
        ),
        tasks_option(group=SHOW, description="Only on these tasks or suites."),
        option(
            SHOW,
            "--data",
            multiple=True,
            metavar="DATA",
            help="Only on this data: a folder, sample, or a checksum's beginning; repeatable.",
        ),
    )


@records_group.command("list")
@folder_or_option
@filter_options
@option(
    OUTPUT,
    "--sort",
    type=click.Choice([*SORTS]),
    default="when",
    show_default=True,
    help="Order of the rows: the newest or the best first, names from A to Z.",
)
@option(OUTPUT, "--reverse", is_flag=True, help="Turn the order round.")
@option(
    OUTPUT,
    "--format",
    "output_format",
    type=click.Choice(["table", "markdown", "csv", "json"]),
    default="table",
    show_default=True,
    help="How to print the list; csv and json hold fractions and whole checksums.",
)
@json_option
def list_command(
    folder: Path,
    *,
    wanted: RecordFilter,
    sort: str,
    reverse: bool,
    output_format: str,
    as_json: bool,
) -> None:
    """List the records of FOLDER (default: runs, or the user's own out), one per row.

    The score is the one that the task's family shows first, over all pairs of the task.

    \b
    harness records list
    harness records list runs -e 'mean*' --tasks sts --sort score
    """  # noqa: D301 - click wants the very character
    listed = list_records(find_stored(folder, wanted), sort, reverse=reverse)
    if as_json or output_format == "json":
        print_json({"records": [asdict(one) for one in listed]})
    elif output_format == "csv":
        click.echo(list_csv(listed), nl=False)
    elif output_format == "markdown":
        click.echo(to_markdown(list_table(listed, str(folder))))
    else:
        _show(list_table(listed, str(folder)), ShownConsole())


@records_group.command("rm", short_help="Remove records.")
@folder_or_option
@filter_options
@option(SHOW, "--all", "every", is_flag=True, help="Remove every record of the folder.")
@option(OUTPUT, "-y", "--yes", is_flag=True, help="Do not ask.")
def remove_command(folder: Path, *, wanted: RecordFilter, every: bool, yes: bool) -> None:
    """Remove records of FOLDER (default: runs, or the user's own out), and nothing else in it.

    Shows the records that would go, and asks. Checkpoints, vectors, analyses and reports stay.

    \b
    harness records rm -e 'whitening:k=*' --tasks stsb-dev
    harness records rm runs --data sample --yes
    """  # noqa: D301 - click wants the very character
    if wanted.is_empty and not every:
        raise click.UsageError("say which records with -e, -m, --tasks or --data, or --all")
    if every and not wanted.is_empty:
        raise click.UsageError("--all and a choice of records exclude each other")
    stored = find_stored(folder, wanted)
    _show(list_table(list_records(stored), str(folder)), ShownConsole(stderr=True))
    if not yes:
        ask(f"Remove {_counted(len(stored))}?")
    removed = remove_records(folder, stored)
    click.echo(f"removed {_counted(len(removed))} from {folder}", err=True)


@records_group.command("migrate", short_help="Write older records anew in the present schema.")
@folder_or_option
@option(OUTPUT, "--dry-run", is_flag=True, help="Say what would be done, and write nothing.")
def migrate_command(folder: Path, *, dry_run: bool) -> None:
    """Write the older records of FOLDER (default: runs, or the user's own out) anew.

    The new ones have the present schema and the same scores; the originals are kept in the folder
    originals in it. Each record is checked before its original moves; what cannot be migrated is
    named, and stays. Stopped, the same command resumes.

    \b
    harness records migrate runs --dry-run
    """  # noqa: D301 - click wants the very character
    if not folder.is_dir():
        raise RecordError(f"no folder {str(folder)!r}: harness eval writes records to one")
    migrations = migrate_records(folder, dry_run=dry_run)
    done = [(each.path, each.target) for each in migrations if each.target is not None]
    for old, new in done:
        click.echo(old.name if old == new else f"{old.name} -> {new.name}")
    if not migrations:
        click.echo(f"nothing to migrate: no record in {folder} is of an older schema", err=True)
    elif done and dry_run:
        click.echo(f"would migrate {_counted(len(done))} in {folder}", err=True)
    elif done:
        where = folder / ORIGINALS
        click.echo(f"migrated {_counted(len(done))} in {folder}; originals in {where}", err=True)
    end_with([f"not migrated: {each.reason}" for each in migrations if each.reason])


def _counted(records: int) -> str:
    return f"{records} record{'' if records == 1 else 's'}"


def _show(table: Table, console: ShownConsole) -> None:
    """Print a list; one of bounded width shows the end of names of files and models."""
    console.print(Text(table.title, style="bold"), soft_wrap=not is_bounded(console))
    shown = RichTable(box=BOX, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for name in table.columns:
        shown.add_column(
            name,
            justify="right" if name in _NUMBERS else "left",
            no_wrap=name not in _FOLDED,
            min_width=_FOLDED.get(name),
            overflow="fold",
        )
    rows = _shortened(table) if is_bounded(console) else table.rows
    for row in rows:
        shown.add_row(*map(Text, row))
    print_wide(console, shown)


def _shortened(table: Table) -> list[tuple[str, ...]]:
    """Return the rows, names of models and files cut to what still tells them apart."""
    columns = []
    for name, *cells in zip(table.columns, *table.rows, strict=True):
        shorten = {"model": _last_part, "file": _digest}.get(name, str)
        short = {cell: shorten(cell) for cell in cells}
        is_clear = len(set(short.values())) == len(short)
        columns.append([short[cell] if is_clear else cell for cell in cells])
    return list(zip(*columns, strict=True))


def _last_part(model: str) -> str:
    return model.rpartition("/")[2]


def _digest(file: str) -> str:
    found = re.search(r"-([0-9a-f]{12})\.json$", file)
    return f"…{found[1]}" if found else file
