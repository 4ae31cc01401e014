"""Hold back what libraries outside Python print on standard error, until it is known to matter."""

import os
import shutil
import sys
from contextlib import AbstractContextManager, suppress
from tempfile import TemporaryFile
from types import TracebackType
from typing import IO

from typing_extensions import Self, override

_ERRORS = 2

_holding: list["HeldErrors"] = []


class HeldErrors(AbstractContextManager["HeldErrors"]):
    """Takes what is written to the descriptor of standard error; writes it there at the end."""

    def __init__(self) -> None:
        self._held: IO[bytes] | None = None
        self._descriptor = -1

    @override
    def __enter__(self) -> Self:
        """Begin to hold; nothing if standard error is closed."""
        with suppress(OSError):
            self._descriptor = os.dup(_ERRORS)
            self._held = TemporaryFile()
            _flush()
            os.dup2(self._held.fileno(), _ERRORS)
            _holding.append(self)
        return self

    @override
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Write what was held."""
        self.release()

    def drop(self) -> None:
        """Forget what was held so far."""
        if self._held is not None:
            _flush()
            self._held.truncate(0)

    def release(self) -> None:
        """Write what was held, and hold no more."""
        held, self._held = self._held, None
        if held is None:
            return
        _holding.remove(self)
        _flush()
        os.dup2(self._descriptor, _ERRORS)
        os.close(self._descriptor)
        held.seek(0)
        with held, open(_ERRORS, "wb", closefd=False) as errors:
            shutil.copyfileobj(held, errors)


def release_errors() -> None:
    """Hold nothing any more, whoever began to."""
    for one in [*_holding]:
        one.release()


def _flush() -> None:
    if sys.stderr is not None:
        sys.stderr.flush()
