"""Scores of a sweep as a table: a row for each point."""

from harness.results.tables.scoreboard_table import cell_text, score_table
from harness.results.tables.sweep_scores import SweepScores
from harness.results.tables.table import Table, best_rows

UNCHANGED = "–"


def setting_table(swept: SweepScores, *, metric: str | None, protocol: str) -> Table:
    """Lay out points, one per row: the values, then each task's score x 100 over seeds.

    Args:
        swept: On one family of tasks; at least one point has a record.
        metric: Metric to show; None for the family's own headline metric.
        protocol: ``all``, ``wmean`` or ``mean``.
    """
    metric = metric or swept.headline_metric
    titled = score_table(swept.records, metric=metric, protocol=protocol)
    rows = [[point.cell(task, metric, protocol) for task in swept.tasks] for point in swept.points]
    return Table(
        title=titled.title,
        columns=(*swept.axes, *swept.tasks.values()),
        rows=tuple(
            (
                *(point.settings.get(axis, UNCHANGED) for axis in swept.axes),
                *(f"{cell_text(cell)}{point.sign}" for cell in row),
            )
            for point, row in zip(swept.points, rows, strict=True)
        ),
        best={
            len(swept.axes) + place: swept.chosen
            or best_rows(
                [cell.mean for cell in column],
                prefers_low=any(cell.prefers_low(metric) for cell in column),
            )
            for place, column in enumerate(zip(*rows, strict=True))
        },
        notes=(*titled.notes, *swept.notes),
        names=len(swept.axes),
    )
