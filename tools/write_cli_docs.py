"""Write docs/cli.md from the commands' own --help; with --check, only say whether it is stale."""

import sys
from pathlib import Path

import click

from harness.cli.main import main

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "cli.md"
WIDTH = 88


def help_sections(command: click.Command, name: str, parent: click.Context | None) -> list[str]:
    """Return the help of a command and of all below it, as Markdown."""
    settings = {**command.context_settings, "terminal_width": WIDTH, "max_content_width": WIDTH}
    context = click.Context(command, info_name=name, parent=parent, **settings)
    text = command.get_help(context).rstrip()
    sections = [f"## {context.command_path}\n\n```text\n{text}\n```\n"]
    if isinstance(command, click.Group):
        for subcommand in command.list_commands(context):
            found = command.get_command(context, subcommand)
            if found is not None and not found.hidden:
                sections += help_sections(found, subcommand, context)
    return sections


def document() -> str:
    """Return the whole page."""
    head = "# Command line\n\nWritten by `python tools/write_cli_docs.py`; do not edit.\n"
    return "\n".join([head, *help_sections(main, "harness", None)])


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        if not DOCUMENT.is_file() or DOCUMENT.read_text(encoding="utf-8") != document():
            sys.exit(f"{DOCUMENT.name} is stale: run python tools/write_cli_docs.py")
    else:
        DOCUMENT.parent.mkdir(exist_ok=True)
        DOCUMENT.write_text(document(), encoding="utf-8")
