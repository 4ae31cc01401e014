"""Refuse metrics and protocols that no task has, before anything is encoded for them."""

from collections.abc import Sequence

from harness.errors import PluginError, SettingError
from harness.planning.asked_tasks import TaskArgument, read_tasks
from harness.plugins import registry
from harness.results.families import FAMILY_METRICS, SPLIT_FAMILIES
from harness.task import task_hooks


def refuse_unmeasured(
    tasks: Sequence[TaskArgument], metrics: Sequence[str], protocols: Sequence[str] = ()
) -> None:
    """Refuse what none of these tasks measures; a plug-in that names no metrics may measure all.

    Args:
        tasks: Names or specs of tasks or suites.
        metrics: Metrics to be shown.
        protocols: Protocols to be shown.

    Raises:
        SettingError: If it is known what all tasks measure, and none has such a score; or a spec
            cannot be read.
        UnknownNameError: If a name is neither a task nor a suite.
    """
    try:
        described = [_describe(spec.name) for spec in read_tasks(tasks)]
    except PluginError:  # planning the tasks reports it
        return
    measured = {metric for _, own in described for metric in own}
    for metric in metrics:
        if metric not in measured and all(own for _, own in described):
            known = ", ".join(sorted(measured))
            raise SettingError(f"metric of these tasks must be {known}, got {metric!r}")
    families = {family for family, _ in described}
    if families - set(FAMILY_METRICS):
        return
    if protocols and not families & set(SPLIT_FAMILIES):
        raise SettingError(
            "protocol must be left out for these tasks, which have no splits to choose it for,"
            f" got {protocols[0]!r}"
        )


def _describe(name: str) -> tuple[str, tuple[str, ...]]:
    """Return a task's family, and what it measures; nothing where that is not known."""
    plugin = registry.tasks.load(name)
    definition = plugin.factory
    family, own = plugin.boundary.call(
        f"task {name!r} failed in its attributes",
        lambda: (definition.family, tuple(task_hooks(definition).metrics)),
    )
    is_ours = plugin.module.partition(".")[0] == "harness"
    return family, own or (FAMILY_METRICS.get(family, ()) if is_ours else ())
