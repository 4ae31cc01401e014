"""``harness cache``: what the harness keeps to save work, and how to clear it."""

import re
from collections.abc import Callable
from dataclasses import asdict
from functools import wraps
from pathlib import Path
from typing import Any

import click
from typing_extensions import override

from harness.cli.options.commands import Group
from harness.cli.options.groups import ADVANCED, SHOW, option
from harness.cli.options.shared import (
    add_options,
    data_option,
    format_option,
    json_option,
    out_option,
)
from harness.cli.terminal.asking import ask
from harness.cli.terminal.output import print_json, show_tables
from harness.data import DataFolder, writable_data_folder
from harness.encoding.vector_cache import cache_folder
from harness.training.options import checkpoint_folder
from harness.upkeep.clearing import clear, older_than
from harness.upkeep.kept_item import KeptItem
from harness.upkeep.sizes import (
    encoder_sizes,
    encoder_table,
    kept_items,
    shown_bytes,
    store_sizes,
    store_table,
)
from harness.upkeep.stores import STORES, Places

_DAYS = {"h": 1 / 24, "d": 1.0, "w": 7.0}


class Age(click.ParamType[float]):
    """A time such as ``12h``, ``30d`` or ``8w``, in days."""

    name = "age"

    @override
    def convert(
        self, value: str | float, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read number and unit."""
        if isinstance(value, float):
            return value
        found = re.fullmatch(r"(\d+)([hdw])", value.strip())
        if found is None:
            self.fail(f"must be hours, days or weeks, such as 30d, got {value!r}", param, ctx)
        return int(found[1]) * _DAYS[found[2]]


@click.group("cache", cls=Group)
def cache_group() -> None:
    """Show and clear what is kept to save work: vectors, intervals, checkpoints, downloads."""


def place_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say where stores lie; the command gets them as ``places``."""

    @wraps(command)
    def placed(*, out: Path, data: str | DataFolder | None, **arguments: Any) -> None:
        root = data.root if isinstance(data, DataFolder) else writable_data_folder(data)
        places = Places(cache_folder(), checkpoint_folder(out), root)
        command(places=places, **arguments)

    return add_options(
        placed, out_option(description="Folder of the records, beside checkpoints."), data_option
    )


@cache_group.command("size", short_help="Show how much is kept.")
@place_options
@format_option("json", description="How to print it; json holds bytes and seconds since 1970.")
@json_option
def size_command(*, places: Places, output_format: str, as_json: bool) -> None:
    """Show how much is kept in each store, and of each encoder and model as far as it is known."""
    stores, encoders = store_sizes(places), encoder_sizes(places)
    if as_json or output_format == "json":
        print_json(
            {
                "stores": [asdict(size) for size in stores],
                "encoders": [asdict(size) for size in encoders],
            }
        )
        return
    tables = [store_table(stores)]
    if encoders:
        tables.append(encoder_table(encoders))
    show_tables(tables, output_format)


def _store_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add a flag for each store; the command gets the names of those given as ``stores``."""

    @wraps(command)
    def chosen(**arguments: Any) -> None:
        given = {name: arguments.pop(name.replace("-", "_")) for name in STORES}
        command(stores=[name for name, is_given in given.items() if is_given], **arguments)

    flags = [
        option(SHOW, f"--{store.name}", is_flag=True, help=f"Afterwards, {store.cost}.")
        for store in STORES.values()
    ]
    return add_options(chosen, *flags)


@cache_group.command("clear", short_help="Remove what is kept.")
@_store_options
@option(
    SHOW,
    "--older-than",
    "days",
    type=Age(),
    metavar="AGE",
    help="Only what was written longer ago, such as 12h, 30d or 8w.",
)
@place_options
@option(ADVANCED, "-y", "--yes", is_flag=True, help="Do not ask.")
def clear_command(*, stores: list[str], days: float | None, places: Places, yes: bool) -> None:
    """Remove what is kept in the stores named, after a question.

    What another run uses just now is left, and so is everything that is not the harness's own.
    Records stay: see 'harness records rm'.

    \b
    harness cache clear --vectors --older-than 30d
    """  # noqa: D301 - click wants the very character
    if not stores:
        flags = ", ".join(f"--{name}" for name in STORES)
        raise click.UsageError(f"say what to clear: {flags}")
    found = {name: kept_items(places, name) for name in stores}
    if days is not None:
        found = {name: older_than(items, days) for name, items in found.items()}
    for name, items in found.items():
        folder = STORES[name].folder(places)
        click.echo(f"{name}: {_amount(items)} in {folder}; {STORES[name].cost}", err=True)
    every = [item for items in found.values() for item in items]
    if every and not yes:
        ask(f"Remove {_amount(every)}?")
    removed = clear(every)
    click.echo(f"removed {_amount(removed)}", err=True)


def _amount(items: list[KeptItem]) -> str:
    files = [file for item in items for file in item.files]
    size = shown_bytes(sum(file.size_bytes for file in files))
    return f"{len(files):,} file{'' if len(files) == 1 else 's'} ({size})"
