"""All records of a folder as grids of scores, none of which mixes what cannot be compared."""

import dataclasses
from collections.abc import Iterator, Sequence

from results.matching import scoring_settings
from results.records import SAMPLE, Record
from results.score_grid import ScoreGrid, score_grid

PROTOCOLS = {
    "all": "all pairs of a task at once",
    "wmean": "mean over splits, weighted by pairs",
    "mean": "mean over splits",
}
FAMILY_METRICS = {"sts": ("spearman", "pearson", "kendall")}


def report_grids(
    records: Sequence[Record],
    *,
    metrics: Sequence[str] = (),
    protocols: Sequence[str] = tuple(PROTOCOLS),
) -> list[ScoreGrid]:
    """Arrange records: a grid for each family, data folder, task settings, metric and protocol.

    Args:
        records: Oldest first.
        metrics: Metrics to show; empty for each family's own headline metric.
        protocols: ``all``, ``wmean``, ``mean``.
    """
    grids = []
    for label, alike in _alike(records):
        for metric in metrics or _headline(alike):
            measured = [record for record in alike if metric in record.scores]
            shown = protocols if _has_protocols(measured, metric) else protocols[:1]
            grids += [
                dataclasses.replace(
                    score_grid(measured, metric=metric, protocol=protocol), label=label
                )
                for protocol in shown
                if measured
            ]
    return grids


def _alike(records: Sequence[Record]) -> Iterator[tuple[str, list[Record]]]:
    """Part records that must not share a table, each part with what tells it from the others."""
    for family in sorted({record.family for record in records}):
        of_family = [record for record in records if record.family == family]
        places = list(dict.fromkeys(record.data for record in of_family))
        for place in places:
            there = [record for record in of_family if record.data == place]
            data = [f"data {place}"] if len(places) > 1 and place != SAMPLE else []
            for told, part in _by_settings(there).items():
                yield ", ".join([*data, told] if told else data), part


def _by_settings(records: Sequence[Record]) -> dict[str, list[Record]]:
    """Part records by the task settings in which two results of one task differ."""
    found: dict[tuple[str, str], set[str]] = {}
    for record in records:
        for name, value in scoring_settings(record).items():
            found.setdefault((record.task, name), set()).add(str(value))
    differing = sorted({name for (_, name), values in found.items() if len(values) > 1})
    parts: dict[str, list[Record]] = {}
    for record in records:
        own = scoring_settings(record)
        told = ", ".join(f"{name} {own[name]}" for name in differing if name in own)
        parts.setdefault(told, []).append(record)
    return parts


def _headline(records: Sequence[Record]) -> tuple[str, ...]:
    """Return the metric to show where none is asked for: the family's, or a task's first."""
    own = (metric for record in records for metric in record.scores)
    known = FAMILY_METRICS.get(records[0].family, ())
    return (*known, *own)[:1]


def _has_protocols(records: Sequence[Record], metric: str) -> bool:
    """Whether the protocols can differ: some task has several splits."""
    scores = [record.scores[metric] for record in records]
    return any(isinstance(score, dict) and len(score) > 1 for score in scores)
