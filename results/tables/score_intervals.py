"""Confidence intervals of every score of some records, a row each."""

import math
from collections.abc import Hashable, Sequence
from typing import TypeAlias, cast

from harness.results.families import PROTOCOLS
from harness.results.progress import Counted, report_progress
from harness.results.records.items import (
    ItemSource,
    NoItemsError,
    golds,
    item_source,
    refuse_other_score,
)
from harness.results.records.record import Record
from harness.results.records.task_heads import task_heads
from harness.results.statistics.comparison import TaskSplit, compare_systems
from harness.results.statistics.draw_memory import DrawMemory
from harness.results.statistics.kept_comparisons import KeptComparisons
from harness.results.statistics.protocols import Protocol
from harness.results.statistics.resampling import Resampling
from harness.results.tables.intervals import DRAWS
from harness.results.tables.score_rows import ScoreInterval, ScoreRow, score_rows

_Kind: TypeAlias = tuple[str, ItemSource, str, Hashable]  # head, source, protocol, gold
_Place: TypeAlias = tuple[int, int]  # of the record, and of the row among its own


def score_intervals(
    records: Sequence[Record], *, draws: int = DRAWS, kept: KeptComparisons | None = None
) -> list[ScoreInterval]:
    """Return the bootstrap interval of each score, in the order of `score_rows`, as fractions.

    None where a score does not follow from scores of items.

    Args:
        records: Each seed of an encoder has its own interval.
        draws: Number of bootstrap draws.
        kept: Comparisons of earlier runs.
    """
    memory = DrawMemory()
    rows = {
        (place, number): row
        for place, record in enumerate(records)
        for number, row in enumerate(score_rows([record]))
    }
    found: dict[_Place, tuple[float, float]] = {}
    kinds = _served_alike(records)
    for done, ((head, source, protocol, _), places) in enumerate(kinds.items(), 1):
        resampling = Resampling(source.method, cast("Protocol", protocol or "all"), draws=draws)
        by_record = {str(place): (place, number) for place, number in places}
        splits = _splits(records, list(map(int, by_record)), source)
        compared = compare_systems({head: splits}, resampling, pairs=(), memory=memory, kept=kept)
        for each in compared[head].scores:
            where, estimate = by_record[each.encoder], each.score
            if _follows(rows[where], estimate.value) and not math.isnan(
                estimate.low + estimate.high
            ):
                found[where] = estimate.low, estimate.high
        report_progress(Counted("bootstrap", "kinds of scores"), done, len(kinds))
    return [found.get(where) for where in rows]


def _follows(row: ScoreRow, gives: float) -> bool:
    """Whether the score of a row is what its items give."""
    try:
        refuse_other_score(row[0], row[4], row[-1], gives)
    except NoItemsError:
        return False
    return True


def _served_alike(records: Sequence[Record]) -> dict[_Kind, list[_Place]]:
    """Return the places of the scores that one resampling serves.

    They are those of a task with the same gold, under one metric and protocol.
    """
    alike: dict[_Kind, list[_Place]] = {}
    heads = task_heads(records)
    for place, record in enumerate(records):
        gold = tuple(map(tuple, golds(record)))
        for number, row in enumerate(score_rows([record])):
            metric, protocol = row[-3], row[-2]
            if protocol and protocol not in PROTOCOLS:
                continue
            try:
                source = item_source([record], metric)
            except NoItemsError:
                continue
            kind = (heads[record.task], source, protocol, gold)
            alike.setdefault(kind, []).append((place, number))
    return alike


def _splits(
    records: Sequence[Record], places: Sequence[int], source: ItemSource
) -> list[TaskSplit]:
    """Return the splits of records with the same gold scores, each record named by its place."""
    names = {place: list(records[place].items) for place in places}
    first = places[0]
    return [
        TaskSplit(
            gold=source.gold(records[first], split),
            systems={
                str(place): source.values(records[place], names[place][number]) for place in places
            },
        )
        for number, split in enumerate(names[first])
    ]
