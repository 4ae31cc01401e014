"""The last line of a command: what was done, how long it took, and what to run next."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import monotonic

import click

from harness.cli.terminal.console import ShownConsole
from harness.cli.terminal.progress_text import time_text
from harness.results.families import AVERAGED
from harness.results.records.record import Record
from harness.results.records.store import DEFAULT_FOLDER

_FEW = 4  # encoders that a command still names


class Stopwatch:
    """Counts the time of a command from when it is made."""

    def __init__(self) -> None:
        self._began = monotonic()

    def __str__(self) -> str:
        """Return the time so far, such as ``1:52``."""
        return time_text(monotonic() - self._began)


def print_ending(done: str, following: Sequence[str]) -> None:
    """Print the last line on the error stream of a terminal: it is for people, not for scripts.

    Args:
        done: What was done, and in what time.
        following: Words of the command to run next; none for no advice.
    """
    if not ShownConsole(stderr=True).is_terminal:
        return
    advice = f"; next: {shlex.join(following)}" if following else ""
    click.echo(f"{done}{advice}", err=True)


def after_evaluation(
    records: Sequence[Record], folder: Path, options: Mapping[str, str]
) -> list[str]:
    """Return the command that shows what an evaluation found.

    That is a comparison of the encoders where there are several, otherwise the report.

    Args:
        records: What the evaluation found.
        folder: Where the records are.
        options: Given on the command line, and needed to find the same records: by name.
    """
    encoders = list(dict.fromkeys(record.encoder for record in records))
    tasks = _shared_tasks(records, encoders)
    if len(encoders) < 2 or not tasks:  # noqa: PLR2004 - a comparison needs two
        place = [] if folder == DEFAULT_FOLDER else [str(folder)]
        return ["harness", "report", *place, "--format", "html"]
    words = ["harness", "compare", *(encoders if len(encoders) <= _FEW else [])]
    words += ["--tasks", ",".join(tasks)]
    for name, value in options.items():
        words += [f"--{name}", value]
    return words if folder == DEFAULT_FOLDER else [*words, "--out", str(folder)]


def _shared_tasks(records: Sequence[Record], encoders: Sequence[str]) -> list[str]:
    """Return the tasks of the first record's family that all encoders are scored on.

    A suite's name stands for the tasks of an average.
    """
    family = records[0].family if records else ""
    scored: dict[str, set[str]] = {}
    for record in records:
        if record.family == family:
            scored.setdefault(record.task, set()).add(record.encoder)
    shared = [task for task, by in scored.items() if by == {*encoders}]
    return [family] if {*shared} == {*AVERAGED.get(family, ())} else shared


def folder_text(folder: Path) -> str:
    """Write a folder so that it is seen to be one: ``runs/``."""
    return f"{str(folder).rstrip('/')}/"


def counted(number: int, what: str) -> str:
    """Write a number of things: ``1 record``, ``9 records``."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
