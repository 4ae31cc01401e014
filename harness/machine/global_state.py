"""What one process has once for all code in it: read, compared and put back.

A line of the tables below for each piece. What reads as before is not written.
"""

import decimal
import gc
import locale
import logging
import os
import random
import signal
import sys
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache, partial
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

import numpy as np

State: TypeAlias = dict[str, Any]
"""Values by the name of their setting."""


_HANDLED = [
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGALRM", "SIGPIPE", "SIGCHLD", "SIGUSR1")
    if hasattr(signal, name)
]


class _Setting(NamedTuple):
    """How one piece is read, as a value that can be compared, and written."""

    read: Callable[[], Any]
    write: Callable[[Any], object]


NEVER_OWN = frozenset({"standard error", "signal handlers", "alarm"})
"""What no plug-in keeps, not for its own calls either."""


def computes_otherwise(values: Mapping[str, Any]) -> bool:
    """Whether torch computes other numbers with these values than without them."""
    return "torch" in sys.modules and not values.keys().isdisjoint(_torch_settings())


def read_state() -> State:
    """Return all settings as they are; torch's only where it is imported."""
    return {name: _read(setting) for name, setting in _settings().items()}


def changes(before: State, after: State) -> State:
    """Return what differs, as `write_state` takes it."""
    changed = {name: value for name, value in after.items() if before.get(name, value) != value}
    if "environment" in changed:
        changed["environment"] = _changed_variables(before["environment"], after["environment"])
    return changed


def restore_state(before: State, after: State) -> None:
    """Put back what has changed since `before` was read.

    Raises:
        OSError: If the working folder is no longer there.
    """
    changed = changes(after, before)
    if changed:  # in full, since some settings set others too
        write_state({**before, **changed})


def write_state(values: Mapping[str, Any]) -> None:
    """Write what differs from these values.

    Raises:
        OSError: If the working folder is no longer there.
    """
    for name, setting in _settings().items():
        value = values.get(name)
        if value is not None and _read(setting) != value:
            setting.write(value)


def _read(setting: _Setting) -> Any:  # noqa: ANN401 - each has a type of its own
    """Read a setting; None where torch cannot say, since parts of it contradict each other."""
    with suppress(RuntimeError, OSError):
        return setting.read()
    return None


def _settings() -> Mapping[str, _Setting]:
    has_torch = "torch" in sys.modules
    return {**_PYTHON, **_torch_settings(), **_torch_draws()} if has_torch else _PYTHON


def _changed_variables(
    before: Mapping[str, str], after: Mapping[str, str]
) -> dict[str, str | None]:
    names = {*before, *after}
    return {name: after.get(name) for name in names if before.get(name) != after.get(name)}


def _write_variables(values: Mapping[str, str | None]) -> None:
    """Set the variables of the environment that differ, and remove those that are None."""
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _read_umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _write_filters(filters: list[Any]) -> None:
    warnings.filters[:] = filters  # type: ignore[index] # a list, whatever its stub says
    with warnings.catch_warnings():  # makes Python look at the filters anew
        pass


def _read_logging() -> tuple[Any, ...]:
    root = logging.getLogger()
    return root.level, tuple(root.handlers), root.manager.disable


def _write_logging(value: tuple[Any, ...]) -> None:
    root = logging.getLogger()
    level, handlers, disable = value
    root.setLevel(level)
    root.handlers[:] = handlers
    logging.disable(disable)


def _write_handlers(handlers: Mapping[int, Any]) -> None:
    """Set the handlers of signals that differ, where the thread may."""
    for number, handler in handlers.items():
        if handler is not None and signal.getsignal(number) != handler:
            with suppress(ValueError, OSError):  # not in the main thread, or not ours to take
                signal.signal(number, handler)


def _read_numpy_draws() -> tuple[Any, ...]:
    name, keys, *others = np.random.get_state()  # noqa: NPY002 - the one that all code shares
    return name, np.asarray(keys).tobytes(), *others


def _write_numpy_draws(value: tuple[Any, ...]) -> None:
    name, keys, *others = value
    np.random.set_state((name, np.frombuffer(keys, np.uint32), *others))  # noqa: NPY002


_PYTHON = MappingProxyType(
    {
        "working folder": _Setting(os.getcwd, os.chdir),
        "umask": _Setting(_read_umask, os.umask),
        "environment": _Setting(os.environ.copy, _write_variables),
        "import path": _Setting(
            lambda: list(sys.path), lambda value: sys.path.__setitem__(slice(None), value)
        ),
        "recursion limit": _Setting(sys.getrecursionlimit, sys.setrecursionlimit),
        "locale": _Setting(
            lambda: locale.setlocale(locale.LC_ALL), partial(locale.setlocale, locale.LC_ALL)
        ),
        "warnings filters": _Setting(lambda: list(warnings.filters), _write_filters),
        "warnings shown by": _Setting(
            lambda: warnings.showwarning, partial(setattr, warnings, "showwarning")
        ),
        "logging": _Setting(_read_logging, _write_logging),
        "standard error": _Setting(lambda: sys.stderr, partial(setattr, sys, "stderr")),
        "signal handlers": _Setting(
            lambda: {number: signal.getsignal(number) for number in _HANDLED},
            _write_handlers,
        ),
        "draws of random": _Setting(random.getstate, random.setstate),
        "numpy's errors": _Setting(np.geterr, lambda value: np.seterr(**value)),
        "numpy's buffer": _Setting(np.getbufsize, np.setbufsize),
        "precision of decimals": _Setting(
            lambda: decimal.getcontext().prec,
            lambda value: setattr(decimal.getcontext(), "prec", value),
        ),
        "garbage collection": _Setting(
            gc.isenabled, lambda value: gc.enable() if value else gc.disable()
        ),
        "numpy's print options": _Setting(
            np.get_printoptions, lambda value: np.set_printoptions(**value)
        ),
        "numpy's draws": _Setting(_read_numpy_draws, _write_numpy_draws),
    }
    | (
        {
            "alarm": _Setting(
                lambda: signal.getitimer(signal.ITIMER_REAL) != (0.0, 0.0),
                lambda value: value or signal.setitimer(signal.ITIMER_REAL, 0),
            )
        }
        if hasattr(signal, "setitimer")
        else {}
    )
)


