"""Experiment trackers: the curve of each training in TensorBoard, Trackio or Weights & Biases.

A tracker is a guest: it changes no weights, no checkpoint and no random numbers, and one that
fails costs a notice, not the training.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Protocol, TypeAlias

from harness.errors import HarnessError, SettingError, UnknownNameError, first_line
from harness.machine.boundary import Boundary
from harness.results.notices import notify

OnValues: TypeAlias = Callable[[int, int, Mapping[str, float]], None]
"""Called with the step, the number of steps, and the latest values."""

NO_TRACKER: Final = "none"
"""What is asked for to report to no tracker."""
PROJECT: Final = "harness"
"""The project of all runs, unless ``TRACKIO_PROJECT`` or ``WANDB_PROJECT`` names another."""


@dataclass(frozen=True)
class TrackedRun:
    """A training as trackers show it.

    Attributes:
        name: Encoder and seed.
        config: What it is trained with, as JSON values.
        folder: Where TensorBoard's logs of it lie.
    """

    name: str
    config: Mapping[str, Any]
    folder: Path


class _Tracker(Protocol):
    """One run that is open in a tracker."""

    def log(self, step: int, values: Mapping[str, float]) -> None: ...
    def finish(self) -> None: ...


class _TensorBoard:
    def __init__(self, run: TrackedRun, first_step: int) -> None:
        from torch.utils.tensorboard import SummaryWriter  # deferred: an extra

        run.folder.mkdir(parents=True, exist_ok=True)
        # of a training that was killed, what lies beyond the step it resumes at does not count
        self._writer: Any = SummaryWriter(str(run.folder), purge_step=first_step)
        self._writer.add_text("config", json.dumps(dict(run.config), indent=2), first_step)

    def log(self, step: int, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)

    def finish(self) -> None:
        self._writer.close()


class _Trackio:
    def __init__(self, run: TrackedRun, first_step: int) -> None:  # noqa: ARG002 - each run anew
        import trackio  # deferred: an extra

        self._package: Any = trackio
        project = os.environ.get("TRACKIO_PROJECT", PROJECT)
        trackio.init(project=project, name=run.name, config=dict(run.config), embed=False)

    def log(self, step: int, values: Mapping[str, float]) -> None:
        self._package.log(dict(values), step=step)

    def finish(self) -> None:
        self._package.finish()


class _Wandb:
    def __init__(self, run: TrackedRun, first_step: int) -> None:  # noqa: ARG002 - each run anew
        import wandb  # deferred: a package of the user's

        project = os.environ.get("WANDB_PROJECT", PROJECT)
        self._run: Any = wandb.init(project=project, name=run.name, config=dict(run.config))

    def log(self, step: int, values: Mapping[str, float]) -> None:
        self._run.log(dict(values), step=step)

    def finish(self) -> None:
        self._run.finish()


_TRACKERS: Mapping[str, Callable[[TrackedRun, int], _Tracker]] = {
    "tensorboard": _TensorBoard,
    "trackio": _Trackio,
    "wandb": _Wandb,
}
"""By name, which is that of the package too."""


def take_trackers(asked: str | Sequence[str]) -> tuple[str, ...]:
    """Return the trackers that are asked for, each once.

    Args:
        asked: Names, or one text with commas between them; ``none`` for no tracker.

    Raises:
        UnknownNameError: If there is no such tracker.
        SettingError: If ``none`` is among others, or a tracker's package is not installed.
    """
    every = asked.split(",") if isinstance(asked, str) else asked
    names = tuple(dict.fromkeys(name.strip() for name in every))
    if names in ((), (NO_TRACKER,)):
        return ()
    if NO_TRACKER in names:
        raise SettingError(f"report_to must be none or trackers, got {', '.join(names)}")
    for name in names:
        if name not in _TRACKERS:
            raise UnknownNameError("tracker", name, [*_TRACKERS, NO_TRACKER])
        if find_spec(name) is None:
            what = name if name == "wandb" else f"'sentence-harness[{name}]'"
            raise SettingError(f"report_to {name} needs the package {name}: pip install {what}")
    return names


@contextmanager
def reporting(names: Sequence[str], run: TrackedRun, on_values: OnValues) -> Iterator[OnValues]:
    """Yield what to call with a training's progress, for its trackers to log too.

    They begin with the first values, and finish with the block. One that fails is left out from
    there on, with a notice.

    Args:
        names: Which trackers.
        run: The training.
        on_values: Called first, with all that the trackers log.
    """
    reports = [_Report(name, run) for name in names]

    def report(step: int, total: int, values: Mapping[str, float]) -> None:
        on_values(step, total, values)
        for each in reports:
            each.log(step, values)

    try:
        yield report
    finally:
        for each in reports:
            each.finish()


class _Report:
    """One tracker's part in a training, until it fails."""

    def __init__(self, name: str, run: TrackedRun) -> None:
        self._name, self._run, self._boundary = name, run, Boundary()
        self._tracker: _Tracker | None = None
        self._has_failed = False

    def log(self, step: int, values: Mapping[str, float]) -> None:
        self._call(lambda: self._open(step).log(step, values))

    def finish(self) -> None:
        if self._tracker is not None:
            self._call(self._tracker.finish)

    def _open(self, step: int) -> _Tracker:
        if self._tracker is None:
            self._tracker = _TRACKERS[self._name](self._run, step)
        return self._tracker

    def _call(self, work: Callable[[], None]) -> None:
        """Call the tracker behind the boundary: what it draws or changes stays its own."""
        if self._has_failed:
            return
        try:
            self._boundary.call_unlimited(self._name, work)
        except HarnessError as error:
            self._has_failed = True
            what = f"training of {self._run.name} is no longer reported"
            notify(f"{what}: {first_line(error)}")
