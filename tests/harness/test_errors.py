import errno
import os
import pickle
from pathlib import Path

import pytest

from harness.errors import (
    BadDataError,
    HarnessError,
    SettingError,
    UnknownNameError,
    did_you_mean,
    sendable,
    unwritable,
)


class OwnError(SettingError):
    """As a plug-in may define it."""

    def __init__(self, layer: int, *, most: int) -> None:
        super().__init__(f"layer must be at most {most}, got {layer}")
        self.layer = layer


@pytest.mark.parametrize(
    "error",
    [
        HarnessError("plain"),
        BadDataError(Path("x.txt"), 1, "y"),
        UnknownNameError("encoder", "meam", ["mean", "max"]),
        OwnError(9, most=4),
    ],
)
def test_an_error_is_unpickled_as_it_was(error: HarnessError) -> None:
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own

    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)


def test_what_is_sent_of_an_error_needs_no_class_of_a_plug_in() -> None:
    class HiddenError(OwnError):
        """That no other process can import."""

    with pytest.raises((AttributeError, pickle.PicklingError)):
        pickle.dumps(HiddenError(9, most=4))
    sent = pickle.loads(pickle.dumps(sendable(HiddenError(9, most=4))))  # noqa: S301 - our own

    assert type(sent) is SettingError
    assert str(sent) == "layer must be at most 4, got 9"


def test_of_a_foreign_error_one_line_is_sent() -> None:
    sent = sendable(RuntimeError("out of memory\nat 0x1"))

    assert type(sent) is HarnessError
    assert str(sent) == "RuntimeError: out of memory"


@pytest.mark.parametrize(
    ("name", "known", "guess"),
    [
        ("stbs", ["sts", "stsb", "sts12"], "stsb"),
        ("meam", ["max", "mean", "mean-of"], "mean"),
        ("lr", ["layers", "learning_rate", "l"], "learning_rate"),
        ("--lr", ["--help", "--learning-rate"], "--learning-rate"),
        ("--task", ["--tasks", "--task-set"], "--tasks"),
    ],
)
def test_the_likeliest_name_is_guessed(name: str, known: list[str], guess: str) -> None:
    assert did_you_mean(name, iter(known)) == f" Did you mean {guess!r}?"


def test_nothing_is_guessed_of_what_is_like_no_name() -> None:
    assert did_you_mean("xyz", ["mean", "max"]) == ""
    assert did_you_mean("--", ["--help"]) == ""


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(errno.ENOSPC, "x"), "free some space, or use --out; the same command resumes"),
        (OSError(errno.EDQUOT, "x"), "free some space, or use --out; the same command resumes"),
        (OSError(errno.EFBIG, "x"), "allow larger files (ulimit -f), or use --out; the same comm"),
        (OSError(errno.EROFS, "x", "file"), "use --out"),
        (PermissionError(errno.EACCES, "x"), "use --out"),
        (RuntimeError("I/O error: Read-only file system (os error 30)"), "use --out"),
        (RuntimeError("PytorchStreamWriter failed"), "free some space, or use --out; the same co"),
        (OSError("held by process 1"), "use --out"),
    ],
    ids=str,
)
def test_space_is_the_cure_for_a_full_disk_alone(error: Exception, expected: str) -> None:
    line = unwritable("a file cannot be written", error, "use --out")

    what, _, cures = line.partition("): ")
    assert what.startswith("a file cannot be written (")
    assert "Errno" not in what
    assert cures.startswith(expected)
    assert len(cures) == len(expected) or "resumes" in cures


def test_what_the_system_refused_is_reported_in_its_words() -> None:
    assert unwritable("x", OSError(errno.EROFS, "?", "f")) == f"x ({os.strerror(errno.EROFS)})"
    assert unwritable("x", OSError(errno.ENOSPC, "?"), "a", "b").endswith(
        ": free some space, a, or b; the same command resumes"
    )
