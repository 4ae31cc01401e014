"""Find a user's own function or model: ``module:name`` or ``path/to/file.py:name``."""

import hashlib
import inspect
import logging
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from typing_extensions import Self

from harness.encoders.transformer.trained_folder import note_checkpoint
from harness.errors import SettingError
from harness.keys.files import Stamp, hash_files, require_unchanged, stamp_files
from harness.machine.boundary import blaming
from harness.plugins.imported_modules import code_beside, taken_elsewhere
from harness.plugins.imported_source import imported_checksum
from harness.plugins.source_file import run_source

FILES_HELP = (
    "files and folders that the vectors depend on besides the module, such as weights and other"
    " modules; naming them, or the module alone, lets vectors be kept between runs"
)


@dataclass(frozen=True)
class UserCode:
    """What a user's module defines under a name.

    Attributes:
        value: The function, class or object.
        reference: As the user wrote it.
        sha256: Checksum of the module's source, in hexadecimal; empty if it has no file.
        module: The module's name.
    """

    value: Any
    reference: str
    sha256: str
    module: str

    def describe(self) -> dict[str, str]:
        """Return the code and its checksum, for the record."""
        return {"code": self.reference, "code_sha256": self.sha256}

    def fingerprint(self, files: "NamedFiles", model: object = None) -> str | None:
        """Name everything that vectors made by this code depend on; None if that is not known.

        It is known when the code has a ``fingerprint()``, or when the user has named the files
        that the vectors depend on besides the module.

        Args:
            files: What the user has named.
            model: What the code made; None if the code itself is called.

        Raises:
            HarnessError: If a file has changed since the code was imported.
        """
        own = _fingerprint_of(model) or _fingerprint_of(self.value)
        if own is None and not files.stamps:
            return None
        reported = str(own()) if own is not None else ""
        name = re.split(r"[/\\]", self.reference)[-1]  # keys hold no paths
        code = f"{name} {self.sha256} {code_beside(self.module)}".strip()
        return f"{code}; {reported}; {files.checksum()}"


def _fingerprint_of(value: object) -> Callable[[], object] | None:
    """Return an object's method ``fingerprint``; None for a class whose objects have it."""
    found: Callable[[], object] | None = getattr(value, "fingerprint", None)
    return None if inspect.isclass(value) and inspect.isfunction(found) else found


@dataclass(frozen=True)
class NamedFiles:
    """Files and folders that a user says vectors depend on, as they were before they were read.

    Attributes:
        stamps: Of each place, the states of all files in it.
    """

    stamps: Mapping[Path, Stamp]

    @classmethod
    def find(cls, places: Sequence[str]) -> Self:
        """Look at files and folders; before the code is imported, which may read them.

        Raises:
            SettingError: If one does not exist.
            HarnessError: If one cannot be read.
        """
        paths = {place: Path(place).expanduser().absolute() for place in places}
        for place, path in paths.items():
            if not path.exists():
                raise SettingError(f"files must be files or folders that exist, got {place!r}")
            note_checkpoint("code of your own", path)
        return cls({path: stamp_files(path) for path in paths.values()})

    def checksum(self) -> str:
        """Return one checksum over all files, in hexadecimal.

        Raises:
            HarnessError: If one has changed.
        """
        for path, stamp in self.stamps.items():
            require_unchanged(f"files {path}", stamp, stamp_files(path))
        hashes = (f"{hash_files(path, stamp)}\n" for path, stamp in self.stamps.items())
        return hashlib.sha256("".join(hashes).encode()).hexdigest()


def find_user_code(reference: str, *, example: str) -> UserCode:
    """Import a user's module and look a name up in it.

    Args:
        reference: ``module:name`` or ``path/to/file.py:name``.
        example: How to give the setting rightly, for messages.

    Raises:
        SettingError: If the text is of another form, there is no such file or name, or another
            folder's module is in the place of one beside the file.
        PluginError: If the module cannot be imported.
    """
    place, _, name = reference.rpartition(":")
    if not place or not name:
        raise SettingError(f"code must be given as in {example}, got {reference!r}")
    find = _run_file if place.endswith(".py") else _import
    value, sha256 = find(place)
    module = value.__name__
    for part in name.split("."):
        if not hasattr(value, part):
            raise SettingError(f"{place} must define {name!r}, as in {example}")
        value = getattr(value, part)
    return UserCode(value, reference, sha256, module)


def _run_file(place: str) -> tuple[ModuleType, str]:
    """Run a file as a module of its own, with its folder's other modules within reach."""
    path = Path(place).expanduser()
    if not path.is_file():
        raise SettingError(f"module must be a Python file, found none at {place!r}")
    content = path.read_bytes()
    with _importing(place, path.resolve().parent):
        module = run_source(path, content)
    if taken := taken_elsewhere(module.__name__):
        raise SettingError(
            f"{place} must find its own module {taken[0]!r}, got that of {taken[1].parent}: rename"
            " one, or leave the other out of this run"
        )
    return module, hashlib.sha256(content).hexdigest()


def _import(name: str) -> tuple[ModuleType, str]:
    """Import an installed module, or one in the working folder."""
    with _importing(f"module {name!r}", Path.cwd()):
        module = import_module(name)
    file = getattr(module, "__file__", None)
    return module, imported_checksum(name, Path(file)) if file else ""


@contextmanager
def _importing(what: str, folder: Path) -> Iterator[None]:
    """Blame the module for what it raises, and undo what scripts do to logging.

    The folder's other modules can be imported from then on, those that are installed before them.
    """
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    with blaming(f"{what} cannot be imported"), redirect_stdout(sys.stderr), logging_restored():
        yield


@contextmanager
def logging_restored() -> Iterator[None]:
    """Undo what a script does to the root logger, which would drown everything else."""
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    try:
        yield
    finally:
        root.setLevel(level)
        root.handlers[:] = handlers
