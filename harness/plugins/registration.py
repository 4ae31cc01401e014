"""Register encoders and tasks from Python, for as long as the process lives."""

import hashlib
import inspect
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, TypeVar, overload

from harness.errors import PluginError
from harness.plugins.imported_source import imported_checksum

F = TypeVar("F", bound=Callable[..., Any])

ENCODERS, TASKS, SUITES = "harness.encoders", "harness.tasks", "harness.suites"

_KINDS = {ENCODERS: "encoder", TASKS: "task"}
_NAME = re.compile(
    r"[A-Za-z0-9][\w.+-]*(:[\w.+-]+)?"
)  # a task may be a part of another: sts17:en-en


@dataclass(frozen=True)
class Source:
    """Where a plug-in's code comes from.

    Attributes:
        place: For people: distribution and version, or a file or module.
        origin: For records and caches: distribution and version, or name and checksum of a file.
        module: Name of the module that it is in; empty if that is not known.
    """

    place: str
    origin: str
    module: str = ""


@dataclass(frozen=True)
class Registration:
    """What was registered under a name, and by whom."""

    value: Any
    source: Source


_registered: dict[str, dict[str, Registration]] = {ENCODERS: {}, TASKS: {}}
_current: ContextVar[Source | None] = ContextVar("_current", default=None)


@overload
def register_encoder(name: str, factory: F, *, replace: bool = ...) -> F: ...
@overload
def register_encoder(name: str, *, replace: bool = ...) -> Callable[[F], F]: ...
def register_encoder(name: str, factory: Any = None, *, replace: bool = False) -> Any:
    """Make an encoder known under a name.

    ``@register_encoder("letters")`` above a class does the same.

    Args:
        name: What commands and specs call it: letters, digits and ``_.+-``.
        factory: Called with a `Context` and the encoder's settings, makes the encoder; usually
            its class.
        replace: Whether to put it in the place of one that was registered from Python before,
            as a notebook does when a cell runs twice.

    Returns:
        The factory; without one, a decorator.

    Raises:
        PluginError: If the name is taken, or no name for an encoder; both sources are named.
    """
    if factory is None:
        return partial(register_encoder, name, replace=replace)
    if ":" in name:
        raise PluginError(f"name of an encoder must have no colon, got {name!r}")
    return _register(ENCODERS, name, factory, replace=replace)


@overload
def register_task(name: str, definition: F, *, replace: bool = ...) -> F: ...
@overload
def register_task(name: str, *, replace: bool = ...) -> Callable[[F], F]: ...
def register_task(name: str, definition: Any = None, *, replace: bool = False) -> Any:
    """Make a task known under a name.

    ``@register_task("headlines")`` above a class does the same.

    Args:
        name: What commands call it: letters, digits and ``_.+-``; ``whole:part`` for a part.
        definition: A `harness.task.TaskDefinition`: called with a `DataFolder` and the task's
            settings, makes the task.
        replace: Whether to put it in the place of one that was registered from Python before.

    Returns:
        The definition; without one, a decorator.

    Raises:
        PluginError: If the name is taken, or no name for a task; both sources are named.
    """
    if definition is None:
        return partial(register_task, name, replace=replace)
    return _register(TASKS, name, definition, replace=replace)


def registered(group: str) -> Mapping[str, Registration]:
    """Return what was registered in a group, by name."""
    return _registered.get(group, {})


@contextmanager
def registering_from(source: Source) -> Iterator[Callable[[], bool]]:
    """Ascribe what is registered meanwhile to a source; if that fails, none of it counts.

    Yields:
        A function that returns whether anything was registered.
    """
    before = {group: dict(known) for group, known in _registered.items()}
    token = _current.set(source)
    try:
        yield lambda: _registered != before
    except BaseException:
        _registered.update(before)
        raise
    finally:
        _current.reset(token)


def forget(source: Source) -> None:
    """Drop what was registered from a source."""
    for group, known in _registered.items():
        _registered[group] = {name: one for name, one in known.items() if one.source != source}


def distribution_of(point: EntryPoint) -> str:
    """Name the distribution and version that an entry point belongs to."""
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.value


def source_of(value: object) -> Source:
    """Return the file that an object's code is in, as it was imported.

    Code without a file is named by its text. Code of which there is no text either, as in an
    interactive session, is another each time.
    """
    while isinstance(value, partial):
        value = value.func
    code: Any = value if isinstance(value, type) or inspect.isroutine(value) else type(value)
    try:
        file = Path(inspect.getsourcefile(code) or "")
        if file.is_file():
            sha256 = imported_checksum(code.__module__, file)
            return Source(str(file), f"{file.name} sha256:{sha256}", code.__module__)
        text = inspect.getsource(code)
    except (OSError, TypeError):
        text = secrets.token_hex(16)
    module = f"module {code.__module__}"
    return Source(module, f"{module} sha256:{hashlib.sha256(text.encode()).hexdigest()}")


def refuse_taken(group: str, name: str, place: str) -> None:
    """Make sure that no installed distribution has a name.

    Raises:
        PluginError: If one has; names it and `place`.
    """
    owner = owner_of(group, name)
    if owner is not None:
        raise _taken(group, name, owner, place)


def owner_of(group: str, name: str) -> str | None:
    """Return the installed distribution that has a name, with its version; None if none has."""
    for each in (group, *([SUITES] if group == TASKS else [])):
        for point in entry_points(group=each, name=name):
            return distribution_of(point)
    return None


def _register(group: str, name: str, value: F, *, replace: bool) -> F:
    kind = _KINDS[group]
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        msg = f"name of {'an' if kind == 'encoder' else 'a'} {kind} must be letters, digits and"
        raise PluginError(f"{msg} '_.+-', got {name!r}")
    if not callable(value):
        msg = f"{kind} {name!r} must be registered with something that can be called"
        raise PluginError(f"{msg}, got {type(value).__name__}")
    source = _current.get() or source_of(value)
    refuse_taken(group, name, source.place)
    known = _registered[group].get(name)
    if known is not None and not replace:
        raise _taken(group, name, known.source.place, source.place)
    _registered[group][name] = Registration(value, source)
    return value


def _taken(group: str, name: str, first: str, second: str) -> PluginError:
    both = " and ".join(dict.fromkeys([first, second]))
    return PluginError(f"{_KINDS[group]} {name!r} is registered twice, by {both}: rename one")
