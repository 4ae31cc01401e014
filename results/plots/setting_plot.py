"""Draw scores over settings: a curve, a heat map, or a bar for each point."""

from collections.abc import Sequence
from pathlib import Path
from statistics import mean, stdev

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.results.display.shown_text import shown_line
from harness.results.families import metric_title
from harness.results.plots.heatmap import draw_heatmap
from harness.results.plots.style import add_notes, figure_style, save_figure
from harness.results.tables.layer_grid import score_grid
from harness.results.tables.marks import mark_notes
from harness.results.tables.scoreboard_table import cell_marks
from harness.results.tables.sweep_scores import SweepPoint, SweepScores

_LOG_RATIO = 20  # values spread wider than this are drawn on a logarithmic axis
_COLOUR = "#2f4b7c"


def draw_settings(
    swept: SweepScores, task: str, path: Path, *, title: str, metric: str | None, protocol: str
) -> None:
    """Write the plot of one task: two crossed settings as a heat map, one of numbers as a curve.

    Everything else is a bar for each point. Several seeds show as mean and standard deviation.

    Args:
        swept: At least one point has a score on the task.
        task: The task's registered name, or ``Avg.``.
        path: The suffix decides the format: ``.png``, ``.svg``, ``.pdf``.
        title: What the numbers are of.
        metric: Metric to draw; None for the family's own headline metric.
        protocol: ``all``, ``wmean`` or ``mean``.
    """
    metric = metric or swept.headline_metric
    label = f"{metric_title(metric)} × 100"
    title = f"{title}: {label}"
    if len(swept.axes) == 2 and all(len(point.settings) == 2 for point in swept.points):  # noqa: PLR2004
        grid = score_grid(swept, task, title=title, metric=metric, protocol=protocol)
        draw_heatmap(grid, path)
        return
    cells = [(point, point.cell(task, metric, protocol)) for point in swept.points]
    scored = [(point, cell) for point, cell in cells if cell.scores]
    marks = [f"{cell_marks(cell)}{point.sign}" for point, cell in scored]
    with figure_style():
        figure = Figure(figsize=(6, 3.8), layout="constrained")
        plot = figure.add_subplot()
        spread = [stdev(c.values) if len(c.values) > 1 else 0.0 for _, c in scored]
        means = [mean(cell.values) for _, cell in scored]
        places = [number for point, _ in scored for number in _number(point, swept.axes)]
        if len(places) == len(scored):
            _draw_curve(plot, places, means, spread, marks)
            plot.set(xlabel=swept.axes[0], ylabel=label)
        else:
            labels = [shown_line(point.label) for point, _ in scored]
            _draw_bars(plot, labels, means, spread, marks)
            plot.set_xlabel(label)
        plot.set_title(shown_line(title), fontsize=10, loc="left", wrap=True)
        notes = mark_notes(record for _, cell in scored for record in cell.records)
        add_notes(figure, (*notes, *swept.notes))
        save_figure(figure, path)


def _draw_curve(
    plot: Axes, places: list[float], means: list[float], spread: list[float], marks: list[str]
) -> None:
    order = sorted(range(len(places)), key=lambda i: places[i])
    plot.errorbar(
        [places[i] for i in order],
        [means[i] for i in order],
        yerr=[spread[i] for i in order] if any(spread) else None,
        marker="o",
        capsize=3,
        color=_COLOUR,
    )
    for place, value, mark in zip(places, means, marks, strict=True):
        plot.annotate(mark.strip(), (place, value), xytext=(4, 4), textcoords="offset points")
    if min(places) > 0 and max(places) / min(places) > _LOG_RATIO:
        plot.set_xscale("log")
    plot.grid(alpha=0.3)


def _draw_bars(
    plot: Axes, labels: list[str], means: list[float], spread: list[float], marks: list[str]
) -> None:
    rows = range(len(labels))
    plot.barh(rows, means, xerr=spread if any(spread) else None, color=_COLOUR, capsize=3)
    plot.set_yticks(rows, labels)
    plot.invert_yaxis()
    low, high = min(means), max(means)
    margin = max(high - low, 1.0) * 0.3
    plot.set_xlim(low - margin, high + margin)  # differences of a point must be seen
    for row, value, mark in zip(rows, means, marks, strict=True):
        plot.annotate(
            f"{value:.2f}{mark}",
            (value, row),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
        )


def _number(point: SweepPoint, axes: Sequence[str]) -> list[float]:
    """Return the number that a point of a single axis stands at; nothing for any other."""
    try:
        return [float(point.settings[axes[0]])] if len(axes) == 1 else []
    except (KeyError, ValueError):
        return []
