"""The modules that a script has for itself, in ``sys.modules`` only while it runs."""

import importlib
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType

from harness.plugins.imported_source import is_installed

_OURS = __name__.partition(".")[0]


class ScriptModules:
    """What a script imports that is not installed, and hides what others loaded by these names.

    Args:
        folder: The script's own, whose modules come before all others.
        finder: Comes before all other finders while the script runs.
        apart: Top-level modules that are the script's own even if they are installed.
    """

    def __init__(self, folder: Path, finder: MetaPathFinder, apart: Iterable[str]) -> None:
        self._folder = folder
        self._finder = finder
        self._apart = {"__main__", *apart}
        self._own: dict[str, ModuleType] = {}

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Let imports find the script's modules; keep them, and put the others back afterwards."""
        importlib.invalidate_caches()  # the script's files may be new
        hidden = {*self._apart, *map(_top, self._own), *_found_in(self._folder)}
        others = {name: module for name, module in sys.modules.items() if _top(name) in hidden}
        for name in others:
            del sys.modules[name]
        sys.modules.update(self._own)
        before = dict(sys.modules)
        sys.meta_path.insert(0, self._finder)
        try:
            yield
        finally:
            sys.meta_path[:] = [each for each in sys.meta_path if each is not self._finder]
            for name, module in list(sys.modules.items()):
                if module is not before.get(name) and self._is_own(name, module):
                    self._own[name] = module
            for name in self._own:
                sys.modules.pop(name, None)
            sys.modules.update(others)

    def import_path(self) -> list[str]:
        """Return the import path as Python makes it for the script; no checkout of ours is in it.

        The packages of a checkout bear names that a script's own may have.
        """
        place = Path(sys.modules[_OURS].__file__ or "").resolve().parents[1]
        checkout = None if is_installed(place) else place
        rest = [each for each in sys.path if Path(each or ".").resolve() != checkout]
        return [str(self._folder), *rest]

    def _is_own(self, name: str, module: ModuleType) -> bool:
        is_users = _top(name) != _OURS and not _is_installed(module)
        return is_users or _top(name) in self._apart


def _found_in(folder: Path) -> set[str]:
    """Return the names of a folder's modules that hide loaded ones; never Python's and ours.

    A folder without ``__init__.py`` hides no installed module, as with Python: it may hold data.
    """
    loaded = {*map(_top, sys.modules)} - {*sys.stdlib_module_names, _OURS}
    names = loaded & {_top(entry.name) for entry in folder.iterdir()}
    specs = {name: PathFinder.find_spec(name, [str(folder)]) for name in names}
    return {
        name
        for name, spec in specs.items()
        if spec is not None and (spec.has_location or not _is_installed(sys.modules.get(name)))
    }


def _is_installed(module: ModuleType | None) -> bool:
    """Whether a module is Python's or an installed one; one without files counts as installed."""
    file = getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", ())), "")
    return not Path(file).is_absolute() or is_installed(Path(file))


def _top(name: str) -> str:
    return name.partition(".")[0]
