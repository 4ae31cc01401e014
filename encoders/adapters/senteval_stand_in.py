"""Lets modules that import SentEval be imported where it is not installed."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from typing_extensions import override

_PACKAGE = "senteval"


class Nothing:
    """Stands for anything of the package; calling it and looking into it gives it again."""

    def __getattr__(self, name: str) -> "Nothing":
        """Return itself, but for what Python asks of every object."""
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *arguments: Any, **options: Any) -> "Nothing":  # noqa: ARG002 - whatever it is asked
        """Do nothing."""
        return self

    def __getitem__(self, key: Any) -> "Nothing":  # noqa: ANN401 - whatever a script asks for
        """Return itself."""
        return self

    def __iter__(self) -> Iterator["Nothing"]:
        """Have no items."""
        return iter(())

    def __format__(self, spec: str) -> str:
        """Be written, in any format."""
        return "nothing"


class _Finder(MetaPathFinder, Loader):
    """Comes after all other finders, so that a real SentEval is found first."""

    @override
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        ours = fullname.partition(".")[0] == _PACKAGE
        return ModuleSpec(fullname, self, is_package=True) if ours else None

    @override
    def exec_module(self, module: ModuleType) -> None:
        nothing = Nothing()
        vars(module)["__getattr__"] = lambda name: getattr(nothing, name)


@contextmanager
def senteval_imported() -> Iterator[None]:
    """Let ``import senteval`` succeed, with a package that does nothing if there is no other."""
    finder = _Finder()
    sys.meta_path.append(finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name, module in list(sys.modules.items()):
            if getattr(getattr(module, "__spec__", None), "loader", None) is finder:
                del sys.modules[name]
