"""Run a user's script as Python runs it: as ``__main__``, with its arguments and own modules."""

import argparse
import hashlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.util import find_spec
from pathlib import Path
from traceback import walk_tb
from types import ModuleType
from typing import TypeVar

from harness.encoders.adapters.script_modules import ScriptModules
from harness.encoders.adapters.user_code import logging_restored
from harness.errors import HarnessError, PluginError, SettingError, first_line
from harness.machine.boundary import Boundary
from harness.machine.global_state import NEVER_OWN, read_state, write_state
from harness.plugins.imported_modules import code_beside
from harness.plugins.imported_source import is_installed, note_source
from harness.plugins.source_file import module_name

T = TypeVar("T")


class ScriptEnd(BaseException):
    """Raised where a script has done all that is asked of it; no ``except Exception`` catches it.

    Attributes:
        state: The state of the process there, in which the script's functions are called later.
    """

    def __init__(self) -> None:
        super().__init__("the script ends here")
        left_out = NEVER_OWN | {"logging"}  # a script's logging would drown everything else
        self.state = {name: value for name, value in read_state().items() if name not in left_out}


class Script:
    """A script, run as ``python file.py`` or ``python -m module`` runs it.

    Its folder comes first on the import path, before installed packages. What it imports from
    beside it, ``sys.argv``, ``__main__`` and what it changes of the process are there in its own
    calls alone, so that two scripts may have modules of one name.

    Args:
        reference: ``path/to/file.py``, or the name of an importable module.
        arguments: What it finds in ``sys.argv`` behind its own name.
        finder: Comes before all other finders in its calls.
        apart: Packages that it gets for itself, loaded elsewhere or not.

    Raises:
        SettingError: If there is no such file.
    """

    def __init__(
        self,
        reference: str,
        arguments: Sequence[str],
        *,
        finder: MetaPathFinder,
        apart: Sequence[str],
    ) -> None:
        self._file = Path(reference).expanduser().absolute()
        self._is_file = reference.endswith(".py")
        if self._is_file and not self._file.is_file():
            raise SettingError(f"module must be a Python file, found none at {reference!r}")
        folder = self._file.resolve().parent if self._is_file else Path.cwd()
        self._modules = ScriptModules(folder, finder, apart)
        self._argv = [reference, *arguments]
        self._boundary = Boundary()
        self._source = b""
        self._described: dict[str, str] = {}

    def run(self) -> ModuleType:
        """Run it to its end, or until it raises `ScriptEnd`, and return its module.

        Raises:
            PluginError: If it fails, or ends with an exit status that says so.
        """
        import torch  # noqa: F401 - deferred; before the script, or what it changes is not seen

        return self._call(f"{self._argv[0]} cannot be run", self._run)

    def call(self, what: str, work: Callable[[], T]) -> T:
        """Do work that calls the script's functions.

        Args:
            what: Which, for messages.
            work: The work.

        Raises:
            PluginError: If it fails.
        """
        return self._call(f"{what} of {self._argv[0]} failed", work)

    def mentions(self, word: str) -> bool:
        """Whether its source has a word."""
        return word.encode() in self._source

    def describe(self) -> Mapping[str, str]:
        """Return the script, its checksum and that of modules beside it, for the record."""
        return self._described

    def _call(self, culprit: str, work: Callable[[], T]) -> T:
        def blamed() -> T:
            with self._modules.in_place(), _arguments(self._argv):
                try:
                    return work()
                except HarnessError:
                    raise
                except (Exception, SystemExit) as error:
                    place = _place(error, self._file)
                    raise PluginError(f"{culprit}: {_cause(error)}{place}") from error

        return self._boundary.call_unlimited(culprit, blamed)

    def _run(self) -> ModuleType:
        sys.path[:] = self._modules.import_path()
        module = self._module()
        content = self._source = self._file.read_bytes()
        name = module.__spec__.name if module.__spec__ else module_name(self._file)
        note_source(name, self._file, content)
        sys.modules["__main__"] = sys.modules[name] = module
        with logging_restored():
            code = compile(content, str(self._file), "exec", dont_inherit=True)
            end = _run_to_end(code, module)
        if end is not None:
            write_state(end.state)
        beside = code_beside(name)
        self._described = {
            "code": self._argv[0],
            "code_sha256": hashlib.sha256(content).hexdigest(),
            **({"code_beside": beside} if beside else {}),
        }
        return module

    def _module(self) -> ModuleType:
        """Return the empty ``__main__``, and note the file of an importable module.

        Raises:
            ModuleNotFoundError: If there is no such module.
            SettingError: If it has no source.
        """
        module = ModuleType("__main__")
        if not self._is_file:
            spec = module.__spec__ = find_spec(self._argv[0])
            if spec is None:
                raise ModuleNotFoundError(f"No module named {self._argv[0]!r}")
            if not (spec.origin or "").endswith(".py"):
                raise SettingError(f"module must have Python source, got {self._argv[0]!r}")
            self._file = Path(spec.origin or "")
            module.__package__ = spec.parent
            if spec.submodule_search_locations is not None:
                module.__path__ = spec.submodule_search_locations
        module.__file__ = str(self._file)
        return module


@contextmanager
def _arguments(argv: list[str]) -> Iterator[None]:
    before = sys.argv
    sys.argv = list(argv)
    try:
        yield
    finally:
        sys.argv = before


def _run_to_end(code: object, module: ModuleType) -> ScriptEnd | None:
    """Run a script; an exit without an error is an end as any other."""
    try:
        exec(code, vars(module))  # type: ignore[arg-type] # noqa: S102 - the user's own
    except ScriptEnd as end:
        return end
    except SystemExit as error:
        if error.code not in {None, 0}:
            raise
    return None


def _cause(error: BaseException) -> str:
    """Return in one line why a script failed."""
    if isinstance(error, SystemExit):
        if refusal := _refused_arguments(error):
            return f'it refuses its arguments ({refusal}): set them with args="--name value"'
        text = first_line(error)
        after = f" after {_cause(error.__context__)}" if error.__context__ else ""
        return f"it ended{f' with exit status {text}' if text.isdecimal() else f': {text}'}{after}"
    kind = type(error).__name__
    line = error.msg if isinstance(error, SyntaxError) else first_line(error)
    return kind if line == kind else f"{kind}: {line}"


def _refused_arguments(error: SystemExit) -> str:
    """Return what argparse said on standard error before it ended the script."""
    said = argparse.ArgumentParser.error.__code__
    frames = [frame for frame, _ in walk_tb(error.__traceback__) if frame.f_code is said]
    return str(frames[-1].f_locals.get("message", "")) if frames else ""


def _place(error: BaseException, script: Path) -> str:
    """Return the file and line of the user's own that an error comes from, in brackets."""
    lines = [(frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__)]
    if isinstance(error, SyntaxError) and error.filename:
        lines.append((error.filename, error.lineno or 1))
    folder = script.resolve().parent
    beside = [
        (Path(file), line)
        for file, line in lines
        if Path(file).resolve().is_relative_to(folder) and not is_installed(Path(file))
    ]
    return f" ({beside[-1][0].name}, line {beside[-1][1]})" if beside else ""
