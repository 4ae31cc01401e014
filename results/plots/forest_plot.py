"""Draw how far each encoder is behind the best: a forest plot, a panel per column."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.results.comparisons.standing import Standing, span, standings, tick_text, ticks
from harness.results.display.shown_text import shown_line
from harness.results.plots.page import SCREEN, Page
from harness.results.plots.style import (
    BLUE,
    add_notes,
    add_title,
    figure_style,
    folded,
    save_figure,
)
from harness.results.statistics.estimates import Comparison

_PANEL_EMS, _NARROW_PANEL_EMS = 12, 9.5  # least width of a panel with scores, in font sizes
_ROW_EMS = 1.5  # height of a row
_LETTER_EMS = 0.6
_NAME_SHARE, _NAME_SHARE_OF_SEVERAL = 0.4, 0.3  # most of the width that names take
_MOST_ACROSS = 4


@dataclass(frozen=True)
class _Forest:
    """What is drawn, and how it is called.

    Attributes:
        panels: In the order of the columns.
        confidence: Of the intervals.
        title: What the scores are.
        reference: What the distances are to; empty for the best of each panel.
    """

    panels: Sequence["_Panel"]
    confidence: float
    title: str
    reference: str

    @property
    def names(self) -> list[str]:
        """The encoders, that with the least mean distance to the best first."""
        distances: dict[str, list[float]] = {}
        for panel in self.panels:
            for name, row in panel.rows.items():
                distances.setdefault(name, []).append(row.distance.value)
        return sorted(distances, key=lambda name: -mean(distances[name]))

    @property
    def distance(self) -> str:
        """What the horizontal axis is called."""
        return f"points from {self.reference}" if self.reference else "points behind the best"

    @property
    def note(self) -> str:
        """What dots, lines and numbers are."""
        rows = [row for panel in self.panels for row in panel.rows.values()]
        if not any(row.has_interval for row in rows):
            return f"Dots: {self.distance}, without intervals. Numbers: scores × 100."
        return (
            f"Dots: {self.distance}; lines: {self.confidence:.0%} paired bootstrap intervals;"
            f" hollow: tied with {self.reference or 'the best'}. Numbers: scores × 100."
        )


@dataclass(frozen=True)
class _Panel:
    """One column: its head, and its rows by encoder."""

    head: str
    rows: Mapping[str, Standing]


def draw_forest(
    columns: Mapping[str, Comparison],
    path: Path,
    *,
    confidence: float,
    title: str = "",
    reference: str = "",
    page: Page = SCREEN,
) -> None:
    """Write the plot; the arguments are those of `forest_figure`.

    Args:
        columns: What was found, by head of the column; at least one of two encoders or more.
        path: The suffix decides the format: ``.png``, ``.svg``, ``.pdf``.
        confidence: Of the intervals.
        title: What the scores are.
        reference: What the distances are to; empty for the best of each column.
        page: What the figure is made for.
    """
    with figure_style(page):
        figure = forest_figure(
            columns, confidence=confidence, title=title, reference=reference, page=page
        )
        save_figure(figure, path)


def forest_figure(
    columns: Mapping[str, Comparison],
    *,
    confidence: float,
    title: str = "",
    reference: str = "",
    page: Page = SCREEN,
) -> Figure:
    """Return a panel per column: points behind the best with paired intervals, scores beside.

    A dot is hollow where the encoder cannot be distinguished from the best, or nothing was tested.
    Every panel has the encoders in the same order, that with the least mean distance first.

    Args:
        columns: What was found, by head of the column; at least one of two encoders or more.
        confidence: Of the intervals.
        title: What the scores are.
        reference: What the distances are to; empty for the best of each column.
        page: What the figure is made for.
    """
    panels = [
        _Panel(head, {row.encoder: row for row in standings(found, reference)})
        for head, found in columns.items()
        if len(found.scores) > 1
    ]
    with figure_style(page):
        texts = shown_line(title), shown_line(reference)
        return _figure(_Forest(panels, confidence, *texts), page)


def _figure(forest: _Forest, page: Page) -> Figure:
    panels, names = forest.panels, forest.names
    em = page.font_size / 72
    across, width, name_width = _columns(names, len(panels), page)
    down = math.ceil(len(panels) / across)
    shown = [folded(shown_line(name), name_width, page.font_size) for name in names]
    places = _places(shown)
    height = down * ((places[-1] + 1.4) * _ROW_EMS + 2.6) * em + (6 + 2 * bool(forest.title)) * em
    figure = Figure(figsize=(width, height), layout="constrained")
    grid = figure.subplots(down, across, squeeze=False)
    for number, axes in enumerate(grid.flat):
        if number >= len(panels):
            axes.set_axis_off()
            continue
        _draw_panel(axes, panels[number], names, places)
        axes.set_yticks(places, shown if number % across == 0 else [""] * len(names))
        if number >= (down - 1) * across:
            axes.set_xlabel(forest.distance)
    if forest.title:
        add_title(figure, forest.title, page)
    add_notes(figure, [forest.note], page)
    return figure


def _columns(names: Sequence[str], many: int, page: Page) -> tuple[int, float, float]:
    """Return how many panels stand side by side, and the inches of the figure and the names."""
    em = page.font_size / 72
    longest = max(len(shown_line(name)) for name in names) * _LETTER_EMS * em
    panel = (_NARROW_PANEL_EMS if page.is_narrow else _PANEL_EMS) * em
    if page.width is None:
        across, name_width = min(many, _MOST_ACROSS), min(longest, 3.5)
        return across, name_width + across * panel * (2.0 if across == 1 else 1.0), name_width
    name_width = min(longest, (_NAME_SHARE_OF_SEVERAL if many > 1 else _NAME_SHARE) * page.width)
    across = max(1, min(many, int((page.width - name_width) / panel)))
    across = math.ceil(many / math.ceil(many / across))  # no panel is left alone in the last row
    return across, page.width, name_width


def _places(names: Sequence[str]) -> list[float]:
    """Return the height of each row, a broken name's row being taller."""
    places: list[float] = []
    top = 0.0
    for name in names:
        size = 1 + 0.75 * name.count("\n")
        places.append(top + size / 2)
        top += size
    return places


