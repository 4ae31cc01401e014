"""Locks on the command line: whoever waits reads for whom, standard output stays clean."""

import errno
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.cli.main import main
from harness.results import locks

HOLDER = {"host": "elsewhere", "pid": 42, "since": "2026-01-02T03:04:05+00:00"}
HELD = "held by process 42 on elsewhere since 2026-01-02T03:04:05+00:00"
SCORED = "eval bow --tasks stsb-dev --data sample --no-cache --out runs --format json"
COMMANDS = {
    "records": SCORED,
    "vectors": "encode mean --model MODEL --device cpu --format jsonl",
    "checkpoints": "train whitening --model MODEL --device cpu --data sample",
    "downloads": "data fetch sts --accept-licences --data data",
}


def run(command: str, model: Path, *more: str) -> Result:
    words = [str(model) if word == "MODEL" else word for word in command.split()]
    return CliRunner().invoke(main, [*words, *more], input="a\nb\n")


@contextmanager
def held(path: Path) -> Iterator[int]:
    """Hold a lock as another process does; yield its handle."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_text(json.dumps(HOLDER))
    with path.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


def lock_of(what: str, model: Path, cache: Path) -> Path:
    """Return the lock that a command takes, where its name is a key after a first run."""
    if what == "records":
        return Path("runs/.lock")
    if what == "downloads":
        return Path("data/.downloads/lock")
    run(COMMANDS[what], model)
    (lock,) = cache.rglob("lock") if what == "vectors" else Path("runs").rglob("*.lock")
    return lock


@pytest.fixture
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a fetch begin; what it waits for comes before any download."""
    monkeypatch.delenv("HF_HUB_OFFLINE")


@pytest.mark.usefixtures("online")
@pytest.mark.parametrize("what", COMMANDS)
def test_a_wait_says_for_whom_and_ends_at_the_limit_in_one_line(
    what: str, tiny_bert: Path, tmp_path: Path
) -> None:
    lock = lock_of(what, tiny_bert, tmp_path / "cache")

    with held(lock):
        result = run(COMMANDS[what], tiny_bert, "--lock-timeout", "0.01")

    notice, error = result.stderr.splitlines()[-2:]
    assert result.exit_code == 1
    assert notice.startswith("Note: waiting for ")
    assert notice.endswith(f"{lock.name}, {HELD}")
    assert f"{HELD}, longer than --lock-timeout 0.01 s" in error
    assert "free some space" not in error
    assert "--debug" not in error


def test_a_record_that_another_run_measures_for_too_long_stops_no_other(tiny_bert: Path) -> None:
    command = "eval bow --tasks mr,stsb-dev --data sample --no-cache --out runs"
    run(command, tiny_bert)
    (lock,) = Path("runs/.locks").glob("bow-mr-*.lock")

    with held(lock):
        result = run(command, tiny_bert, "--lock-timeout", "0.01")

    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith("Error: bow on mr: ")
    assert HELD in result.stderr
    assert "STS-B dev" in result.stdout


def test_a_wait_that_ends_leaves_standard_output_to_the_scores(
    tiny_bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "_PATIENCE_SECONDS", 0.01)
    notify = locks.notify

    with held(Path("runs/.lock")) as handle:

        def notify_and_let_go(message: str) -> None:
            notify(message)
            fcntl.flock(handle, fcntl.LOCK_UN)

        monkeypatch.setattr(locks, "notify", notify_and_let_go)
        result = run(SCORED, tiny_bert)

    assert result.exit_code == 0
    assert HELD in result.stderr
    assert "Note" not in result.stdout
    assert json.loads(result.stdout)


@pytest.mark.usefixtures("online")
@pytest.mark.parametrize("number", [errno.ENOSYS, errno.ENOTSUP, errno.ENOLCK])
@pytest.mark.parametrize("what", COMMANDS)
def test_a_disk_without_locks_is_refused_in_one_line(
    what: str, number: int, tiny_bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)

    result = run(COMMANDS[what], tiny_bert)

    (line,) = [line for line in result.stderr.splitlines() if line.startswith("Error")]
    assert result.exit_code == 1
    assert "cannot be locked: this disk has no file locks (flock)" in line
    assert "--debug" not in line
    assert "free some space" not in line
