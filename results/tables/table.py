"""A table of text cells, built once and rendered in any format."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Table:
    """A table of text cells.

    Attributes:
        title: What the numbers are: metric, protocol, data.
        columns: Column heads; the first ones name the row.
        rows: One text a column.
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
