"""Options of commands that draw: where the figures go, in which formats, how wide."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from harness.cli.options.groups import OUTPUT, option
from harness.cli.options.shared import split_commas
from harness.results.plots.page import (
    DEFAULT_FIGURE_FORMATS,
    FIGURE_FORMATS,
    WIDTHS,
    Drawing,
    named_page,
)

F = TypeVar("F", bound=Callable[..., Any])

_WIDTHS = " or ".join(f"{name} ({inches} in)" for name, inches in WIDTHS.items())


def figures_option(what: str, default: str = "figures below --records") -> Callable[[F], F]:
    """Return the option that names the folder of what a command draws."""
    return option(
        OUTPUT,
        "--figures",
        type=click.Path(file_okay=False, path_type=Path),
        help=f"Folder of the {what}.  [default: {default}]",
    )


def drawing_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add ``--figure-format`` and ``--width``; the command gets both as ``drawing``."""

    @wraps(command)
    def parsed(*, figure_formats: list[str], width: str | None, **arguments: Any) -> None:
        drawing = Drawing(tuple(dict.fromkeys(figure_formats)), named_page(width))
        command(drawing=drawing, **arguments)

    for each in (
        option(
            OUTPUT,
            "--width",
            type=click.Choice([*WIDTHS]),
            help=f"Width of the figures, for a paper: {_WIDTHS}, with 8 pt text."
            "  [default: what a figure needs, with 10 pt text]",
        ),
        option(
            OUTPUT,
            "--figure-format",
            "figure_formats",
            multiple=True,
            default=[",".join(DEFAULT_FIGURE_FORMATS)],
            show_default=True,
            callback=_read_formats,
            metavar="|".join(FIGURE_FORMATS),
            help="Format of the figures; several with commas, or repeated.",
        ),
    ):
        parsed = each(parsed)
    return parsed


def _read_formats(
    ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> list[str]:
    formats = split_commas(ctx, param, values)
    for name in formats:
        if name not in FIGURE_FORMATS:
            raise click.BadParameter(f"must be of {', '.join(FIGURE_FORMATS)}, got {name!r}")
    return formats
