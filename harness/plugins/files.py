"""Plug-ins of one file: a Python file that is run, or one that describes a task."""

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path

from harness.errors import PluginError
from harness.machine.boundary import import_code
from harness.plugins.registration import (
    TASKS,
    Source,
    forget,
    registered,
    registering_from,
)
from harness.plugins.source_file import module_name, run_source

VARIABLE = "HARNESS_PLUGINS"
READERS = "harness.plugin_files"
"""Entry points that register what a file describes, by the ending of its name."""

_NO_PLUGINS = {"pyproject.toml", "harness.toml"}  # of a folder


@dataclass(frozen=True)
class _Loaded:
    """A file that was run, as it was then, and what was wrong with it."""

    source: Source
    error: PluginError | None


_files: dict[Path, _Loaded] = {}


def load_plugin(path: str | Path) -> None:
    """Use a plug-in file, or all of a folder.

    A file that was used before is read again only if it has changed.

    Args:
        path: A Python file that registers encoders or tasks, a TOML file that describes a task, or
            a folder of them.

    Raises:
        PluginError: If it cannot be read, fails, or registers nothing; then it counts as not used.
    """
    for file in _files_of(path):
        _load(file)


def _load(path: Path) -> None:
    file = Path(path).expanduser().resolve()
    try:
        content = file.read_bytes()
    except OSError as error:
        cause = error.strerror or type(error).__name__
        what = f"file {str(path)!r} cannot be read: {cause}"
        if file.is_dir():
            what = f"folder {str(path)!r} must hold files that end in {' or '.join(_suffixes())}"
        broken = PluginError(f"plug-in {what}")
        _files[file] = _Loaded(Source(str(path), ""), broken)
        raise broken from error
    digest = hashlib.sha256(content).hexdigest()
    source = Source(str(path), f"{file.name} sha256:{digest}", module_name(file))
    known = _files.get(file)
    if known is None or known.source.origin != source.origin:
        if known is not None:
            forget(known.source)
        _files[file] = _Loaded(source, None)  # so that what it does cannot run it again
        known = _files[file] = _Loaded(source, _run(file, content, source))
    if known.error is not None:
        raise known.error


def load_named_plugins() -> None:
    """Use the files named by the variable ``HARNESS_PLUGINS``; `broken_files` has the failures."""
    for name in filter(None, os.environ.get(VARIABLE, "").split(os.pathsep)):
        _try_each(file for file in _files_of(name) if file.expanduser().resolve() not in _files)


def load_if_possible(paths: Sequence[str | Path]) -> None:
    """Use files, and those of folders; `broken_files` returns those that failed."""
    for path in paths:
        _try_each(_files_of(path))


def _try_each(files: Iterable[Path]) -> None:
    for file in files:
        try:
            _load(file)
        except PluginError:  # kept in _files
            continue


def _files_of(path: str | Path) -> list[Path]:
    """Return the file itself; of a folder the plug-in files in it, by name."""
    folder = Path(path)
    if not folder.expanduser().is_dir():
        return [folder]
    found = [
        file
        for file in sorted(folder.expanduser().iterdir())
        if file.suffix in _suffixes() and file.name not in _NO_PLUGINS and file.name[0] not in "._"
    ]
    return found or [folder]


def _suffixes() -> list[str]:
    """Return the endings of plug-in files' names."""
    return [".py", *(f".{kind}" for kind in entry_points(group=READERS).names)]


def plugin_files() -> list[Path]:
    """Return the files that were run."""
    return list(_files)


def registered_by(path: str | Path) -> list[str]:
    """Return the names of the tasks that a file registered."""
    loaded = _files.get(Path(path).expanduser().resolve())
    return [
        name for name, one in registered(TASKS).items() if loaded and one.source == loaded.source
    ]


def file_of(origin: str) -> Path | None:
    """Return the file that was run and that records name so; None if there is none."""
    return next((path for path, one in _files.items() if one.source.origin == origin), None)


def broken_files() -> Mapping[str, PluginError]:
    """Return the files that could not be run, as they were named, and why."""
    return {one.source.place: one.error for one in _files.values() if one.error is not None}


def _run(file: Path, content: bytes, source: Source) -> PluginError | None:
    """Run a file as a module of its own, or let a reader read it; return what went wrong."""
    if file.suffix not in _suffixes():
        expected = " or ".join(_suffixes())
        return PluginError(f"plug-in file {source.place!r} must end in {expected}")
    culprit = f"plug-in file {source.place!r} cannot be used"
    try:
        with registering_from(source) as has_registered:
            if file.suffix == ".py":
                run = partial(run_source, file, content)
                import_code(source.origin, source.module, culprit, run)
            else:
                (reader,) = entry_points(group=READERS, name=file.suffix.removeprefix("."))
                reader.load()(file, content)
    except PluginError as error:
        known = str(error).startswith(culprit)
        return error if known else PluginError(f"{culprit}: {error}")
    if has_registered():
        return None
    calls = "harness.register_encoder or harness.register_task"
    return PluginError(f"plug-in file {source.place!r} must call {calls}, it registers nothing")
