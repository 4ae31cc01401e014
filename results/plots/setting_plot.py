"""Draw scores over settings: a curve, a heat map, or a dot for each point."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.results.display.shown_text import shown_line
from harness.results.families import metric_title
from harness.results.plots.axis_words import axis_words, name_numbers
from harness.results.plots.heatmap import draw_heatmap
from harness.results.plots.page import SCREEN, Page
from harness.results.plots.style import (
    BLUE,
    add_notes,
    add_title,
    figure_style,
    folded,
    save_figure,
)
from harness.results.tables.intervals import with_intervals
from harness.results.tables.layer_grid import score_grid
from harness.results.tables.marks import mark_notes
from harness.results.tables.scoreboard import Interval, Scoreboard, ScoreCell
from harness.results.tables.scoreboard_table import cell_marks
from harness.results.tables.sweep_scores import SweepPoint, SweepScores

_SCREEN_INCHES = 6.0
_NAME_SHARE = 0.45  # most of the width that the points' names take
_LETTER_EMS = 0.6
_BARS_OF_SEEDS = "bars: standard deviation over seeds"
_BARS_OF_ITEMS = "bars: 95% bootstrap intervals over test items"
_HOLLOW = "hollow: tied with the best"


@dataclass(frozen=True)
class _Dot:
    """One point of the sweep, x 100.

    Attributes:
        label: Its values.
        number: Where it stands on an axis of numbers; None if it is not one.
        value: Mean score over seeds.
        low: Lower end of its bar; the value where there is none.
        high: Upper end.
        mark: Signs behind the score.
        is_tied: Whether it cannot be distinguished from the best.
    """

    label: str
    number: float | None
    value: float
    low: float
    high: float
    mark: str
    is_tied: bool


def draw_settings(
    swept: SweepScores,
    task: str,
    path: Path,
    *,
    title: str,
    metric: str | None,
    protocol: str,
    page: Page = SCREEN,
) -> None:
    """Write the plot of one task: two crossed settings as a heat map, one of numbers as a curve.

    Everything else is a dot for each point. A bar is the standard deviation where there are
    several seeds, else the bootstrap interval.

    Args:
        swept: At least one point has a score on the task.
        task: The task's registered name, or ``Avg.``.
        path: The suffix decides the format: ``.png``, ``.svg``, ``.pdf``.
        title: What the numbers are of.
        metric: Metric to draw; None for the family's own headline metric.
        protocol: ``all``, ``wmean`` or ``mean``.
        page: What the figure is made for.
    """
    metric = metric or swept.headline_metric
    label = f"{metric_title(metric)} × 100"
    title = f"{title}: {label}"
    if len(swept.axes) == 2 and all(len(point.settings) == 2 for point in swept.points):  # noqa: PLR2004
        grid = score_grid(swept, task, title=title, metric=metric, protocol=protocol)
        draw_heatmap(grid, path, page)
        return
    cells = [(point, point.cell(task, metric, protocol)) for point in swept.points]
    scored = [(point, cell) for point, cell in cells if cell.scores]
    intervals = _intervals(swept, task, scored, metric, protocol)
    dots = [_dot(swept, point, cell, intervals.get(point.label)) for point, cell in scored]
    notes = mark_notes(record for _, cell in scored for record in cell.records)
    explained = _explained(scored, intervals)
    with figure_style(page):
        figure = _figure(dots, swept.axes, label, page)
        add_title(figure, shown_line(title), page)
        add_notes(figure, (*explained, *notes, *swept.notes), page)
        save_figure(figure, path)


def _intervals(
    swept: SweepScores,
    task: str,
    scored: Sequence[tuple[SweepPoint, ScoreCell]],
    metric: str,
    protocol: str,
) -> dict[str, Interval]:
    """Return the bootstrap interval of each point's score, by label, if no point has seeds."""
    if any(len(cell.scores) > 1 for _, cell in scored):
        return {}
    head = swept.tasks.get(task, task)
    records = tuple(record for _, cell in scored for record in cell.records)
    rows = tuple(point.label for point, _ in scored)
    cells = {(point.label, head): cell for point, cell in scored}
    board = with_intervals(Scoreboard(metric, protocol, records, rows, (head,), cells))
    return {row: interval for (row, _), interval in board.intervals.items()}


