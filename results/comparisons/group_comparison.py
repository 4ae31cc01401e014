"""Compare encoders on several kinds of tasks, each kind by its own metric."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.results.comparisons.grouped import GroupedComparison
from harness.results.comparisons.record_comparison import (
    OnProgress,
    compare_records,
    shared_metric,
)
from harness.results.families import DEFAULT_PROTOCOL
from harness.results.records.matching import Matched, UnlikeRecordsError
from harness.results.records.record import Record
from harness.results.records.task_items import task_items
from harness.results.statistics.kept_comparisons import KeptComparisons
from harness.results.statistics.resampling import Resampling


def compare_groups(
    groups: Sequence[Matched],
    resampling: Resampling,
    *,
    skip: bool = False,
    on_progress: OnProgress | None = None,
    kept: KeptComparisons | None = None,
) -> GroupedComparison:
    """Compare encoders on each group of tasks; tasks without a common metric are groups too.

    Args:
        groups: Records of the tasks of a family each.
        resampling: Metric, protocol, confidence, draws and seed. Where a group has no splits, the
            protocol is of no meaning.
        skip: Whether tasks that cannot be compared are left out, and named.
        on_progress: Receives how many of all draws of a group are scored.
        kept: Comparisons of earlier runs.

    Raises:
        UnlikeRecordsError: If records must not be compared, or nothing is left.
        ValueError: If the draws are too few for any difference, or too many for the memory.
    """
    found: list[tuple[Matched, str]] = []
    left_out: list[str] = []
    for group in groups:
        for part in _by_metric(group, resampling, skip=skip):
            left_out += part.left_out
            if part.matched:
                found.append((part.matched, part.metric))
    if not found:
        raise UnlikeRecordsError(f"nothing can be compared: {'; '.join(left_out)}")
    has_splits = [_has_protocols(matched, metric) for matched, metric in found]
    compared = []
    for (matched, metric), own in zip(found, has_splits, strict=True):
        how = replace(resampling, metric=metric)
        if any(has_splits) and not own:
            how = replace(how, protocol=DEFAULT_PROTOCOL)
        compared.append(compare_records(matched, how, on_progress=on_progress, kept=kept))
    return GroupedComparison(tuple(compared), tuple(left_out))


@dataclass(frozen=True)
class _Part:
    """Records of tasks with one metric; none where nothing can be compared."""

    matched: Matched
    metric: str
    left_out: Sequence[str] = ()


def _by_metric(group: Matched, resampling: Resampling, *, skip: bool) -> Iterator[_Part]:
    """Yield the tasks of a group by the metric that they are compared by."""
    if skip:
        reasons = _reasons(group, resampling)
        left = [task for task in _tasks(group) if task not in reasons]
        notes = [f"{task}: {reason}" for task, reason in reasons.items()]
        yield _Part({}, "", notes)
        group = _of_tasks(group, left)
        if not left:
            return
    if resampling.metric:
        yield _Part(group, resampling.metric)
        return
    try:
        yield _Part(group, shared_metric(_every(group)))
    except UnlikeRecordsError:
        by_metric: dict[str, list[str]] = {}
        for task in _tasks(group):
            own = shared_metric(_every(_of_tasks(group, [task])))
            by_metric.setdefault(own, []).append(task)
        for metric, tasks in by_metric.items():
            yield _Part(_of_tasks(group, tasks), metric)


def _reasons(group: Matched, resampling: Resampling) -> dict[str, str]:
    """Return why tasks of a group cannot be compared, by task."""
    found = {}
    for task in _tasks(group):
        matched = _of_tasks(group, [task])
        records = _every(matched)
        try:
            metric = resampling.metric or shared_metric(records)
            task_items(matched, metric)
        except UnlikeRecordsError as error:
            found[task] = str(error)
            continue
        protocol = resampling.protocol if _has_protocols(matched, metric) else DEFAULT_PROTOCOL
        lacking = [r.encoder for r in records if r.find_score(metric, protocol) is None]
        if lacking:
            found[task] = f"no {metric} of {', '.join(dict.fromkeys(lacking))}"
    return found


def _every(matched: Matched) -> list[Record]:
    return [record for records in matched.values() for record in records]


def _tasks(matched: Matched) -> list[str]:
    return list(dict.fromkeys(record.task for record in _every(matched)))


def _of_tasks(matched: Matched, tasks: Sequence[str]) -> Matched:
    return {
        name: [record for record in records if record.task in tasks]
        for name, records in matched.items()
    }


def _has_protocols(matched: Matched, metric: str) -> bool:
    return any(isinstance(record.scores.get(metric), Mapping) for record in _every(matched))
