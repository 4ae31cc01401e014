"""What heads the columns of tasks: their titles, told apart where two tasks have the same."""

from collections import Counter
from collections.abc import Iterable

from harness.results.families import AVERAGE
from harness.results.records.record import Record


def task_heads(records: Iterable[Record]) -> dict[str, str]:
    """Return the head of each task's column, by the task's name, no two alike.

    A task has its title; two tasks of one title, or one that is called as the average is, have
    their names behind it.
    """
    titles = {record.task: record.title for record in records}
    counts = Counter([AVERAGE, *titles.values()])
    named = {task: f"{title} ({task})" for task, title in titles.items()}
    heads = {task: title if counts[title] == 1 else named[task] for task, title in titles.items()}
    return heads if len(set(heads.values())) == len(heads) else named
