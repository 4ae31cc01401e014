"""Progress on the terminal's error stream; silent when that is no terminal."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from harness.encoding import OnProgress

_LABEL = 32  # characters; several encoders in one pass have a long one


@contextmanager
def progress_bars() -> Iterator[OnProgress]:
    """Yield a function that shows how far each labelled piece of work is."""
    console = Console(stderr=True)
    bars = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    shown: dict[str, TaskID] = {}

    def show(label: str, done: int, total: int) -> None:
        if label not in shown:
            short = label if len(label) <= _LABEL else f"{label[: _LABEL - 1]}…"
            shown[label] = bars.add_task(short, total=total)
        bars.update(shown[label], completed=done, total=total)

    with bars:
        yield show
