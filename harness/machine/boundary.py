"""The boundary to code that is not the harness's own: every call of a plug-in passes it.

Whatever is raised behind it becomes one line that names the plug-in; what the call changes of the
process counts for this plug-in alone; what it prints goes to standard error; and it takes no
longer than it may.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from harness.errors import CacheError, HarnessError, PluginError, RecordError, first_line
from harness.machine.deadline import Deadline, GivenUpError, time_limit
from harness.machine.global_state import (
    NEVER_OWN,
    changes,
    computes_otherwise,
    read_state,
    restore_state,
    write_state,
)
from harness.machine.signals import WatchedSignals

T = TypeVar("T")


class Boundary:
    """What calls of one plug-in pass, and what they changed of the process: its own state.

    Args:
        own: State that its calls begin with, as `changes` returns it.
    """

    def __init__(self, own: Mapping[str, Any] | None = None) -> None:
        self._own: Mapping[str, Any] = own or {}

    def apart(self) -> "Boundary":
        """Return another one, whose calls begin with the state that this one has now."""
        return Boundary(self._own)

    @property
    def computes_otherwise(self) -> bool:
        """Whether torch computes other numbers in its calls than elsewhere."""
        return computes_otherwise(self._own)

    def call(self, culprit: str, work: Callable[[], T], deadline: Deadline | None = None) -> T:
        """Call a plug-in, for as long as a call may take.

        Args:
            culprit: How the message begins if it fails: ``encoder 'x' failed in encode``.
            work: The call.
            deadline: Ends it, of several calls together; None for the limit of each call.

        Raises:
            HarnessError: What it raises on purpose, if that says in a line what a user can mend.
            PluginError: If it raises anything else, or takes too long.
        """
        if deadline is not None:
            return self.call_unlimited(culprit, lambda: deadline.run(work))
        with Deadline(f"{culprit}: it", time_limit()) as own:
            return self.call_unlimited(culprit, lambda: own.run(work))

    def call_unlimited(
        self,
        culprit: str,
        work: Callable[[], T],
        *passing: type[HarnessError],
    ) -> T:
        """Call a plug-in that takes as long as it takes: an import, or training.

        Args:
            culprit: As for `call`.
            work: The call.
            passing: What is raised as it is, even by what keeps vectors inside the call.

        Raises:
            HarnessError: As for `call`.
            PluginError: If it raises anything else.
        """
        with blaming(culprit, *passing), self._own_state():
            return work()

    @contextmanager
    def _own_state(self) -> Iterator[None]:
        """Give the plug-in the state that it left, and everyone else theirs afterwards."""
        before, output = read_state(), sys.stdout
        try:
            write_state(self._own)
            sys.stdout = sys.stderr or output
            yield
        finally:
            sys.stdout = output
            after = read_state()
            own = changes(before, after)
            self._own = {name: own[name] for name in own.keys() - NEVER_OWN}
            restore_state(before, after)


@contextmanager
def blaming(culprit: str, *passing: type[HarnessError]) -> Iterator[None]:
    """Turn whatever a plug-in raises into a PluginError that names it.

    What is raised by a signal of the user's stays as it is, and so does one line of ours.

    Args:
        culprit: How the message begins: ``encoder 'x' failed in encode``.
        passing: What else stays as it is.
    """
    with WatchedSignals() as signals:
        try:
            yield
        except BaseException as error:
            passes = isinstance(error, (GivenUpError, *passing)) or signals.have_raised(error)
            if passes or _is_for_users(error):
                raise
            raise PluginError(f"{culprit}: {_cause(error)}") from error


_imported: dict[tuple[str, str], Boundary] = {}


def import_code(origin: str, module: str, culprit: str, work: Callable[[], T]) -> T:
    """Run a plug-in's code for the first time; its later calls begin with the state it leaves.

    Args:
        origin: What the plug-in is known by: distribution and version, or file and checksum.
        module: Its module; the libraries that one of ours imports may set up the process.
        culprit: As for `Boundary.call`.
        work: Runs the code.

    Raises:
        PluginError: If it raises anything.
    """
    try:
        if module.partition(".")[0] == __name__.partition(".")[0]:
            with blaming(culprit):
                return work()
        import torch  # noqa: F401 - deferred; before the code, or what it changes is not seen

        boundary = _imported.setdefault((origin, module), Boundary())
        return boundary.call_unlimited(culprit, work)
    except HarnessError as error:
        if isinstance(error, PluginError):
            raise
        raise PluginError(f"{culprit}: {error}") from error


def boundary_of(origin: str, module: str) -> Boundary:
    """Return a new boundary for calls of a plug-in, as its import left things."""
    return _imported.get((origin, module), Boundary()).apart()


def _is_for_users(error: BaseException) -> bool:
    """Whether an error is a line of ours, and not of what the harness alone does."""
    try:
        is_line = isinstance(error, HarnessError) and len(str(error).splitlines()) == 1
    except BaseException:  # noqa: BLE001 - a plug-in's ``__str__``
        return False
    return is_line and not isinstance(error, CacheError | RecordError)


def _cause(error: BaseException) -> str:
    """Return an error's kind and first line, whatever its own methods do."""
    kind = type.__dict__["__name__"].__get__(type(error))
    try:
        line = first_line(error)
    except BaseException:  # noqa: BLE001 - a plug-in's ``__str__``
        return f"{kind}, whose message cannot be read"
    return kind if line == kind else f"{kind}: {line}"
