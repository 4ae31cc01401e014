"""Find plug-ins by name: entry points, none imported before it is asked for, files, Python."""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from functools import partial
from importlib.metadata import entry_points
from os.path import isfile
from typing import Any, Generic, TypeVar

from harness.corpus import CorpusDefinition
from harness.encoder import Context, Encoder
from harness.errors import HarnessError, PluginError, SettingError, UnknownNameError
from harness.machine.boundary import Boundary, boundary_of, import_code
from harness.plugins.files import broken_files, load_named_plugins
from harness.plugins.imported_modules import code_beside
from harness.plugins.package_code import code_checksum
from harness.plugins.registration import ENCODERS, SUITES, TASKS, distribution_of, registered
from harness.plugins.typed_names import find_name
from harness.settings import NoSettings, SettingField, make_settings, setting_fields
from harness.task import TaskDefinition

_OPTIONAL = ("Settings", "summary", "citation", "fit", "corpus", "learns_with", "slow")

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Plugin(Generic[T_co]):
    """One registered plug-in, imported.

    Attributes:
        name: Its name in the registry.
        factory: What is registered.
        origin: Distribution and version that it comes from, or name and checksum of its file.
        place: The same for people: distribution and version, or the file's path.
        module: The module that its entry point names, or that it was registered in; empty if
            that is not known.
    """

    name: str
    factory: T_co
    origin: str
    place: str
    module: str = ""

    @property
    def code(self) -> str:
        """Checksums of the package that its module is in, and of what that imports beside it.

        Of a module that no entry point names, `origin` has the checksum.
        """

        def read() -> str:
            own = "" if "sha256:" in self.origin else code_checksum(self.module)
            return f"{own} {code_beside(self.module)}".strip()

        return self._read("code", read)

    @property
    def settings_type(self) -> type[Any]:
        """The dataclass of its settings."""
        settings: type[Any] = self._read(
            "Settings", lambda: getattr(self.factory, "Settings", NoSettings)
        )
        return settings

    @property
    def setting_fields(self) -> Sequence[SettingField]:
        """Its settings, as `harness.settings.setting_fields` describes them."""
        return self._read("Settings", lambda: setting_fields(self.settings_type))

    @property
    def citation(self) -> str:
        """The paper to cite; empty if it names none."""
        return self._read("citation", lambda: str(getattr(self.factory, "citation", "")))

    @property
    def summary(self) -> str:
        """One line that says what it is."""

        def read() -> str:
            text = str(getattr(self.factory, "summary", None) or self.factory.__doc__ or "")
            return _plain(text.strip().partition("\n")[0])

        return self._read("summary", read)

    @property
    def description(self) -> str:
        """What it is, and its source; not how it is called."""
        text = self._read("docstring", lambda: inspect.getdoc(self.factory) or "")
        return _plain(text.partition("\nArgs:")[0].strip())

    @property
    def kind(self) -> str:
        """What to call it in a message."""
        return "task" if hasattr(self.factory, "family") else "encoder"

    def settings(self, values: Mapping[str, Any]) -> Any:  # noqa: ANN401 - the plug-in's own type
        """Make its settings from values given as text or objects."""
        owner = f"{self.kind} {self.name!r}"
        return self.boundary.call(
            f"settings of {owner} cannot be made",
            lambda: make_settings(self.settings_type, values, owner),
        )

    @property
    def boundary(self) -> Boundary:
        """A new boundary for calls of it, as its import left things."""
        return boundary_of(self.origin, self.module)

    def _read(self, what: str, read: Callable[[], T]) -> T:
        owner = f"plug-in {self.name!r} of {self.place}"
        return self.boundary.call(f"{what} of {owner} cannot be read", read)