def _draw_panel(axes: Axes, panel: _Panel, names: Sequence[str], places: Sequence[float]) -> None:
    low, high = span(panel.rows.values())
    margin = 0.06 * (high - low)
    axes.axvline(0, color="#808080", linewidth=0.8)
    for name, place in zip(names, places, strict=True):
        if row := panel.rows.get(name):
            _draw_row(axes, row, place, is_first=name == names[0])
    axes.set_xlim(low - margin, high + margin)
    axes.set_ylim(places[-1] + 0.7, places[0] - 0.7)
    found = ticks(low, high, 3)
    axes.set_xticks(found, [tick_text(tick) for tick in found])
    axes.grid(axis="x")
    axes.tick_params("y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_title(shown_line(panel.head), loc="left", weight="bold")


def _draw_row(axes: Axes, row: Standing, place: float, *, is_first: bool) -> None:
    value = 100 * row.distance.value
    if row.has_interval:
        ends = (100 * row.distance.low, 100 * row.distance.high)
        axes.plot(ends, (place, place), color=BLUE, linestyle="-", marker="|", markersize=4)
    axes.plot(
        [value],
        [place],
        linestyle="none",
        marker="o",
        markersize=5,
        markeredgecolor=BLUE,
        markerfacecolor="white" if row.is_tied else BLUE,
        markeredgewidth=1.2,
        clip_on=False,
    )
    axes.annotate(
        f"{100 * row.score:.2f}",
        (1, place),
        xycoords=("axes fraction", "data"),
        xytext=(3, 0),
        textcoords="offset points",
        verticalalignment="center_baseline",
        annotation_clip=False,
        in_layout=is_first,  # all are as wide, and measuring each takes long
    )
