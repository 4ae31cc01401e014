"""Tasks of stored records: those of plug-ins and own files too, whose code need not be there."""

from collections.abc import Sequence

from harness.planning.asked_tasks import expand_suites
from harness.planning.task_names import registered_name
from harness.plugins import registry
from harness.plugins.typed_names import find_name
from harness.results.records.record import Record


def recorded_tasks(names: Sequence[str], records: Sequence[Record]) -> list[str]:
    """Return the tasks that names mean, each once.

    Args:
        names: What records call a task, in any case; or tasks and suites that are registered.
        records: All there are.

    Raises:
        UnknownNameError: If a name is none of these.
    """
    there = {record.task for record in records}
    titles = {record.title: record.task for record in records}
    found: list[str] = []
    for name in names:
        if name in there and name not in registry.suites.names():
            found.append(name)
        elif registered_name(name) is not None:
            found += expand_suites([name])
        elif (recorded := find_name(name, there, titles)) is not None:
            found.append(recorded)
        else:
            known = {*registry.tasks.names(), *registry.suites.names(), *there}
            raise registry.unknown_plugin("task", name, sorted(known))
    return list(dict.fromkeys(found))