@cache
def _torch_settings() -> Mapping[str, _Setting]:
    import torch  # deferred: it is read only once it is imported

    backends = torch.backends
    precisions = {
        "": backends,
        "cuda.matmul": backends.cuda.matmul,
        "cudnn": backends.cudnn,
        "cudnn.conv": getattr(backends.cudnn, "conv", None),
        "cudnn.rnn": getattr(backends.cudnn, "rnn", None),
        "mkldnn": backends.mkldnn,
        "mkldnn.matmul": getattr(backends.mkldnn, "matmul", None),
        "mkldnn.conv": getattr(backends.mkldnn, "conv", None),
        "mkldnn.rnn": getattr(backends.mkldnn, "rnn", None),
    }
    owners: list[tuple[str, Any, str]] = [
        *((name, owner, "fp32_precision") for name, owner in precisions.items()),
        ("cudnn", backends.cudnn, "enabled"),
        ("cudnn", backends.cudnn, "benchmark"),
        ("cudnn", backends.cudnn, "deterministic"),
        ("mkldnn", backends.mkldnn, "enabled"),
        ("mkldnn", backends.mkldnn, "deterministic"),
        ("opt_einsum", backends.opt_einsum, "enabled"),
        ("opt_einsum", backends.opt_einsum, "strategy"),
        ("cuda.matmul", backends.cuda.matmul, "allow_fp16_reduced_precision_reduction"),
        ("cuda.matmul", backends.cuda.matmul, "allow_bf16_reduced_precision_reduction"),
    ]
    if not hasattr(backends, "fp32_precision"):  # before torch 2.9
        owners += [("cuda.matmul", backends.cuda.matmul, "allow_tf32")]
        owners += [("cudnn", backends.cudnn, "allow_tf32")]
    return MappingProxyType(
        {
            "default dtype": _Setting(torch.get_default_dtype, torch.set_default_dtype),
            "default device": _Setting(
                torch.get_default_device,
                lambda value: torch.set_default_device(None if value.type == "cpu" else value),
            ),
            "matmul precision": _Setting(  # before those of the backends, which it sets
                torch.get_float32_matmul_precision, torch.set_float32_matmul_precision
            ),
            **{
                f"backends {name} {attribute}": _Setting(
                    partial(getattr, owner, attribute), partial(setattr, owner, attribute)
                )
                for name, owner, attribute in owners
                if hasattr(owner, attribute)
            },
            **{
                f"attention {name}": _Setting(
                    getattr(backends.cuda, f"{name}_sdp_enabled"),
                    getattr(backends.cuda, f"enable_{name}_sdp"),
                )
                for name in ("flash", "mem_efficient", "math", "cudnn")
            },
            "determinism": _Setting(
                torch.get_deterministic_debug_mode, torch.set_deterministic_debug_mode
            ),
            "threads": _Setting(torch.get_num_threads, torch.set_num_threads),
            "gradients": _Setting(torch.is_grad_enabled, torch.set_grad_enabled),
            "anomalies": _Setting(torch.is_anomaly_enabled, torch.set_anomaly_enabled),
            "fast path of attention": _Setting(
                backends.mha.get_fastpath_enabled, backends.mha.set_fastpath_enabled
            ),
            **{
                f"autocast dtype {device}": _Setting(
                    partial(torch.get_autocast_dtype, device),
                    partial(torch.set_autocast_dtype, device),
                )
                for device in ("cpu", "cuda")
            },
            **{
                f"autocast {device}": _Setting(
                    partial(torch.is_autocast_enabled, device),
                    partial(torch.set_autocast_enabled, device),
                )
                for device in ("cpu", "cuda")
            },
            "tiny numbers are zero": _Setting(
                lambda: sys.float_info.min / 2 == 0, torch.set_flush_denormal
            ),
        }
    )


@cache
def _torch_draws() -> Mapping[str, _Setting]:
    import torch  # deferred: as above

    return {
        "torch's draws": _Setting(
            lambda: torch.get_rng_state().numpy().tobytes(),
            lambda value: torch.set_rng_state(_as_tensor(value)),
        ),
        "torch's draws on GPUs": _Setting(_read_gpu_draws, _write_gpu_draws),
    }


def _as_tensor(value: bytes) -> Any:  # noqa: ANN401 - its type would import torch
    import torch  # deferred: as above

    return torch.frombuffer(bytearray(value), dtype=torch.uint8)


def _read_gpu_draws() -> tuple[bytes, ...]:
    import torch  # deferred: as above

    states = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []
    return tuple(state.numpy().tobytes() for state in states)


def _write_gpu_draws(value: tuple[bytes, ...]) -> None:
    import torch  # deferred: as above

    if value:
        torch.cuda.set_rng_state_all([_as_tensor(each) for each in value])
