"""Defaults of one's own: HARNESS_* variables, harness.toml, pyproject.toml."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from typing_extensions import override

from harness.cli.options.groups import GroupedOption
from harness.errors import UnknownNameError, quoted
from harness.results.files import tomllib

_DEVICE = re.compile(r"auto|cpu|cuda(:\d+)?|mps")
_FORMATS = ("fp32", "bf16", "fp16")
_CHECKS: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "model": ("text", bool),
    "data": ("text", bool),
    "out": ("a folder", lambda place: bool(place) and not Path(place).is_file()),
    "device": ("auto, cpu, cuda, cuda:N or mps", _DEVICE.fullmatch),
    "dtype": ("fp32, bf16 or fp16", _FORMATS.__contains__),
}
NAMES = tuple(_CHECKS)
"""What may have a default of one's own; each is the name of an option."""
FILES = ("harness.toml", "pyproject.toml")
"""Files of the working folder that are read, the first before the second."""


@dataclass(frozen=True)
class OwnDefault:
    """A default that the user set.

    Attributes:
        value: As it was written, with ``~`` for the home folder replaced.
        source: The variable or the file that it is from.
    """

    value: str
    source: str

    @property
    def is_of_file(self) -> bool:
        """Whether a file has it, not a variable."""
        return self.source in FILES


def own_defaults() -> dict[str, OwnDefault]:
    """Return the user's own defaults by name: of variables before files.

    Raises:
        click.UsageError: If a file cannot be read or has an unknown name, or a value is not what
            its option takes; names the file or variable.
    """
    found: dict[str, OwnDefault] = {}
    for source, values in _sources():
        for name, value in values.items():
            found.setdefault(name, OwnDefault(_checked(name, value, source), source))
    return found


def known_defaults() -> dict[str, OwnDefault]:
    """Return the user's own defaults, none if something is wrong with one: for help's text."""
    try:
        return own_defaults()
    except click.UsageError:
        return {}


class OwnDefaultParameter(click.Parameter):
    """A parameter whose default the user may set.

    Args:
        own: One of `NAMES`.
        more: As click takes it.
    """

    def __init__(self, *args: Any, own: str, **more: Any) -> None:
        super().__init__(*args, **more)
        self.own = own


class OwnDefaultOption(OwnDefaultParameter, GroupedOption):
    """An option whose default the user may set."""

    @override
    def get_help_extra(self, ctx: click.Context) -> Any:
        """Show the default that counts, and where it is from."""
        extra = super().get_help_extra(ctx)
        if isinstance(self.show_default, str):
            extra["default"] = self.show_default
        if found := known_defaults().get(self.own) if ctx.default_map is not None else None:
            extra["default"] = f"{found.value}, from {found.source}"
        return extra


class RecordsOption(OwnDefaultOption):
    """The option of the folder of records; an earlier version's name of it still works."""

    @override
    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Show the present name alone."""
        shown = copy(self)
        shown.opts = self.opts[:1]
        return super(RecordsOption, shown).get_help_record(ctx)


class OwnDefaultArgument(OwnDefaultParameter, click.Argument):
    """An argument whose default the user may set."""


def default_map(command: click.Command) -> dict[str, str | list[str]]:
    """Return the user's own defaults by parameter of a command.

    The variable HARNESS_DATA is left to whoever opens the data: Python reads it too.
    """
    found = known_defaults()
    return {
        str(param.name): [found[param.own].value] if param.multiple else found[param.own].value
        for param in command.params
        if isinstance(param, OwnDefaultParameter)
        and param.own in found
        and (param.own != "data" or found[param.own].is_of_file)
    }


def _sources() -> Iterator[tuple[str, Mapping[str, object]]]:
    for name in NAMES:
        variable = f"HARNESS_{name.upper()}"
        if value := os.environ.get(variable):
            yield variable, {name: value}
    for file in FILES:
        yield file, _read(Path(file))


def _read(path: Path) -> Mapping[str, object]:
    if not path.is_file():
        return {}
    try:
        content: Any = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise click.UsageError(f"{path} must be a TOML file, got: {reason}") from error
    table = ""
    if path.name == "pyproject.toml":
        table, content = "[tool.harness]", content.get("tool", {})
        content = content.get("harness", {}) if isinstance(content, dict) else {}
    if not isinstance(content, dict):
        got = type(content).__name__
        raise click.UsageError(f"{path}: tool.harness must be a table, got {got}")
    for name in content:
        if name not in NAMES:
            problem = UnknownNameError("setting", name, NAMES, table)
            raise click.UsageError(f"{path}: {problem}")
    return content


def _checked(name: str, value: object, source: str) -> str:
    expected, is_right = _CHECKS[name]
    if not isinstance(value, str) or not is_right(value):
        got = quoted(value) if isinstance(value, str) else repr(value)
        what = f"{source}: {name}" if source in FILES else source
        raise click.UsageError(f"{what} must be {expected}, got {got}")
    return os.path.expanduser(value) if value.startswith("~") else value  # noqa: PTH111 - a hub's name stays
