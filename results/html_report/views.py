"""The page's views: boards of one family that one pair of switches chooses between."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.results.families import FAMILY_METRICS, FAMILY_TITLES, PROTOCOLS, metric_title
from harness.results.html_report.score_tables import board_content
from harness.results.records.record import SAMPLE
from harness.results.tables.scoreboard import Scoreboard

_FIRST = ("sts", "transfer", "pairs", "labels", "relatedness", "sts-multilingual")
"""Families in the order in which a reader looks for them; others follow."""


@dataclass(frozen=True)
class View:
    """Boards of one family and the same data.

    Attributes:
        name: For links to it.
        of: Family and label, which layer maps name too.
        heading: What they are about.
        switches: Name, legend and choices, each with what it means; only those that there are.
        boards: What the page shows of each.
    """

    name: str
    of: str
    heading: str
    switches: Sequence[tuple[str, str, Sequence[tuple[str, str]]]]
    boards: Sequence[Mapping[str, Any]]


def views(boards: Sequence[Scoreboard], numbers: Mapping[int, str]) -> list[View]:
    """Return a view for each family, data and group of metrics that share a task.

    Args:
        boards: Scores, those of the shown metrics and protocols.
        numbers: The page's name of each record, by its `id`.
    """
    groups = sorted(_groups(boards), key=_place)
    places = {id(board): place for place, board in enumerate(boards)}
    families = [_family(group) for group in groups]
    return [
        View(
            name=f"scores-{number}",
            of=" ".join(_family(group)),
            heading=_heading(group, several=families.count(_family(group)) > 1),
            switches=list(_switches(group)),
            boards=[board_content(board, places[id(board)], numbers) for board in group],
        )
        for number, group in enumerate(groups, start=1)
    ]


def _family(group: Sequence[Scoreboard]) -> tuple[str, str]:
    return group[0].records[0].family, group[0].label


def _groups(boards: Sequence[Scoreboard]) -> Iterator[list[Scoreboard]]:
    """Yield the boards of one family and label whose metrics share a task, or a task of a task."""
    families: dict[tuple[str, str], list[Scoreboard]] = {}
    for board in boards:
        families.setdefault(_family([board]), []).append(board)
    for of_family in families.values():
        groups: list[list[Scoreboard]] = []
        for board in of_family:
            joined = [group for group in groups if _tasks([board]) & _tasks(group)]
            others = [group for group in groups if group not in joined]
            groups = [*others, [*(each for group in joined for each in group), board]]
        yield from groups


def _tasks(group: Sequence[Scoreboard]) -> set[str]:
    return {record.task for board in group for record in board.records}


def _place(group: Sequence[Scoreboard]) -> tuple[bool, int]:
    """Return where a group stands: real data before samples, then by family."""
    family = group[0].records[0].family
    is_sample = any(record.data == SAMPLE for record in group[0].records)
    return is_sample, _FIRST.index(family) if family in _FIRST else len(_FIRST)


def _heading(group: Sequence[Scoreboard], *, several: bool) -> str:
    family, label = _family(group)
    parts = [FAMILY_TITLES.get(family, family), label]
    return ", ".join(filter(None, [*parts, metric_title(group[0].metric) if several else ""]))


def _switches(
    group: Sequence[Scoreboard],
) -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    there = {board.metric: None for board in group}
    usual = FAMILY_METRICS.get(_family(group)[0], ())
    metrics = [name for name in dict.fromkeys((*usual, *there)) if name in there]
    splits = {board.protocol: None for board in group if not board.track_task}
    protocols = [name for name in dict.fromkeys((*PROTOCOLS, *splits)) if name in splits]
    if len(metrics) > 1:
        yield "metric", "Metric", [(name, metric_title(name)) for name in metrics]
    if len(protocols) > 1:
        yield "protocol", "Protocol", [(name, PROTOCOLS.get(name, name)) for name in protocols]
