"""What a killed training run resumes from: states of `Trainer` whose every file is checked.

A state is the folder ``checkpoint-STEP`` and, once a scoring gave a number, the folder
``best-STEP`` of the weights that had scored best. Its mark lists their files with checksums.
"""

import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from harness.data import checksum, checksums, first_difference
from harness.errors import TrainingError
from harness.results.files import entries, is_there, read_file, write_atomically

_MARK = "complete"  # written last: a state without it was cut off
_KEPT = 2  # the newest state, and the one before it in case that one is damaged
_LOG = logging.getLogger(__name__)


class _Mark(BaseModel):
    """What is noted of a state.

    Attributes:
        training: Name of the folder of the training that saved it.
        processes: Number and kind of the processes, each of which has a random state of its own.
        files: The files' checksums by their place in each of the state's folders.
    """

    model_config = ConfigDict(extra="forbid")

    training: str
    processes: str
    files: dict[str, dict[str, str]]


@dataclass(frozen=True)
class ResumeStates:
    """The states of one training.

    Attributes:
        folder: Where they lie.
        processes: How many processes train, and on what: ``1 on cpu``.
    """

    folder: Path
    processes: str

    def newest(self) -> Path | None:
        """Return the newest whole state, None to begin anew; those that are not whole are dropped.

        Raises:
            TrainingError: If a state cannot be read, or other processes saved it.
        """
        with _explained(self.folder):
            return self._newest()

    def _newest(self) -> Path | None:
        found, flaws = None, []
        for state in reversed(self._committed()):
            flaw = self._flaw(state)
            if flaw is None:
                found = state
                break
            flaws.append(f"{state} is not whole: {flaw}")
            _drop(state)
        for flaw in flaws:
            next_step = f"resumes from {found.name}" if found else "begins anew"
            _LOG.warning("training state %s; training %s", flaw, next_step)
        self._keep(self._committed())
        return found

    def best_folder(self, step: int) -> Path:
        """Return where the weights of a step are kept that scored best so far."""
        return self.folder / f"best-{step}"

    def make_room(self) -> None:
        """Drop all states but the newest: the next one is about to be written."""
        for state in self._committed()[:-1]:
            _drop(state)

    def commit(self, step: int, best_step: int | None) -> None:
        """Declare the state of a step whole, and drop what no kept state needs.

        Args:
            step: The state's step.
            best_step: The step whose weights score best; None before the first scoring.
        """
        state = self.folder / f"checkpoint-{step}"
        parts = [state, *([] if best_step is None else [self.best_folder(best_step)])]
        mark = _Mark(
            training=self.folder.name,
            processes=self.processes,
            files={part.name: checksums(part) for part in parts},
        )
        write_atomically(state / _MARK, mark.model_dump_json(indent=1).encode())
        self._keep(self._committed()[-_KEPT:])

    def _committed(self) -> list[Path]:
        """Return the states that have a mark, oldest first."""
        states = (path for path in entries(self.folder) if path.name.startswith("checkpoint-"))
        return sorted((state for state in states if is_there(state / _MARK)), key=_step)

    def _keep(self, states: list[Path]) -> None:
        """Drop all folders but those of some states."""
        kept = {state.name for state in states}
        for state in states:
            with suppress(ValidationError):  # it is dropped when it is needed
                kept |= _read(state).files.keys()
        for path in entries(self.folder):
            if path.name.startswith(("checkpoint-", "best-")) and path.name not in kept:
                _drop(path)

    def _flaw(self, state: Path) -> str | None:
        """Return why a state cannot be resumed from; None if it can.

        Raises:
            OSError: If it cannot be read.
            TrainingError: If other processes saved it.
        """
        try:
            mark = _read(state)
            if mark.training != self.folder.name:
                return f"it is of {mark.training}"
            for name, files in mark.files.items():
                own = {_MARK: checksum(state / _MARK)} if name == state.name else {}
                if found := first_difference(self.folder / name, {**files, **own}):
                    return f"{name}/{found} is not what was saved"
        except ValidationError:
            return "it has no checksums"
        if mark.processes != self.processes:
            msg = f"training state {state} must be resumed as it was saved, {mark.processes}"
            cure = f"train so again, or remove {self.folder} to begin anew"
            raise TrainingError(f"{msg}, got {self.processes}: {cure}")
        return None


def _read(state: Path) -> _Mark:
    return _Mark.model_validate_json(read_file(state / _MARK))


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        msg = f"training state {error.filename or folder} cannot be read ({error.strerror})"
        raise TrainingError(f"{msg}: mend that, or remove {folder}") from error


def _drop(folder: Path) -> None:
    """Remove a folder, or a link in its place."""
    if folder.is_symlink():
        folder.unlink()
    shutil.rmtree(folder, ignore_errors=True)


def _step(state: Path) -> int:
    return int(state.name.rpartition("-")[2])
