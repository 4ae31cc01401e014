"""How a metric of records follows from the scores of their items, so that it can be resampled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.results.records.record import Record
from harness.results.statistics.metrics import ITEM_MEAN, METRICS

_GOLD, _WEIGHT = "gold", "weight"
_SAME = 5e-5  # half of the last digit that tables show, as a fraction


class NoItemsError(ValueError):
    """A metric does not follow from the items of some records."""


@dataclass(frozen=True)
class ItemSource:
    """What of the items is resampled.

    Attributes:
        method: A key of `METRICS`.
        column: The items' column with the values of the system.
    """

    method: str
    column: str

    def values(self, record: Record, split: str) -> Sequence[float]:
        """Return the system's values of the items of a split."""
        return record.items[split][self.column]

    def gold(self, record: Record, split: str) -> Sequence[float]:
        """Return the gold of the items of a split, or their weights where a mean is the score."""
        columns = record.items[split]
        if self.method != ITEM_MEAN:
            return columns[_GOLD]
        return columns.get(_WEIGHT) or [1.0] * len(columns[self.column])


def item_source(records: Sequence[Record], metric: str) -> ItemSource:
    """Return how a metric follows from the items of all the records.

    A column of the metric's name has its value for each item, and their mean is the score, by the
    weights in a column ``weight`` if there is one. Otherwise the metric is one of `METRICS`, and
    is computed of a column and the gold.

    Raises:
        NoItemsError: If it does not follow from them; says why.
    """
    weighed = [(_WEIGHT,) if _has_columns(r, _WEIGHT) else () for r in records]
    if all(_has_columns(r, metric, *weight) for r, weight in zip(records, weighed, strict=True)):
        return ItemSource(ITEM_MEAN, metric)
    if metric not in METRICS or metric == ITEM_MEAN:
        raise NoItemsError(f"{metric} cannot be resampled, no column {metric} holds it by item")
    for column in METRICS[metric].columns:
        if all(_has_columns(record, column, _GOLD) for record in records):
            break
    else:
        lacking = next(record for record in records if not _has_columns(record, column, _GOLD))
        msg = f"{lacking.label} on {lacking.task} has no scores of single items to resample"
        raise NoItemsError(msg)
    if METRICS[metric].is_binary and not all(map(_is_binary, records)):
        raise NoItemsError(f"{metric} cannot be resampled where gold is not 1 or 0")
    return ItemSource(metric, column)


def golds(record: Record) -> list[Sequence[float]]:
    """Return the gold of each split's items, nothing for a split without."""
    return [columns.get(_GOLD, ()) for columns in record.items.values()]


def item_counts(record: Record) -> dict[str, int]:
    """Return how many items each split has."""
    return {name: _longest(columns) for name, columns in record.items.items()}


def _longest(columns: Mapping[str, Sequence[float]]) -> int:
    return max(map(len, columns.values()), default=0)


def _has_columns(record: Record, *names: str) -> bool:
    """Whether every split has these columns, all of one length of at least 1."""
    sizes = [{len(columns.get(name, ())) for name in names} for columns in record.items.values()]
    return bool(sizes) and all(len(each) == 1 and 0 not in each for each in sizes)


def _is_binary(record: Record) -> bool:
    return all(
        value in {0.0, 1.0} for columns in record.items.values() for value in columns[_GOLD]
    )


def refuse_other_score(encoder: str, head: str, says: float, gives: float) -> None:
    """Refuse a score that is another than its items give.

    Raises:
        NoItemsError: If it is; names both.
    """
    if not abs(says - gives) <= _SAME:
        raise NoItemsError(f"{encoder} on {head} says {says:.4f}, but its items give {gives:.4f}")
