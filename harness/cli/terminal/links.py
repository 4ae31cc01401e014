"""Links to the files that commands write."""

from pathlib import Path

import click
from rich.text import Text

from harness.cli.terminal.console import ShownConsole
from harness.results.display.shown_text import shown_text


def print_written(path: Path, note: str = "") -> None:
    """Print on the error stream what was written; on a terminal, the name links to the file.

    A terminal that knows no hyperlinks gets the address in a line of its own, unless it would name
    a home folder, which is not shown and without which no address works.

    Args:
        path: The file.
        note: Follows the path.
    """
    console = ShownConsole(stderr=True)
    address = "" if path == Path("-") else path.absolute().as_uri()
    if not console.is_terminal or not path.is_file():  # a pipe has no content to go back to
        click.echo(f"wrote {path}{note}", err=True)
        return
    link = f"link {address}" if console.color_system else ""
    console.print(Text.assemble("wrote ", (str(path), link), note), soft_wrap=True)
    if shown_text(address) == address:
        console.print(Text(address, style=link), soft_wrap=True)
