"""Run a Python file that the user named."""

import hashlib
import sys
from pathlib import Path
from types import ModuleType

from harness.plugins.imported_source import note_source


def module_name(file: Path) -> str:
    """Return the name of the module that a file is run as."""
    mark = hashlib.sha256(str(file.resolve()).encode()).hexdigest()[:12]
    return f"user_file_{file.stem}_{mark}"


def run_source(file: Path, content: bytes) -> ModuleType:
    """Run a file's source as a module of its own.

    It is run from the very bytes that the caller hashes, not from a .pyc that may be older.

    Args:
        file: Where the source is from.
        content: The source.

    Raises:
        Exception: Whatever the source raises, SystemExit too; no module is left then.
    """
    module = ModuleType(module_name(file))
    module.__file__ = str(file)
    note_source(module.__name__, file, content)
    sys.modules[module.__name__] = module  # dataclasses and pickle look their module up
    try:
        exec(compile(content, str(file), "exec"), vars(module))  # noqa: S102 - the user's own
    except BaseException:
        sys.modules.pop(module.__name__, None)
        raise
    return module
