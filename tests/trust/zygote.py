"""A process that has imported everything, and forks a child for each command it is told to run.

It reads a line of JSON, a list of runs that start together, and answers with a line: the exit
status of each, negative for a signal. A run's hooks say at which call of which function the child
is to be killed, told to end, or refused by the disk.
"""

import errno
import importlib
import json
import os
import resource
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any

FAULTS = "kill", "kill after", "half written", "interrupt", "terminate", "disk full", "count"


def preload(model: str) -> None:
    """Import whatever a command may need; start no thread, which a fork would lose."""
    from transformers import AutoModel, AutoTokenizer, Trainer  # noqa: F401

    import harness.encoding.job
    import harness.evaluation.scoring
    from harness.cli.main import main
    from harness.plugins import registry

    for name in main.list_commands(None):  # type: ignore[arg-type]
        main.get_command(None, name)  # type: ignore[arg-type]
    for plugins in (registry.encoders, registry.tasks, registry.suites, registry.corpora):
        for name in plugins.names():
            plugins.load(name)
    AutoModel.from_pretrained(model)
    AutoTokenizer.from_pretrained(model)
    harness.encoding.job._FLUSH_SECONDS = -1.0  # each batch is kept at once
    harness.evaluation.scoring.git_revision = lambda: (
        "0" * 40
    )  # edited code would never be used again


def serve() -> None:
    """Answer requests until there are no more."""
    for line in sys.stdin:
        runs = json.loads(line)
        sys.stdout.flush()
        children = [(fork(run), run.get("kill after seconds"), time.monotonic()) for run in runs]
        statuses = [wait(*child) for child in children]
        print(json.dumps(statuses), flush=True)  # noqa: T201


def wait(child: int, seconds: float | None, started: float) -> int:
    """Wait for a child, and kill it when its time is over."""
    while seconds is not None and time.monotonic() - started < seconds:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    if seconds is not None:
        os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def fork(run: dict[str, Any]) -> int:
    """Start the command in a child."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        status = command(run)
    except BaseException:  # noqa: BLE001 - the child must not go on as its parent
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def command(run: dict[str, Any]) -> int:
    """Run the command line in the child, and return its exit status."""
    os.chdir(run["cwd"])
    os.environ.update(run["env"])
    signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background it is ignored
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for stream, name in ((1, "stdout"), (2, "stderr")):
        file = os.open(run[name], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(file, stream)
    for name, limit in run["limits"].items():
        resource.setrlimit(getattr(resource, name), tuple(limit))
    for hook in run["hooks"]:
        arm(**hook)
    from harness.cli.main import main

    try:
        main(run["args"])
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    return 0


def arm(target: str, fault: str, call: int = 1, path: str = "") -> None:
    """Make a call of a function, counted from 1, bring a fault; `count` notes each in a file."""
    module, _, names = target.partition(":")
    owner: Any = importlib.import_module(module)
    *parents, last = names.split(".")
    for name in parents:
        owner = getattr(owner, name)
    original, calls = getattr(owner, last), 0

    def faulty(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - whatever it stands for
        nonlocal calls
        calls += 1
        if fault == "count":
            with Path(path).open("ab") as file:
                file.write(b"x")
        elif calls == call:
            strike(fault, arguments)
        result = original(*arguments, **options)
        if calls == call and fault == "kill after":
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, last, faulty)


def strike(fault: str, arguments: tuple[Any, ...]) -> None:
    """Bring a fault before the function is called."""
    if fault == "half written":  # the argument is an open file, as os.fsync takes it
        os.ftruncate(arguments[0], os.fstat(arguments[0]).st_size // 2)
    if fault in {"kill", "half written"}:
        os.kill(os.getpid(), signal.SIGKILL)
    if fault == "interrupt":
        signal.raise_signal(signal.SIGINT)
    if fault == "terminate":
        signal.raise_signal(signal.SIGTERM)
    if fault == "disk full":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if fault == "read-only disk":
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))


if __name__ == "__main__":
    preload(sys.argv[1])
    print("ready", flush=True)  # noqa: T201
    serve()
