"""Plug-ins of one file: run it, and it registers its encoders and tasks."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.errors import PluginError
from harness.machine.boundary import import_code
from harness.plugins.registration import Source, forget, registering_from
from harness.plugins.source_file import module_name, run_source

VARIABLE = "HARNESS_PLUGINS"


@dataclass(frozen=True)
class _Loaded:
    """A file that was run, as it was then, and what was wrong with it."""

    source: Source
    error: PluginError | None


_files: dict[Path, _Loaded] = {}


def load_plugin(path: str | Path) -> None:
    """Run a Python file that registers encoders or tasks.

    A file that was run before is run again only if it has changed.

    Raises:
        PluginError: If it cannot be read, fails, or registers nothing; then it counts as not run.
    """
    file = Path(path).expanduser().resolve()
    try:
        content = file.read_bytes()
    except OSError as error:
        cause = error.strerror or type(error).__name__
        broken = PluginError(f"plug-in file {str(path)!r} cannot be read: {cause}")
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
    """Run the files named by the variable ``HARNESS_PLUGINS``; `broken_files` has the failures."""
    for name in os.environ.get(VARIABLE, "").split(os.pathsep):
        if name and Path(name).expanduser().resolve() not in _files:
            load_if_possible([name])


def load_if_possible(paths: Sequence[str | Path]) -> None:
    """Run files; `broken_files` returns those that failed."""
    for path in paths:
        try:
            load_plugin(path)
        except PluginError:  # kept in _files
            continue


def plugin_files() -> list[Path]:
    """Return the files that were run."""
    return list(_files)


def file_of(origin: str) -> Path | None:
    """Return the file that was run and that records name so; None if there is none."""
    return next((path for path, one in _files.items() if one.source.origin == origin), None)


def broken_files() -> Mapping[str, PluginError]:
    """Return the files that could not be run, as they were named, and why."""
    return {one.source.place: one.error for one in _files.values() if one.error is not None}


def _run(file: Path, content: bytes, source: Source) -> PluginError | None:
    """Run a file as a module of its own; return what went wrong."""
    if file.suffix != ".py":
        return PluginError(f"plug-in file {source.place!r} must be a Python file ending in .py")
    culprit = f"plug-in file {source.place!r} cannot be used"
    try:
        with registering_from(source) as has_registered:
            import_code(source.origin, source.module, culprit, lambda: run_source(file, content))
    except PluginError as error:
        known = str(error).startswith(culprit)
        return error if known else PluginError(f"{culprit}: {error}")
    if has_registered():
        return None
    calls = "harness.register_encoder or harness.register_task"
    return PluginError(f"plug-in file {source.place!r} must call {calls}, it registers nothing")
