"""How large the STS data sets are, as Table 1 of ConSERT reports it."""

from collections.abc import Sequence

from harness.data import DataFolder
from harness.errors import HarnessError
from harness.planning.planned_tasks import PlannedTask, plan_tasks
from harness.results.tables.table import Table
from harness.task import StsSizes, task_hooks

_ROWS = ("train samples", "valid samples", "test samples", "unlabeled texts")


def sts_sizes(tasks: Sequence[str], data: DataFolder) -> Table:
    """Count each task's pairs with a gold score by part, and the sentences of all its pairs.

    Args:
        tasks: STS tasks or suites. ``stsb-test`` and ``sickr-test`` stand for their data sets'
            training and validation parts too.
        data: Where their files lie.

    Raises:
        HarnessError: If a task is unknown or has no sizes, or a file is absent or damaged.
    """
    planned = plan_tasks(tasks, data, {})
    counts = [_count(task, data) for task in planned]
    return Table(
        title=f"STS data sets: pairs and sentences{', SAMPLE DATA' if data.is_sample else ''}",
        columns=("", *(task.title for task in planned), "total"),
        rows=tuple(
            (name, *map(str, numbers), str(sum(numbers)))
            for name, numbers in zip(_ROWS, zip(*counts, strict=True), strict=True)
        ),
    )


def _count(planned: PlannedTask, data: DataFolder) -> StsSizes:
    sizes = planned.boundary.call(
        f"task {planned.name!r} cannot be counted",
        lambda: task_hooks(planned.definition).sizes(data),
    )
    if sizes is None:
        raise HarnessError(f"tasks to be counted must be STS tasks, got {planned.name!r}")
    return sizes