def _dot(
    swept: SweepScores, point: SweepPoint, cell: ScoreCell, interval: Interval | None
) -> _Dot:
    value = mean(cell.values)
    spread = stdev(cell.values) if len(cell.values) > 1 else 0.0
    return _Dot(
        shown_line(point.label),
        _number(point, swept.axes),
        value,
        interval.low if interval else value - spread,
        interval.high if interval else value + spread,
        f"{cell_marks(cell)}{point.sign}",
        is_tied=interval is not None and interval.tied,
    )


def _explained(
    scored: Sequence[tuple[SweepPoint, ScoreCell]], intervals: dict[str, Interval]
) -> list[str]:
    """Say what bars and hollow dots are."""
    if any(len(cell.scores) > 1 for _, cell in scored):
        return [_BARS_OF_SEEDS]
    tied = any(interval.tied for interval in intervals.values())
    return ["; ".join([_BARS_OF_ITEMS, *([_HOLLOW] if tied else [])])] if intervals else []


def _figure(dots: Sequence[_Dot], axes: Sequence[str], label: str, page: Page) -> Figure:
    width = page.fit(_SCREEN_INCHES)
    em = page.font_size / 72
    numbers = [dot.number for dot in dots if dot.number is not None]
    if len(numbers) == len(dots):
        figure = Figure(figsize=(width, 0.62 * width + 2 * em), layout="constrained")
        plot = figure.add_subplot()
        _draw_curve(plot, sorted(zip(numbers, dots, strict=True), key=lambda pair: pair[0]))
        plot.set(xlabel=axis_words(axes[0]), ylabel=label)
        return figure
    longest = max(len(dot.label) for dot in dots) * _LETTER_EMS * em
    names = [folded(dot.label, min(longest, _NAME_SHARE * width), page.font_size) for dot in dots]
    lines = sum(1.8 + 1.2 * name.count("\n") for name in names)
    figure = Figure(figsize=(width, (lines + 8) * em), layout="constrained")
    plot = figure.add_subplot()
    _draw_dots(plot, dots, names)
    plot.set_xlabel(label)
    return figure


def _draw_curve(plot: Axes, placed: Sequence[tuple[float, _Dot]]) -> None:
    places = [place for place, _ in placed]
    plot.plot(places, [dot.value for _, dot in placed], color=BLUE, linestyle="-", marker="")
    name_numbers(plot, places)
    for place, dot in placed:
        _draw_bar(plot, (place, place), (dot.low, dot.high), "_", dot)
        _draw_mark(plot, place, dot.value, is_tied=dot.is_tied)
        plot.annotate(dot.mark.strip(), (place, dot.value), (4, 4), textcoords="offset points")
    plot.margins(0.08)
    plot.grid()


def _draw_dots(plot: Axes, dots: Sequence[_Dot], names: Sequence[str]) -> None:
    places = []
    top = 0.0
    for dot, name in zip(dots, names, strict=True):
        size = 1 + 0.6 * name.count("\n")
        place = top + size / 2
        top += size
        places.append(place)
        _draw_bar(plot, (dot.low, dot.high), (place, place), "|", dot)
        _draw_mark(plot, dot.value, place, is_tied=dot.is_tied)
        plot.annotate(
            f"{dot.value:.2f}{dot.mark}",
            (1, place),
            (4, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            verticalalignment="center_baseline",
            annotation_clip=False,
        )
    plot.set_yticks(places, names)
    plot.set_ylim(top, 0)
    plot.tick_params("y", length=0)
    plot.spines["left"].set_visible(False)
    plot.margins(x=0.08)
    plot.grid(axis="x")


def _draw_bar(
    plot: Axes, across: Sequence[float], down: Sequence[float], cap: str, dot: _Dot
) -> None:
    if dot.low < dot.high:
        plot.plot(across, down, color=BLUE, linestyle="-", linewidth=1, marker=cap)


def _draw_mark(plot: Axes, across: float, down: float, *, is_tied: bool) -> None:
    plot.plot(
        [across],
        [down],
        linestyle="none",
        marker="o",
        markersize=5,
        markeredgecolor=BLUE,
        markerfacecolor="white" if is_tied else BLUE,
    )


def _number(point: SweepPoint, axes: Sequence[str]) -> float | None:
    """Return the number that a point of a single axis stands at; None for any other."""
    try:
        return float(point.settings[axes[0]]) if len(axes) == 1 else None
    except (KeyError, ValueError):
        return None
