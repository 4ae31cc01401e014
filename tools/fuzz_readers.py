"""Fuzz every reader of files, guided by coverage, with atheris (pip install atheris).

    python tools/fuzz_readers.py --seconds 600

A reader may refuse a file with a HarnessError, in one line; anything else it raises, a hang, or a
row that it loses without a word is a fault. Prints the executions of each reader and its faults.
The test suite gives the same readers files that hypothesis made.
"""

import argparse
import gc
import os
import re
import sys
import tempfile
import traceback
from pathlib import Path
from types import FunctionType

from file_readers import READERS

_INSTRUMENTED = {"tasks", "results", "harness", "encoders", "gzip", "zipfile", "tarfile"}


def instrument() -> None:
    """Let the fuzzer see which lines of the readers, and of what they parse with, are reached."""
    import atheris  # no dependency of the project

    for function in gc.get_objects():
        if isinstance(function, FunctionType):
            package = (function.__module__ or "").partition(".")[0]
            if package in _INSTRUMENTED:
                atheris.instrument_func(function)


def fuzz(name: str, seconds: float, folder: Path) -> None:
    """Fuzz one reader; the process ends with it."""
    import atheris

    reader, corpus, place = READERS[name], folder / "corpus", folder / "files"
    corpus.mkdir(parents=True)
    for number, seed in enumerate(reader.seeds):
        (corpus / str(number)).write_bytes(seed)
    options = ["-timeout=10", "-max_len=2048", "-rss_limit_mb=0", "-print_final_stats=1"]
    options += [f"-max_total_time={seconds:.0f}", f"-artifact_prefix={folder}/"]

    def test_one_input(content: bytes) -> None:
        reader.try_on(content, place)

    atheris.Setup([sys.argv[0], *options, str(corpus)], test_one_input)
    atheris.Fuzz()


def main() -> int:
    """Fuzz each reader in a process of its own; print how often it was run, and its faults."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0, help="time in all")
    parser.add_argument("readers", nargs="*", default=list(READERS))
    options = parser.parse_args()
    instrument()
    total = faults = 0
    for name in options.readers:
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder) / "log"
            child = os.fork()
            if child == 0:
                stream = os.open(log, os.O_WRONLY | os.O_CREAT)
                os.dup2(stream, 1)
                os.dup2(stream, 2)
                try:
                    fuzz(name, options.seconds / len(options.readers), Path(folder) / "work")
                finally:  # the folder is the parent's to remove
                    traceback.print_exc()
                    os._exit(1)
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            output = log.read_text("utf-8", "replace")
        runs = int(next(iter(re.findall(r"executed_units: (\d+)", output)), 0))
        total, faults = total + runs, faults + bool(status)
        print(
            f"{name}: {runs} executions, {f'FAULT {status}' if status else 'no fault'}", flush=True
        )
        if status:
            print(output[-3000:], flush=True)
    print(f"{total} executions, {faults} readers with a fault")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
