"""Find plug-ins by name through entry points; none is imported before it is asked for."""

import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Generic, TypeVar

from harness.corpus import CorpusDefinition
from harness.data import checksum
from harness.encoder import Context, Encoder
from harness.errors import PluginError, UnknownNameError, blaming
from harness.settings import NoSettings, make_settings
from harness.task import TaskDefinition

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Plugin(Generic[T_co]):
    """One registered plug-in, imported.

    Attributes:
        name: Its name in the registry.
        factory: What is registered.
        origin: Distribution and version that it comes from.
        code: Checksum of the module that it is registered from; versions do not tell every edit.
    """

    name: str
    factory: T_co
    origin: str
    code: str = ""

    @property
    def settings_type(self) -> type[Any]:
        """The dataclass of its settings."""
        settings: type[Any] = getattr(self.factory, "Settings", NoSettings)
        return settings

    @property
    def summary(self) -> str:
        """One line that tells what it is."""
        text = getattr(self.factory, "summary", None) or self.factory.__doc__ or ""
        return str(text).strip().splitlines()[0] if text.strip() else ""

    @property
    def description(self) -> str:
        """What it is, and its source; not how it is called."""
        return (inspect.getdoc(self.factory) or "").partition("\nArgs:")[0].strip()

    @property
    def kind(self) -> str:
        """What to call it in a message."""
        return "task" if hasattr(self.factory, "family") else "encoder"

    def settings(self, values: Mapping[str, Any]) -> Any:  # noqa: ANN401 - the plug-in's own type
        """Make its settings from values given as text or objects."""
        return make_settings(self.settings_type, values, f"{self.kind} {self.name!r}")


class Registry(Generic[T_co]):
    """The plug-ins of one kind.

    Args:
        kind: What one of them is called in messages.
        group: The entry points' group.
    """

    def __init__(self, kind: str, group: str) -> None:
        self.kind = kind
        self._group = group

    def names(self) -> list[str]:
        """Return the names of all installed plug-ins, sorted; imports none."""
        return sorted(set(entry_points(group=self._group).names))

    def load(self, name: str) -> Plugin[T_co]:
        """Import and return a plug-in.

        Raises:
            UnknownNameError: If no installed plug-in has this name.
            PluginError: If several have it, or it cannot be imported.
        """
        found = list(entry_points(group=self._group, name=name))
        if not found:
            raise UnknownNameError(self.kind, name, self.names())
        origins = sorted({_origin(point) for point in found})
        if len(origins) > 1:
            both = " and ".join(origins)
            raise PluginError(f"{self.kind} {name!r} is registered twice, by {both}: remove one")
        with blaming(f"{self.kind} {name!r} of {origins[0]} cannot be imported"):
            return Plugin(name, found[0].load(), origins[0], _code(found[0].module))


def _code(module: str) -> str:
    """Return the checksum of an imported module's file; empty if it has none."""
    file = getattr(sys.modules.get(module), "__file__", None)
    return checksum(Path(file))[:16] if file and Path(file).is_file() else ""


def _origin(point: EntryPoint) -> str:
    """Name the distribution and version that an entry point belongs to."""
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.value


encoders: Registry[Callable[[Context, Any], Encoder]] = Registry("encoder", "harness.encoders")
tasks: Registry[TaskDefinition] = Registry("task", "harness.tasks")
suites: Registry[tuple[str, ...]] = Registry("suite", "harness.suites")
corpora: Registry[CorpusDefinition] = Registry("corpus", "harness.corpora")
