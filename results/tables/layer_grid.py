"""Scores over two things that vary, such as layer and pooling, as a table."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.results.records.record import Record
from harness.results.tables.scoreboard_table import score_table
from harness.results.tables.table import Table


@dataclass(frozen=True)
class ScoreGrid:
    """One score for each pair of a row and a column.

    Attributes:
        name: Short, for file names: the task's registered name.
        title: What the numbers are: task, metric, protocol, model, data.
        row_axis: What varies from row to row.
        column_axis: What varies from column to column.
        rows: Names of the rows.
        columns: Names of the columns.
        values: A row's fractions, one a column; None where there is no score.
        notes: What a reader must know besides.
    """

    name: str
    title: str
    row_axis: str
    column_axis: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[tuple[float | None, ...], ...]
    notes: tuple[str, ...] = ()


def score_grid(
    cells: Sequence[Sequence[Record | None]],
    *,
    axes: tuple[str, str],
    rows: Sequence[str],
    columns: Sequence[str],
    metric: str,
    protocol: str,
    notes: Sequence[str] = (),
) -> ScoreGrid:
    """Lay out one task's records, a cell each.

    Args:
        cells: Row by row; at least one is not None.
        axes: What varies from row to row, and from column to column.
        rows: Names of the rows.
        columns: Names of the columns.
        metric: Metric to show.
        protocol: ``all``, ``wmean`` or ``mean``.
        notes: What a reader must know besides.
    """
    records = [record for row in cells for record in row if record is not None]
    table = score_table(records, metric=metric, protocol=protocol)
    return ScoreGrid(
        name=records[0].task,
        title=f"{records[0].title} by {axes[0]} and {axes[1]}: {table.title.partition(': ')[2]}",
        row_axis=axes[0],
        column_axis=axes[1],
        rows=tuple(rows),
        columns=tuple(columns),
        values=tuple(
            tuple(
                None if record is None else record.find_score(metric, protocol) for record in row
            )
            for row in cells
        ),
        notes=(*table.notes, *notes),
    )


def grid_table(grid: ScoreGrid) -> Table:
    """Lay out a grid as a table, scores x 100, the best of the whole grid bold."""
    shown = [[None if v is None else round(100 * v, 2) for v in row] for row in grid.values]
    scores = [value for row in shown for value in row if value is not None]
    best = {
        1 + column: tuple(i for i, row in enumerate(shown) if row[column] == max(scores))
        for column in range(len(grid.columns))
        if len(scores) > 1
    }
    return Table(
        title=grid.title,
        columns=(grid.row_axis, *grid.columns),
        rows=tuple(
            (name, *("–" if value is None else f"{value:.2f}" for value in row))
            for name, row in zip(grid.rows, shown, strict=True)
        ),
        best=best,
        notes=grid.notes,
    )
