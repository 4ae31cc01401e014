"""Write the pictures of a command."""

from collections.abc import Callable
from pathlib import Path

import click


def draw_files(what: str, start: Path, draw: Callable[[Path], None]) -> None:
    """Draw a picture as PNG and as SVG, and say where.

    Args:
        what: What the line calls it, such as Plot.
        start: Path of both files without suffix.
        draw: Draws into a file of this path, in the format of its suffix.
    """
    png, svg = (start.with_name(f"{start.name}.{suffix}") for suffix in ("png", "svg"))
    for path in (png, svg):
        draw(path)
    click.echo(f"{what}: {png} and {svg.suffix}", err=True)
