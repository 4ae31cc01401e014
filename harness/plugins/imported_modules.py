"""The modules that a user's module imports from beside it: they are part of its code."""

import ast
import hashlib
import sys
from collections.abc import Iterator
from importlib.machinery import PathFinder
from importlib.util import resolve_name
from itertools import accumulate
from pathlib import Path

from harness.data import checksum
from harness.plugins.imported_source import imported_checksum, imported_content, is_installed

_NOT_BESIDE = {*sys.stdlib_module_names, __name__.partition(".")[0], "__main__"}


def code_beside(name: str) -> str:
    """Return one checksum over the modules that an imported one imports, and those in turn.

    Of a loaded one it is the source that was loaded; of one that a function will import later,
    its file. Neither the standard library nor installed packages count, nor a module whose name
    is known only when the code runs.

    Args:
        name: Of the imported module, which itself does not count.

    Returns:
        In hexadecimal; empty if there are none.
    """
    root = Path(getattr(sys.modules.get(name), "__file__", None) or "")
    found: dict[str, Path] = {name: root}
    left = [name]
    while left:
        one = left.pop()
        new = {other: file for other, file in _imports(one, found[one]) if other not in found}
        found.update(new)
        left += new
    lines = [f"{one} {_checksum(one, found[one])}\n" for one in sorted(found) if one != name]
    return hashlib.sha256("".join(lines).encode()).hexdigest()[:16] if lines else ""


def taken_elsewhere(name: str) -> tuple[str, Path] | None:
    """Return a module that an imported one has beside it, though it imports another by that name.

    Args:
        name: Of the imported module.

    Returns:
        The module's name, and the file that is imported in its place; None if there is none.
    """
    root = Path(getattr(sys.modules.get(name), "__file__", None) or "")
    for other, file in _imports(name, root):
        beside = PathFinder.find_spec(other, [str(root.resolve().parent)])
        if "." in other or beside is None or not beside.has_location:
            continue
        if not Path(beside.origin or "").samefile(file):
            return other, file
    return None


def _imports(name: str, file: Path) -> Iterator[tuple[str, Path]]:
    """Yield name and file of each module beside it that a module imports, wherever it does."""
    try:
        tree = ast.parse(_content(name, file))
    except (OSError, ValueError, SyntaxError):  # compiled, or edited into what is no source
        return
    package = name if file.stem == "__init__" else name.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _locate(alias.name)
        elif isinstance(node, ast.ImportFrom) and (package or not node.level):
            relative = "." * node.level + (node.module or "")
            base = resolve_name(relative, package) if node.level else relative
            for alias in node.names:
                yield from _locate(f"{base}.{alias.name}")


def _locate(dotted: str) -> Iterator[tuple[str, Path]]:
    """Yield name and file of a module, and of the packages that it is in, that are not installed.

    Args:
        dotted: Its name; a last part that is no module is left out.
    """
    if dotted.partition(".")[0] in _NOT_BESIDE:
        return
    places: list[str] | None = None
    for name in accumulate(dotted.split("."), "{}.{}".format):
        module = sys.modules.get(name)
        spec = getattr(module, "__spec__", None) if module else PathFinder.find_spec(name, places)
        if spec is None:
            return
        if spec.has_location and spec.origin and not is_installed(Path(spec.origin)):
            yield name, Path(spec.origin)
        if spec.submodule_search_locations is None:
            return
        places = list(spec.submodule_search_locations)


def _content(name: str, file: Path) -> bytes:
    known = imported_content(name, file) if name in sys.modules else None
    return file.read_bytes() if known is None else known


def _checksum(name: str, file: Path) -> str:
    return imported_checksum(name, file) if name in sys.modules else checksum(file)
