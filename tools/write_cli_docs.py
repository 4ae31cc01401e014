"""Write docs/cli.md and a page per command; with --check, only say whether they are stale."""

import re
import sys
from collections.abc import Container, Iterable, Iterator
from inspect import cleandoc
from pathlib import Path
from typing import TypeAlias

import click

from harness.cli.main import main
from harness.cli.options.groups import sections

DOCS = Path(__file__).resolve().parents[1] / "docs"
_WRITTEN = "<!-- Written by `python tools/write_cli_docs.py`; do not edit. -->\n"
_CODE = re.compile(
    r"'(?P<quoted>harness [^']+)'|(?<=: )(?P<typed>harness [^']+)$"
    r"|(?<![\w-])(?P<option>--?[a-zA-Z][\w-]*(?:=[^\s.,;]+)?)"
)
_LIMIT = re.compile(r"  \[([^\]]+)\]")  # such as [default: 32], [x>=1]
_Rows: TypeAlias = dict[str, tuple[str, str]]  # an option's names and meaning, by its anchor
_Groups: TypeAlias = dict[str, _Rows]  # by title


def pages() -> dict[str, str]:
    """Return every page by its path below docs/."""
    context = click.Context(main, info_name="harness")
    commands = {name: _command(main, context, name) for name in main.list_commands(context)}
    rows = [
        f"| [harness {name}](cli/{name}.md) | {command.get_short_help_str(limit=200)} |"
        for name, command in commands.items()
    ]
    table = ["| command | |\n| --- | --- |", *rows, ""]
    overview = ["# Commands\n", *_description(main), *table]
    overview += _listed(_options(main, context), "harness", 2)
    content = {"cli.md": overview}
    for name, command in commands.items():
        own = click.Context(command, info_name=name, parent=context)
        content[f"cli/{name}.md"] = [f"# harness {name}\n", *_section(command, own, 2)]
    return {path: "\n".join([*parts, _WRITTEN]) for path, parts in content.items()}


def _command(group: click.Group, context: click.Context, name: str) -> click.Command:
    command = group.get_command(context, name)
    if command is None:
        raise LookupError(f"no command {name!r}")
    return command


def _section(
    command: click.Command, context: click.Context, level: int, known: Container[str] = ()
) -> Iterator[str]:
    """Yield a command's help as Markdown, and that of the commands below it.

    Args:
        command: The command.
        context: Its own.
        level: Of the headings in it.
        known: Options that are described already.
    """
    yield from _description(command)
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    yield f"```text\n{usage}\n```\n"
    yield from _listed(_without(_options(command, context), known), context.command_path, level)
    if isinstance(command, click.Group) and command is not main:
        yield from _below(command, context, level)


def _below(group: click.Group, context: click.Context, level: int) -> Iterator[str]:
    """Yield the commands of a group; options that all of them have are described once."""
    commands = {name: _command(group, context, name) for name in group.list_commands(context)}
    contexts = {
        name: click.Context(command, info_name=name, parent=context)
        for name, command in commands.items()
    }
    options = [_options(command, contexts[name]) for name, command in commands.items()]
    names = [{name for rows in groups.values() for name in rows} for groups in options]
    shared = set.intersection(*names)
    if shared:
        yield f"{'#' * level} Options of each\n"
        yield from _listed(
            _without(options[0], names[0] - shared), context.command_path, level + 1
        )
    for name, command in commands.items():
        yield f"{'#' * level} {contexts[name].command_path}\n"
        yield from _section(command, contexts[name], level + 1, shared)


def _description(command: click.Command) -> Iterator[str]:
    r"""Yield the paragraphs of a command's help; those after ``\b`` are commands to type."""
    text = cleandoc(command.help or command.short_help or "").partition("\f")[0]
    for paragraph in filter(None, map(str.strip, text.split("\n\n"))):
        if paragraph.startswith("\b"):
            yield f"```bash\n{paragraph.removeprefix(chr(8)).strip()}\n```\n"
        else:
            yield f"{_prose(' '.join(paragraph.split()))}\n"


def _options(command: click.Command, context: click.Context) -> _Groups:
    """Return names and meaning of what has one: arguments first, then options by their groups."""
    parameters = command.get_params(context)
    arguments = [one for one in parameters if not isinstance(one, click.Option)]
    options = [one for one in parameters if isinstance(one, click.Option)]
    groups: dict[str, Iterable[click.Parameter]] = {"Arguments": arguments}
    groups.update(sections(options))
    rows = {title: _rows(group, context) for title, group in groups.items()}
    return {title: group for title, group in rows.items() if group}


def _rows(parameters: Iterable[click.Parameter], context: click.Context) -> _Rows:
    return {
        max(one.opts, key=len).lstrip("-"): record
        for one in parameters
        if (record := one.get_help_record(context)) and record[1] and "--help" not in one.opts
    }


def _without(groups: _Groups, known: Container[str]) -> _Groups:
    rest = {
        title: {name: row for name, row in rows.items() if name not in known}
        for title, rows in groups.items()
    }
    return {title: rows for title, rows in rest.items() if rows}


def _listed(groups: _Groups, path: str, level: int) -> Iterator[str]:
    """Yield each option as a heading, so that a search finds it, with its meaning below."""
    for title, rows in groups.items():
        yield f"{'#' * level} {title}\n"
        for name, (names, meaning) in rows.items():
            anchor = "-".join([*path.split()[1:], name])
            yield f"{'#' * (level + 1)} `{names}` {{ #{anchor} }}\n"
            yield f"{_prose(meaning)}\n"


def _prose(text: str) -> str:
    """Return a help text as Markdown: commands and options as code, limits set apart."""
    escaped = re.sub(r"([\\`*_<])", r"\\\1", _LIMIT.sub(r" (\1)", text))

    def code(found: re.Match[str]) -> str:
        return f"`{found[found.lastgroup or 0].replace(chr(92), '')}`"

    return _CODE.sub(code, escaped)


def _stale() -> list[str]:
    """Name the pages that are not as they would be written, and those that should not be."""
    wanted = pages()
    there = ["cli.md", *(f"cli/{path.name}" for path in (DOCS / "cli").glob("*.md"))]
    return sorted(
        path
        for path in {*wanted, *there}
        if not (DOCS / path).is_file()
        or (DOCS / path).read_text(encoding="utf-8") != wanted.get(path)
    )


def _write() -> None:
    (DOCS / "cli").mkdir(exist_ok=True)
    wanted = pages()
    for path in _stale():
        if path in wanted:
            (DOCS / path).write_text(wanted[path], encoding="utf-8")
        else:
            (DOCS / path).unlink()


if __name__ == "__main__":
    if sys.argv[1:] != ["--check"]:
        _write()
    elif stale := _stale():
        sys.exit(f"stale: {', '.join(stale)}: run python tools/write_cli_docs.py")
