"""Metrics that tasks measure, as far as their families tell."""

from collections.abc import Sequence

from harness.errors import SettingError
from harness.planning.planned_encoders import expand_suites
from harness.plugins import registry
from harness.results.families import FAMILY_METRICS


def refuse_metric(metric: str, tasks: Sequence[str]) -> None:
    """Refuse a metric that none of these tasks measures; one of a family of its own may.

    Args:
        metric: Name of a metric.
        tasks: Tasks or suites.

    Raises:
        SettingError: If the families of all tasks are known, and none has the metric.
        UnknownNameError: If a name is neither a task nor a suite.
    """
    families = {registry.tasks.load(name).factory.family for name in expand_suites(tasks)}
    if not families or families - set(FAMILY_METRICS):
        return
    measured = sorted({name for family in families for name in FAMILY_METRICS[family]})
    if metric not in measured:
        raise SettingError(f"metric of these tasks must be {', '.join(measured)}, got {metric!r}")
