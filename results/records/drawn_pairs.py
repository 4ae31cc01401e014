"""Gold scores and a system's scores of pairs, as diagrams draw them."""

from harness.results.records.record import Record

_MOST = 6000  # pairs of one result that are drawn


def pair_scores(record: Record, column: str) -> tuple[float, ...]:
    """Return one column, ``gold`` or ``system``, of the pairs of all splits."""
    return tuple(value for split in record.items.values() for value in split.get(column, ()))


def drawing_step(pairs: int) -> int:
    """Return every how many of so many pairs one is drawn; 1 for all."""
    return 1 + pairs // _MOST
