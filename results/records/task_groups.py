"""Which tasks several encoders can be compared on, family by family."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.results.families import AVERAGED
from harness.results.records.record import Record


@dataclass(frozen=True)
class TaskGroup:
    """Tasks of one family that some encoders were all scored on.

    Attributes:
        family: Of the tasks.
        encoders: By name.
        tasks: As records call them; none if the encoders share none.
        left_out: What is not compared, and why, a line each.
    """

    family: str
    encoders: tuple[str, ...]
    tasks: tuple[str, ...]
    left_out: tuple[str, ...] = ()


def task_groups(named: Mapping[str, Sequence[Record]], *, keep_all: bool) -> list[TaskGroup]:
    """Return a group per family on which two encoders or more can be compared.

    If not all encoders have the same tasks, those encoders are taken that share the most results.

    Args:
        named: Records by encoder.
        keep_all: Whether no encoder may be left out: the tasks of a group are those of all.
    """
    families = dict.fromkeys(r.family for records in named.values() for r in records)
    groups = []
    for family in sorted(families, key=lambda family: (family not in AVERAGED, family)):
        scored = {
            name: dict.fromkeys(r.task for r in records if r.family == family)
            for name, records in named.items()
        }
        scored = {name: tasks for name, tasks in scored.items() if tasks or keep_all}
        every = list(dict.fromkeys(task for tasks in scored.values() for task in tasks))
        candidates = [every] if keep_all else [list(tasks) for tasks in scored.values()]
        groups += _largest(family, scored, candidates, keep_all=keep_all)
    return groups


def _largest(
    family: str,
    scored: Mapping[str, Mapping[str, None]],
    candidates: Sequence[Sequence[str]],
    *,
    keep_all: bool,
) -> list[TaskGroup]:
    """Return the group with the most results; none if no two encoders share a task."""
    best: tuple[list[str], list[str]] = [], []
    for candidate in candidates:
        names = [n for n, tasks in scored.items() if keep_all or tasks.keys() >= set(candidate)]
        tasks = [task for task in candidate if all(task in scored[name] for name in names)]
        if len(names) > 1 and len(names) * len(tasks) > len(best[0]) * len(best[1]):
            best = names, tasks
    names, tasks = (list(scored), best[1]) if keep_all else best
    left_out = [
        f"{task}: no record of {', '.join(missing)}"
        for task in dict.fromkeys(task for name in names for task in scored[name])
        if task not in tasks and (missing := [n for n in names if task not in scored[n]])
    ]
    left_out += [
        f"{name}: no record on {', '.join(task for task in tasks if task not in scored[name])}"
        for name in scored
        if names and name not in names
    ]
    if not tasks and not left_out:
        return []
    return [TaskGroup(family, tuple(names), tuple(tasks), tuple(left_out))]


def by_family(matched: Mapping[str, Sequence[Record]]) -> list[dict[str, list[Record]]]:
    """Return the records of each family of tasks, by encoder."""
    families = dict.fromkeys(r.family for records in matched.values() for r in records)
    return [
        {name: [r for r in records if r.family == family] for name, records in matched.items()}
        for family in families
    ]
