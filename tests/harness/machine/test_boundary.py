import decimal
import gc
import io
import locale
import logging
import os
import random
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress

import numpy as np
import pytest
import torch

from harness.errors import CacheError, PluginError, SettingError
from harness.machine.boundary import Boundary, boundary_of, import_code
from harness.machine.deadline import Deadline, time_limited
from harness.machine.global_state import read_state, restore_state
from harness.machine.signals import TerminatedError, signals_held_back, termination_raised


@pytest.fixture(autouse=True)
def state_put_back() -> Iterator[None]:
    """Whatever a test leaves changed is put back."""
    before = read_state()
    yield
    restore_state(before, read_state())


def swallow(number: int) -> None:
    """Do as code that stops for nobody."""
    with suppress(BaseException):
        signal.raise_signal(number)


@pytest.mark.parametrize("work", [swallow, signal.raise_signal])
def test_ctrl_c_ends_the_run_even_if_the_plug_in_swallows_it(work: Callable[[int], None]) -> None:
    with pytest.raises(KeyboardInterrupt):
        Boundary().call("x failed", lambda: work(signal.SIGINT))


@pytest.mark.parametrize("work", [swallow, signal.raise_signal])
def test_sigterm_ends_the_run_even_if_the_plug_in_swallows_it(
    work: Callable[[int], None],
) -> None:
    with termination_raised(), pytest.raises(TerminatedError):
        Boundary().call("x failed", lambda: work(signal.SIGTERM))


def test_a_signal_that_is_held_back_is_obeyed_once_by_who_holds_it() -> None:
    done = []

    def train() -> None:
        with signals_held_back() as held:
            Boundary().call("dev score failed", lambda: signal.raise_signal(signal.SIGINT))
            done.append(held.is_due)

    with pytest.raises(KeyboardInterrupt):
        Boundary().call_unlimited("x failed in fit", train)

    assert done == [True]


def test_an_interrupt_that_no_signal_raised_is_the_plug_in_s() -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(PluginError, match=r"^x failed: KeyboardInterrupt$"):
        Boundary().call("x failed", interrupt)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (SettingError("layers must be 1, got 2"), "layers must be 1, got 2"),
        (SettingError("two\nlines"), "x failed: SettingError: two"),
        (CacheError("disk full"), "x failed: CacheError: disk full"),
        (ValueError(), "x failed: ValueError"),
    ],
)
def test_only_a_line_for_users_stays_as_it_is(error: Exception, expected: str) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(Exception, match=f"^{expected}$"):
        Boundary().call("x failed", fail)


def test_training_may_say_that_the_disk_refuses_vectors() -> None:
    def fit() -> None:
        raise CacheError("disk full")

    with pytest.raises(CacheError, match=r"^disk full$"):
        Boundary().call_unlimited("x failed in fit", fit, CacheError)


CHANGES: dict[str, Callable[[], object]] = {
    "working folder": lambda: os.chdir("/"),
    "umask": lambda: os.umask(0o007),
    "environment": lambda: os.environ.update(HARNESS_DATA="nowhere"),
    "import path": lambda: sys.path.append("nowhere"),
    "recursion limit": lambda: sys.setrecursionlimit(5000),
    "locale": lambda: locale.setlocale(locale.LC_CTYPE, "C"),
    "warnings filters": lambda: warnings.simplefilter("ignore"),
    "logging": lambda: logging.getLogger().setLevel(1),
    "draws of random": random.random,
    "numpy's errors": lambda: np.seterr(divide="raise"),
    "numpy's print options": lambda: np.set_printoptions(precision=2),
    "numpy's draws": np.random.rand,
    "fast path of attention": lambda: torch.backends.mha.set_fastpath_enabled(False),
    "autocast dtype cpu": lambda: torch.set_autocast_dtype("cpu", torch.float16),
    "numpy's buffer": lambda: np.setbufsize(16384),
    "precision of decimals": lambda: setattr(decimal.getcontext(), "prec", 3),
    "garbage collection": gc.disable,
    "default dtype": lambda: torch.set_default_dtype(torch.float64),
    "default device": lambda: torch.set_default_device("meta"),
    "matmul precision": lambda: torch.set_float32_matmul_precision("medium"),
    "backends mkldnn enabled": lambda: setattr(torch.backends.mkldnn, "enabled", False),
    "attention flash": lambda: torch.backends.cuda.enable_flash_sdp(enabled=False),
    "determinism": lambda: torch.use_deterministic_algorithms(mode=True),
    "threads": lambda: torch.set_num_threads(torch.get_num_threads() + 1),
    "gradients": lambda: torch.set_grad_enabled(mode=False),
    "autocast cpu": lambda: torch.set_autocast_enabled("cpu", True),
    "tiny numbers are zero": lambda: torch.set_flush_denormal(True),
    "torch's draws": lambda: torch.rand(1),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_a_call_changes_is_put_back_and_there_again_in_the_next(
    name: str,
) -> None:
    boundary, before = Boundary(), read_state()

    left = boundary.call("x failed", lambda: (CHANGES[name](), read_state()[name])[1])
    between = read_state()
    found = boundary.call("x failed", lambda: read_state()[name])

    assert left != before[name]
    assert found == left
    assert between == before


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("signal handlers", lambda: signal.signal(signal.SIGUSR1, signal.SIG_IGN)),
        ("alarm", lambda: signal.alarm(1000)),
        ("standard error", lambda: setattr(sys, "stderr", io.StringIO())),
    ],
)
def test_no_call_keeps_signals_or_streams(name: str, change: Callable[[], object]) -> None:
    boundary, before = Boundary(), read_state()

    boundary.call("x failed", change)
    found = boundary.call("x failed", read_state)[name]

    assert read_state() == before
    if name == "signal handlers":
        assert found[signal.SIGUSR1] == before[name][signal.SIGUSR1]
    else:
        assert found == before[name]


def test_calls_begin_with_what_the_import_left_and_other_plug_ins_do_not() -> None:
    import_code("mine 1", "mine", "x failed", lambda: torch.set_default_dtype(torch.float64))

    dtypes = [
        boundary_of("mine 1", module).call("x failed", torch.get_default_dtype)
        for module in ("mine", "other")
    ]

    assert dtypes == [torch.float64, torch.float32]
    assert torch.get_default_dtype() == torch.float32


def test_variables_that_the_user_sets_between_calls_are_there_in_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    boundary = Boundary()
    boundary.call("x failed", lambda: os.environ.update(OF_PLUGIN="1"))
    monkeypatch.setenv("OF_USER", "2")

    found = boundary.call(
        "x failed", lambda: [os.environ[name] for name in ("OF_PLUGIN", "OF_USER")]
    )

    assert found == ["1", "2"]


def test_the_limit_holds_for_each_call_and_not_for_training() -> None:
    def hang() -> None:
        while True:
            pass

    with time_limited(0.05):
        with pytest.raises(PluginError, match=r"^x failed: it took longer than 0\.05 s: raise --"):
            Boundary().call("x failed", hang)
        assert Boundary().call_unlimited("x failed in fit", lambda: 3) == 3


def test_what_is_given_up_while_errors_are_held_back_lets_them_go(
    capfd: pytest.CaptureFixture[str],
) -> None:
    from threading import Event

    from harness.machine.held_errors import HeldErrors

    stuck = Event()

    def hang() -> None:
        with HeldErrors():
            os.write(2, b"held ")
            stuck.wait()

    with Deadline("x", 0.1) as deadline, pytest.raises(PluginError):
        deadline.run(hang)
    os.write(2, b"later")

    assert capfd.readouterr().err == "held later"
    stuck.set()
