"""Locks: real ones only, and whoever waits knows for whom."""

import errno
import fcntl
import multiprocessing
import os
import signal
import socket
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from harness.results.locks import LockError, lock_timeout, locked
from harness.results.notices import Notice


def hold(path: Path, ready: Connection) -> None:
    with locked(path):
        ready.send(os.getpid())
        signal.pause()


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[multiprocessing.Process]:
    mine, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("fork")
    process = context.Process(target=hold, args=(tmp_path / "lock", theirs))
    process.start()
    assert mine.poll(30)
    yield process  # type: ignore[misc] # a process of the fork context is one
    process.kill()
    process.join()


def test_a_wait_names_the_holder_and_ends_after_the_limit(
    holder: multiprocessing.Process, tmp_path: Path
) -> None:
    who = f"held by process {holder.pid} on .* since 20"

    with (
        pytest.warns(Notice, match=f"waiting for .*lock, {who}"),
        pytest.raises(LockError, match=rf"{who}.*longer than --lock-timeout 0\.1 s"),
        lock_timeout(0.1),
        locked(tmp_path / "lock"),
    ):
        pass


def test_a_killed_holder_holds_nobody_up(holder: multiprocessing.Process, tmp_path: Path) -> None:
    holder.kill()
    holder.join()

    with lock_timeout(0), locked(tmp_path / "lock"):
        held = (tmp_path / "lock").read_text()

    assert f'"pid": {os.getpid()}' in held


def bind(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


@pytest.mark.parametrize(
    "put", [Path.mkdir, os.mkfifo, bind, lambda path: path.symlink_to("/dev/null")]
)
def test_what_is_no_file_in_place_of_a_lock_is_refused(
    put: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # names of sockets are short
    put(Path("lock"))

    with pytest.raises(LockError, match="must be a plain file, got "), locked(Path("lock")):
        pass


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.ENOTSUP, errno.ENOLCK])
def test_a_disk_without_locks_is_refused_not_locked_softly(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)

    with pytest.raises(LockError, match="this disk has no file locks"), locked(tmp_path / "lock"):
        pass
