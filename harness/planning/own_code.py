"""A class or function of the user's own, named as ``FILE.py:NAME``."""

import hashlib
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from harness.errors import SettingError
from harness.machine.boundary import import_code
from harness.plugins.source_file import module_name, run_source

_run: dict[Path, tuple[bytes, ModuleType]] = {}


def load_code(code: str) -> Any:  # noqa: ANN401 - whatever the file defines
    """Return what a Python file defines under a name; the file is run again if it has changed.

    Args:
        code: ``FILE.py:NAME``.

    Raises:
        SettingError: If there is no such file, or it defines no such name.
        PluginError: If the file fails.
    """
    place, _, name = code.rpartition(":")
    file = Path(place).expanduser()
    if not file.is_file():
        raise SettingError(f"encoder {code!r} must be of an existing file, got {place!r}")
    value: Any = _module(file.resolve(), place)
    for part in name.split("."):
        if not hasattr(value, part):
            raise SettingError(f"{place} must define {name!r}, as encoder {code!r} says")
        value = getattr(value, part)
    return value


def _module(file: Path, place: str) -> ModuleType:
    content = file.read_bytes()
    known = _run.get(file)
    if known is None or known[0] != content:
        origin = f"{file.name} sha256:{hashlib.sha256(content).hexdigest()}"
        culprit = f"{place} cannot be used"
        work = partial(run_source, file, content)
        known = _run[file] = content, import_code(origin, module_name(file), culprit, work)
    return known[1]
