"""Locks between the processes of one machine; they end with the process that holds them."""

import errno
import json
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import datetime, timezone
from pathlib import Path

from filelock import FileLock, Timeout

from harness.results.files import is_there, read_file
from harness.results.notices import notify
from harness.results.progress import doing

_PATIENCE_SECONDS = 1.0  # of waiting in silence
_NO_LOCKS = {errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK}
_limit_seconds: ContextVar[float | None] = ContextVar("limit_seconds", default=None)


class LockError(OSError):
    """A lock cannot be had: the disk has none, or another process holds it for too long."""


@contextmanager
def lock_timeout(seconds: float | None) -> Iterator[None]:
    """Wait at most so many seconds for each lock taken meanwhile; None for any."""
    token = _limit_seconds.set(seconds)
    try:
        yield
    finally:
        _limit_seconds.reset(token)


@contextmanager
def locked(path: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold a lock alone; after a second of waiting, a notice names the process that holds it.

    The file stays: another process may wait for it. Only the system's own locks count, never
    the mere presence of the file, so a killed process holds nobody up.

    Args:
        path: The lock's file, in a folder that exists.
        wait: Whether to wait if another process holds it.

    Raises:
        LockError: If the disk has no such locks, no plain file is in the place, or it is held: not
            waited for, or for longer than `lock_timeout`.
        OSError: If the file cannot be made.
    """
    if is_there(path) and not stat.S_ISREG(path.lstat().st_mode):
        raise LockError(f"lock {path} must be a plain file, got another kind: move it away")
    lock = FileLock(path, fallback_to_soft=False)
    try:
        if wait:
            _acquire(lock, path)
        else:
            lock.acquire(timeout=0)
    except Timeout as error:
        raise LockError(f"{path} is held by {_holder(path)}") from error
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        msg = f"{path} cannot be locked: this disk has no file locks (flock)"
        raise LockError(msg) from error
    try:
        with suppress(OSError):  # the name is for people who wait
            _sign(path)
        yield
    finally:
        lock.release()


def _acquire(lock: FileLock, path: Path) -> None:
    limit = _limit_seconds.get()
    patience = _PATIENCE_SECONDS if limit is None else min(limit, _PATIENCE_SECONDS)
    try:
        lock.acquire(timeout=patience)
    except Timeout:
        notify(f"waiting for {path}, held by {_holder(path)}")
        try:
            with doing(f"waiting for {path.name}"):
                lock.acquire(timeout=-1 if limit is None else limit - patience)
        except Timeout as error:
            msg = f"{path} is held by {_holder(path)}, longer than --lock-timeout {limit:g} s"
            raise LockError(msg) from error


def _sign(path: Path) -> None:
    """Write into a lock's file who holds it."""
    since = datetime.now(timezone.utc).isoformat(timespec="seconds")
    holder = {"host": socket.gethostname(), "pid": os.getpid(), "since": since}
    handle = os.open(path, os.O_WRONLY | os.O_TRUNC | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(holder, file)


def _holder(path: Path) -> str:
    """Return who holds a lock, as its file says."""
    try:
        holder = json.loads(read_file(path))
        return f"process {holder['pid']} on {holder['host']} since {holder['since']}"
    except (OSError, ValueError, LookupError, TypeError):
        return "another process"
