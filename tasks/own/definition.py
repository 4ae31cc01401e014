"""A task of any file: what is registered for its name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

from harness.data import DataFolder
from harness.errors import SettingError
from harness.results.families import FAMILY_METRICS
from harness.settings import Settings
from harness.task import Task
from harness.tasks.own.published import NOTHING, Published

T_co = TypeVar("T_co", bound=Task, covariant=True)
AnySettings: TypeAlias = type[Settings]


@dataclass(frozen=True)
class OwnDefinition(Generic[T_co]):
    """What is registered as ``pairs`` or ``labels``.

    Attributes:
        title: Name in lists.
        summary: One line about it.
        family: Tasks of one family share a table; the name of the task and of its option too.
        slow: Whether scoring takes long enough to keep its result.
        Settings: Where the files are, and how they are scored.
        scoring_settings: How they are scored alone: what a task file leaves open.
        read: Reads and checks the files; `Published` is what is known of them.
        citation: The paper to cite.
    """

    title: str
    summary: str
    family: str
    slow: bool
    Settings: AnySettings
    scoring_settings: AnySettings
    read: Callable[[Any, Published], T_co]
    citation: str = "Conneau & Kiela (2018), https://aclanthology.org/L18-1269"

    @property
    def metrics(self) -> tuple[str, ...]:
        """What it can measure."""
        return FAMILY_METRICS[self.family]

    def __call__(self, data: DataFolder, settings: Any) -> T_co:  # noqa: ANN401, ARG002 - needs no data folder
        """Read and check the files.

        Raises:
            SettingError: If none is named.
            HarnessError: If one cannot be read.
        """
        if not (settings.file or getattr(settings, "train", "")):
            raise SettingError(f"{self.family} must have a file, got none: --{self.family} FILE")
        return self.read(settings, NOTHING)
