"""Distinguish one edit of an installed plug-in's code from another: its version rarely does."""

import hashlib
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.machinery import EXTENSION_SUFFIXES
from itertools import accumulate
from pathlib import Path
from types import ModuleType

from harness.data import checksum
from harness.plugins.imported_source import imported_checksum

_SUFFIXES = (".py", *EXTENSION_SUFFIXES)
_OURS = __name__.partition(".")[0]


@dataclass(frozen=True)
class _Code:
    """A package's code, as it was read.

    Attributes:
        specs: What each of its loaded modules was loaded from, by file; a module that is loaded
            again has a new one.
        checksums: Of each of its files.
        digest: One checksum over them.
    """

    specs: Mapping[Path, object]
    checksums: Mapping[Path, str]
    digest: str

    def has(self, file: Path, specs: Mapping[Path, object]) -> bool:
        """Whether a file's module was loaded when the code was read, and not again since."""
        return file in self.specs and file in specs and self.specs[file] is specs[file]


_read: dict[str, _Code] = {}


def code_checksum(name: str) -> str:
    """Return one checksum over all modules, by name, of the package that an imported one is in.

    The package is the outermost that is a plain folder: `google.letters` of the module
    `google.letters.encoder` in the namespace package `google`, and `harness.encoders` of our own
    encoders. Of a module outside all packages it is the module's file. Code is read again only
    when more of it is loaded, or some of it again: what is edited after it was loaded does not
    run.

    Returns:
        In hexadecimal; empty where there are no files, as in a zip archive.
    """
    modules = dict(sys.modules)
    inwards = accumulate(name.split("."), "{}.{}".format)
    package = next(
        (one for one in inwards if one != _OURS and _file(modules.get(one)).is_file()), None
    )
    if package is None:
        return ""
    specs = {
        _file(module): getattr(module, "__spec__", None)
        for known, module in modules.items()
        if f"{known}.".startswith(f"{package}.")
    }
    code = _read.get(package, _Code({}, {}, ""))
    if not all(code.has(file, specs) for file in {*specs, *code.specs}):
        code = _read[package] = _read_code(modules[package], specs, code)
    return code.digest


def _read_code(package: ModuleType, specs: Mapping[Path, object], before: _Code) -> _Code:
    """Read a package's files but those whose modules are loaded from what was read before."""
    places = dict(_files(package))
    kept = {file: known for file, known in before.checksums.items() if before.has(file, specs)}
    loaded = {_file(module): name for name, module in list(sys.modules.items())}
    checksums = {
        file: kept.get(file)
        or (imported_checksum(loaded[file], file) if file in specs else checksum(file))
        for file in places
    }
    lines = sorted(f"{places[file]} {checksums[file]}\n" for file in places)
    digest = hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return _Code(specs, checksums, digest)


def _file(module: ModuleType | None) -> Path:
    """Return a module's file; what is no file if it has none."""
    return Path(getattr(module, "__file__", None) or "")


def _files(package: ModuleType) -> Iterator[tuple[Path, str]]:
    """Yield the files of a package's modules, and their places in it; of a module its own."""
    if not hasattr(package, "__path__"):
        yield _file(package), _file(package).name
    for folder in map(Path, getattr(package, "__path__", ())):
        for path in folder.rglob("*"):
            if path.name.endswith(_SUFFIXES) and path.is_file():  # no editor's dangling link
                yield path, path.relative_to(folder).as_posix()
