"""A task that a TOML file describes: what is registered under its name."""

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.data import DataFolder
from harness.errors import BadDataError
from harness.settings import Settings, make_settings
from harness.table_files.data_sets import PREFIX
from harness.task import Task
from harness.tasks.own.definition import OwnDefinition
from harness.tasks.own.labels import LABELS
from harness.tasks.own.pairs import PAIRS
from harness.tasks.own.published import Published
from harness.tasks.own.task_file import TaskFile

_KINDS: Mapping[str, OwnDefinition[Task]] = {each.family: each for each in (PAIRS, LABELS)}


@dataclass(frozen=True)
class DescribedTask:
    """The task of one TOML file.

    Attributes:
        described: What the file says.
        path: The file, beside which the data lies.
    """

    described: TaskFile
    path: Path

    def __post_init__(self) -> None:
        """Refuse settings that a task of this kind does not have, before anything is read.

        Raises:
            UnknownNameError: If there is one.
            SettingError: If a value is not what the setting takes.
        """
        said = {**self.described.reading, **self.described.files}
        make_settings(self._kind.Settings, said, f"task {self.described.name!r}")

    @property
    def title(self) -> str:
        """Name in tables."""
        return self.described.title or self.described.name

    @property
    def family(self) -> str:
        """Tasks of one family share a table."""
        return self._kind.family

    @property
    def summary(self) -> str:
        """One line about it."""
        return self.described.summary or f"{self.described.kind} of one's own"

    @property
    def citation(self) -> str:
        """The paper to cite."""
        return self.described.citation

    @property
    def description(self) -> str:
        """Published numbers of rows, and licence."""
        counts = ", ".join(f"{name} {rows}" for name, rows in self.described.counts.items())
        lines = {"Rows": counts, "Licence": self.described.licence}
        return "\n".join(f"{what}: {said}" for what, said in lines.items() if said)

    @property
    def metrics(self) -> tuple[str, ...]:
        """What it can measure."""
        return self._kind.metrics

    @property
    def slow(self) -> bool:
        """Whether scoring takes long enough to keep its result."""
        return self._kind.slow

    @property
    def Settings(self) -> type[Settings]:  # noqa: N802 - the contract's name
        """How it is scored; what is read is fixed."""
        return self._kind.scoring_settings

    def __call__(self, data: DataFolder, settings: Any) -> Task:  # noqa: ANN401 - of either kind
        """Read and check the files.

        Raises:
            MissingDataError: If one is absent.
            BadDataError: If one is damaged, or has another checksum than the task file says.
            SettingError: If counts are of parts that there are not.
        """
        places = {key: self._place(name, data) for key, name in self.described.files.items()}
        own = {**dataclasses.asdict(settings), **self.described.reading, **places}
        published = Published(
            title=self.title,
            counts=self.described.counts,
            scale=self.described.scale,
            places={
                Path(place).name: data.relative(Path(place))
                for place in places.values()
                if self.described.collection
            },
        )
        task = self._kind.read(self._kind.Settings(**own), published)
        for key, expected in self.described.checksums.items():
            self._refuse_other(Path(places[key]), expected, [file.sha256 for file in task.files])
        return task

    @property
    def _kind(self) -> OwnDefinition[Task]:
        return _KINDS[self.described.kind]

    def _place(self, name: str, data: DataFolder) -> str:
        if self.described.collection:
            return str(data.find(self.described.collection, name))
        is_data_set = name.startswith(PREFIX)
        beside = self.path.parent / os.path.expanduser(name.removeprefix(PREFIX))  # noqa: PTH111 - no home is no error
        if is_data_set and not beside.is_dir():
            return name
        return f"{PREFIX}{beside}" if is_data_set else str(beside)

    def _refuse_other(self, path: Path, expected: str, found: list[str]) -> None:
        if expected not in found:
            got = " or ".join(one[:12] for one in found)
            said = f"sha256 {expected[:12]}... of {self.path.name}"
            raise BadDataError(path, None, f"must have the {said}, got {got}...: it has changed")
