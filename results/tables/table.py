"""A table of text cells, built once and rendered in any format."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from harness.results.display.shown_text import shown_line


@dataclass(frozen=True)
class Table:
    """A table of text cells, each as it may be shown.

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

    def __post_init__(self) -> None:
        """Keep every text in one line, as it may be shown."""
        for name, texts in self._texts(shown_line).items():
            object.__setattr__(self, name, texts)

    def with_texts(self, change: Callable[[str], str]) -> "Table":
        """Return the table with every text of it changed."""
        return replace(self, **self._texts(change))

    def _texts(self, change: Callable[[str], str]) -> dict[str, Any]:
        return {
            "title": change(self.title),
            "columns": tuple(map(change, self.columns)),
            "rows": tuple(tuple(map(change, row)) for row in self.rows),
            "notes": tuple(map(change, self.notes)),
        }


def best_rows(column: Sequence[float | None], *, prefers_low: bool = False) -> tuple[int, ...]:
    """Return the rows whose shown score is the best; none with nothing to beat.

    Args:
        column: Scores x 100, None where there is none.
        prefers_low: Whether the lowest is the best.
    """
    shown = {row: round(value, 2) for row, value in enumerate(column) if value is not None}
    if len(shown) < 2:  # noqa: PLR2004
        return ()
    best = min(shown.values()) if prefers_low else max(shown.values())
    return tuple(row for row, value in shown.items() if value == best)
