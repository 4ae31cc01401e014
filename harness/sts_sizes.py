"""How large the STS data sets are, as Table 1 of ConSERT tells it."""

from collections.abc import Sequence

from harness import registry
from harness.data import DataFolder
from harness.planning import PlannedTask, plan_tasks
from results.tables import Table

_ROWS = ("train samples", "valid samples", "test samples", "unlabeled texts")


def sts_sizes(tasks: Sequence[str], data: DataFolder) -> Table:
    """Count each task's pairs with a gold score by part, and the sentences of all its pairs.

    Args:
        tasks: STS tasks or suites. A task of several parts is one whose regressor is trained too:
            ``stsb-test`` with ``stsb-trained``.
        data: Where their files lie.

    Raises:
        HarnessError: If a task is unknown, or a file is absent or damaged.
    """
    planned = plan_tasks(tasks, data, {})
    counts = [_count(task, data) for task in planned]
    return Table(
        title=f"STS data sets: pairs and sentences{', SAMPLE DATA' if data.is_sample else ''}",
        columns=("", *(task.definition.title for task in planned), "total"),
        rows=tuple(
            (name, *map(str, numbers), str(sum(numbers)))
            for name, numbers in zip(_ROWS, zip(*counts, strict=True), strict=True)
        ),
    )


def _count(planned: PlannedTask, data: DataFolder) -> tuple[int, int, int, int]:
    """Return the pairs to train on, to validate on and to test on, and the sentences of all."""
    trained = f"{planned.name.removesuffix('-test')}-trained"
    if trained in registry.tasks.names():
        (parts,) = plan_tasks([trained], data, {})
        train, valid, test = (file.rows for file in parts.task.files)
        return train, valid, test, 2 * (train + valid + test)
    written = sum(file.rows for file in planned.task.files if ".input." in file.name)
    return 0, 0, len(planned.task.sentences) // 2, 2 * written
