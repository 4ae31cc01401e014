"""A table of text cells, built once and rendered in any format."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Table:
    """A table of text cells.

    Attributes:
        title: What the numbers are: metric, protocol, data.
        columns: Column heads; the first ones name the row.
        rows: One text per column.
        best: Row indices of the best score in each column, by column index.
        notes: What a reader must know besides.
        names: How many columns name the row.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    best: dict[int, tuple[int, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    names: int = 1


def best_rows(column: Sequence[float | None]) -> tuple[int, ...]:
    """Return the rows whose shown score is the highest; none with nothing to beat.

    Args:
        column: Scores x 100, None where there is none.
    """
    shown = [float("-inf") if value is None else round(value, 2) for value in column]
    if sum(value is not None for value in column) < 2:  # noqa: PLR2004
        return ()
    return tuple(row for row, value in enumerate(shown) if value == max(shown))
