"""Scores of a sweep over two things, such as layer and pooling, as a grid."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from statistics import mean

from harness.results.tables.marks import mark_notes
from harness.results.tables.scoreboard import ScoreCell
from harness.results.tables.scoreboard_table import cell_marks, score_table
from harness.results.tables.sweep_scores import SweepScores
from harness.results.tables.table import Table, best_rows

LAYER_AXES = ("layers", "encoder")
"""What varies in a sweep over layers and poolings."""


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
        values: Fractions by row and column; None where there is no score.
        marks: The signs behind each, and of how many seeds it is the mean.
        mark_notes: What the signs mean.
        notes: What a reader must know besides.
        chosen: Row and column of the chosen score; empty if none was to be chosen.
        prefers_low: Whether the lowest value is the best.
        metric: What the values are, by its registered name.
        protocol: ``all``, ``wmean`` or ``mean``.
        head: What a board calls the task.
        best: The cell with the best score; empty if that is not known.
    """

    name: str
    title: str
    row_axis: str
    column_axis: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[tuple[float | None, ...], ...]
    marks: tuple[tuple[str, ...], ...]
    mark_notes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    chosen: tuple[str, ...] = ()
    prefers_low: bool = False
    metric: str = ""
    protocol: str = ""
    head: str = ""
    best: ScoreCell = field(default_factory=ScoreCell)

    @property
    def has_scores(self) -> bool:
        """Whether there is a score at all."""
        return any(value is not None for row in self.values for value in row)

    def with_notes(self, notes: Sequence[str]) -> "ScoreGrid":
        """Return the grid with further notes."""
        return replace(self, notes=(*self.notes, *notes))


def score_grid(
    swept: SweepScores, task: str, *, title: str, metric: str, protocol: str
) -> ScoreGrid:
    """Lay out one task's mean scores over seeds.

    Args:
        swept: Of two axes; every point has a value of both.
        task: The task's registered name, or ``Avg.``.
        title: What the numbers are.
        metric: Metric to show.
        protocol: ``all``, ``wmean`` or ``mean``.
    """
    row_axis, column_axis = swept.axes
    rows, columns = (
        tuple(dict.fromkeys(point.settings[axis] for point in swept.points)) for axis in swept.axes
    )
    found = {
        (point.settings[row_axis], point.settings[column_axis]): (cell, point.sign)
        for point in swept.points
        if (cell := point.cell(task, metric, protocol)).scores
    }
    cells = [[found.get((row, column), (ScoreCell(), "")) for column in columns] for row in rows]
    prefers_low = any(cell.prefers_low(metric) for cell, _ in found.values())
    best_of = min if prefers_low else max
    return ScoreGrid(
        task,
        title,
        row_axis,
        column_axis,
        rows,
        columns,
        tuple(tuple(mean(c.scores) if c.scores else None for c, _ in row) for row in cells),
        tuple(tuple(f"{cell_marks(cell)}{sign}" for cell, sign in row) for row in cells),
        (
            *mark_notes(record for cell, _ in found.values() for record in cell.records),
            *swept.notes,
        ),
        chosen=next((place for place, (_, sign) in found.items() if sign), ()),
        prefers_low=prefers_low,
        metric=metric,
        protocol=protocol,
        head=swept.tasks.get(task, task),
        best=best_of(
            (cell for cell, _ in found.values()),
            key=lambda cell: mean(cell.scores),
            default=ScoreCell(),
        ),
    )


def layer_grids(swept: SweepScores, *, metric: str | None, protocol: str) -> list[ScoreGrid]:
    """Lay out layers by poolings, a grid for each task.

    Args:
        swept: Over `LAYER_AXES`.
        metric: Metric to show; None for each family's own headline metric.
        protocol: ``all``, ``wmean`` or ``mean``.
    """
    return [_layer_grid(on_task, metric, protocol) for on_task in swept.by_task.values()]


def _layer_grid(swept: SweepScores, metric: str | None, protocol: str) -> ScoreGrid:
    record = swept.records[0]
    metric = metric or swept.headline_metric
    table = score_table(swept.records, metric=metric, protocol=protocol)
    title = f"{record.title} by layer and pooling: {table.title.partition(': ')[2]}"
    grid = score_grid(swept, record.task, title=title, metric=metric, protocol=protocol)
    return replace(
        grid, row_axis="layer", column_axis="pooling", notes=(*table.notes, *swept.notes)
    )


def grid_table(grid: ScoreGrid) -> Table:
    """Lay out a grid as a table, scores x 100, the best of the whole grid bold."""
    shown = [[None if v is None else round(100 * v, 2) for v in row] for row in grid.values]
    width = len(grid.columns)
    places = {place: at for at, place in enumerate(product(grid.rows, grid.columns))}
    chosen = tuple(places[place] for place in places if place == grid.chosen)
    best = chosen or best_rows(
        [value for row in shown for value in row], prefers_low=grid.prefers_low
    )
    return Table(
        title=grid.title,
        columns=(grid.row_axis, *grid.columns),
        rows=tuple(
            (
                name,
                *(
                    "–" if v is None else f"{v:.2f}{mark}"
                    for v, mark in zip(row, marks, strict=True)
                ),
            )
            for name, row, marks in zip(grid.rows, shown, grid.marks, strict=True)
        ),
        best={
            1 + column: tuple(place // width for place in best if place % width == column)
            for column in range(width)
            if best
        },
        notes=grid.notes,
    )