class Registry(Generic[T_co]):
    """The plug-ins of one kind.

    Args:
        kind: What one of them is called in messages.
        group: The entry points' group.
        needed: Attributes that one must have.
    """

    def __init__(self, kind: str, group: str, needed: tuple[str, ...] = ("__call__",)) -> None:
        self.kind = kind
        self._group = group
        self._needed = needed

    def names(self) -> list[str]:
        """Return the names of all plug-ins, sorted; imports no installed one."""
        load_named_plugins()
        return sorted({*entry_points(group=self._group).names, *registered(self._group)})

    def meant(self, typed: str) -> str:
        """Return the name that is meant, whatever its case and separators; else as it is."""
        return find_name(typed, self.names()) or typed

    def load(self, name: str, *, named_files: bool = True) -> Plugin[T_co]:
        """Import and return a plug-in.

        Args:
            name: Its name.
            named_files: Whether the files named by ``HARNESS_PLUGINS`` are run first.

        Raises:
            UnknownNameError: If no plug-in has this name.
            PluginError: If several have it, or it cannot be imported or used.
        """
        if named_files:
            load_named_plugins()
        points = list(entry_points(group=self._group, name=name))
        own = registered(self._group).get(name)
        origins = sorted({distribution_of(point) for point in points})
        if own is not None:
            origins.append(own.source.place)
        if len(origins) > 1:
            both = " and ".join(origins)
            raise PluginError(f"{self.kind} {name!r} is registered twice, by {both}: remove one")
        if own is not None:
            source = own.source
            return self.usable(Plugin(name, own.value, source.origin, source.place, source.module))
        if not points:
            raise unknown_plugin(self.kind, name, self.names())
        culprit = f"{self.kind} {name!r} of {origins[0]} cannot be imported"
        factory = import_code(origins[0], points[0].module, culprit, points[0].load)
        return self.usable(Plugin(name, factory, origins[0], origins[0], points[0].module))

    def usable(self, plugin: Plugin[T_co]) -> Plugin[T_co]:
        """Return the plug-in if it has what it is asked for before it is made."""
        owner = f"{self.kind} {plugin.name!r} of {plugin.place}"
        missing = plugin.boundary.call(f"{owner} cannot be read", partial(self._missing, plugin))
        if missing:
            raise PluginError(
                f"{owner} must have {', '.join(self._needed)}, {missing[0]} is missing"
            )
        for word in self._needed:
            if word != "__call__" and not isinstance(getattr(plugin.factory, word), str):
                got = type(getattr(plugin.factory, word)).__name__
                raise PluginError(f"{word} of {owner} must be text, got {got}")
        if not is_dataclass(plugin.settings_type):
            got = getattr(plugin.settings_type, "__name__", type(plugin.settings_type).__name__)
            raise PluginError(f"Settings of {owner} must be a dataclass, got {got}")
        return plugin

    def _missing(self, plugin: Plugin[T_co]) -> list[str]:
        """Return the attributes that are needed and missing; ask for all others too."""
        for word in _OPTIONAL:  # one that cannot be asked what it has fails here
            getattr(plugin.factory, word, None)
        return [word for word in self._needed if not hasattr(plugin.factory, word)]


def _plain(docstring: str) -> str:
    """Return the text with quotes where a docstring marks code."""
    return docstring.replace("``", "'")


def unknown_plugin(kind: str, name: str, known: Iterable[str]) -> HarnessError:
    """Return the error for a name that no plug-in has: a broken file may have been to have it."""
    if kind == "encoder" and (task := find_name(name, [*tasks.names(), *suites.names()])):
        return SettingError(f"{name!r} is a task, not an encoder: use --tasks {task}")
    broken = [str(error) for error in broken_files().values()]
    if broken and kind in {"encoder", "task"}:
        return PluginError(f"unknown {kind} {name!r}, and {'; '.join(broken)}")
    if kind in {"encoder", "task"} and (problem := _file_for_a_name(kind, name)):
        return SettingError(problem)
    if kind == "encoder" and "," in name:
        return SettingError(f"separate encoders by spaces, got {name!r}")
    return UnknownNameError(kind, name, known)


def _file_for_a_name(kind: str, name: str) -> str:
    """Return what to do with a file that was given in a name's place; empty if there is none."""
    described, file = f"{name}.toml", name.partition(",")[0]
    taken = {each.source.place for each in registered(TASKS).values()}
    if kind == "task" and described not in taken and isfile(described):  # noqa: PTH113 - Path raises for long names
        return f"unknown task {name!r}: {described} may describe it, add --plugin {described}"
    if not isfile(file):  # noqa: PTH113
        return ""
    option = "--plugin" if file.endswith((".toml", ".py")) else "--pairs or --labels"
    return f"{kind} must be a name, got the file {file!r}: put {option} before each file"


encoders: Registry[Callable[[Context, Any], Encoder]] = Registry("encoder", ENCODERS)
tasks: Registry[TaskDefinition] = Registry("task", TASKS, ("__call__", "title", "family"))
suites: Registry[tuple[str, ...]] = Registry("suite", SUITES, ())
corpora: Registry[CorpusDefinition] = Registry("corpus", "harness.corpora")
