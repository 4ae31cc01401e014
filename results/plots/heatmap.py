"""Draw a grid of scores as an annotated heat map."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from harness.results.display.shown_text import shown_line
from harness.results.plots.axis_words import axis_words
from harness.results.plots.page import SCREEN, Page
from harness.results.plots.style import add_notes, add_title, figure_style, folded, save_figure
from harness.results.tables.colour_range import colour_range
from harness.results.tables.layer_grid import ScoreGrid

_COLOURS = "cividis"  # made to look the same to colour-blind eyes, and printable in grey
_CELL_EMS = (5.2, 3.2)
_BAR_EMS = 8.5  # the colour bar with its numbers and name
_LETTER_EMS = 0.64  # a digit's width, in font sizes
_NAME_SHARE = 0.3  # most of the width that the rows' names take
_SMALLEST = 5  # points that a number in a cell may have
_LIGHT = 0.46  # of the channels' weighted sum: on cividis every number has a contrast of 4.5


@dataclass(frozen=True)
class _Map:
    """What is drawn: the grid as it lies in the figure.

    Attributes:
        values: Scores x 100, nan where there is none.
        texts: What stands in the cells.
        down: Name of the axis, and of each row.
        across: Name of the axis, and of each column.
    """

    values: np.ndarray
    texts: np.ndarray
    down: tuple[str, tuple[str, ...]]
    across: tuple[str, tuple[str, ...]]

    @property
    def turned(self) -> "_Map":
        """The same with rows for columns."""
        return _Map(self.values.T, self.texts.T, self.across, self.down)

    @property
    def letters(self) -> int:
        """The letters of the longest line in a cell."""
        return max(len(line) for text in self.texts.flat for line in text.split("\n"))


def draw_heatmap(grid: ScoreGrid, path: Path, page: Page = SCREEN) -> None:
    """Write the heat map, scores x 100 in the cells; its longer axis runs across where it fits.

    Its colours span an interval of the best score at least, so that chance does not look like a
    difference.

    Args:
        grid: At least one of its cells has a score.
        path: The suffix decides the format: ``.png``, ``.svg``, ``.pdf``.
        page: What the figure is made for.
    """
    drawn = _oriented(_drawn(grid), page)
    em = page.font_size / 72
    height, width = drawn.values.shape
    names = _name_inches(drawn, page)
    needed = names + (width * max(_CELL_EMS[0], _cell_ems(drawn)) + _BAR_EMS) * em
    slanted = _are_slanted(drawn, page, needed)
    tall = 3.5 + slanted * 0.4 * max(map(len, drawn.across[1])) + 3 + len(grid.mark_notes) * 2.2
    with figure_style(page):
        size = (page.fit(needed), (height * _CELL_EMS[1] + tall) * em)
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.add_subplot()
        low, high = colour_range(grid)
        colours = f"{_COLOURS}_r" if grid.prefers_low else _COLOURS
        image = axes.imshow(
            drawn.values, cmap=colours, aspect="auto", vmin=100 * low, vmax=100 * high
        )
        _name_axes(axes, drawn, names, page, slanted=slanted)
        best = np.nanmin(drawn.values) if grid.prefers_low else np.nanmax(drawn.values)
        _write_numbers(axes, image, drawn, best, _number_size(drawn, page))
        bar = figure.colorbar(image, ax=axes, label=shown_line(_label(grid)), pad=0.02)
        bar.outline.set_visible(False)
        add_title(figure, shown_line(grid.title), page)
        add_notes(figure, grid.mark_notes, page)
        save_figure(figure, path)


def _drawn(grid: ScoreGrid) -> _Map:
    values = np.array(grid.values, dtype=np.float64) * 100  # None becomes nan
    texts = np.empty(values.shape, dtype=object)
    for place, value in np.ndenumerate(values):
        row, column = place
        mark = grid.marks[row][column]
        text = f"{value:.1f}{mark}".replace("-", "−").replace(" (", "\n(")
        texts[place] = "–" if np.isnan(value) else text
    down, across = (
        (axis_words(axis), tuple(map(shown_line, each)))
        for axis, each in ((grid.row_axis, grid.rows), (grid.column_axis, grid.columns))
    )
    return _Map(values, texts, down, across)


def _oriented(drawn: _Map, page: Page) -> _Map:
    """Let the longer axis run across, if its cells fit; else down."""
    height, width = drawn.values.shape
    wide = drawn.turned if height > width else drawn
    return wide if _number_size(wide, page) == page.font_size else wide.turned


def _number_size(drawn: _Map, page: Page) -> float:
    """Return the size of the numbers that fit the cells, in points."""
    if page.width is None:
        return page.font_size
    em = page.font_size / 72
    room = (page.width - _name_inches(drawn, page)) / em - _BAR_EMS
    cell = room / drawn.values.shape[1]
    return float(min(page.font_size, page.font_size * cell / _cell_ems(drawn)))


def _cell_ems(drawn: _Map) -> float:
    return drawn.letters * _LETTER_EMS + 0.5


def _name_inches(drawn: _Map, page: Page) -> float:
    """Return the width of the rows' names."""
    longest = max(map(len, drawn.down[1])) * 0.6 * page.font_size / 72
    most = 3.0 if page.width is None else _NAME_SHARE * page.width
    return min(longest, most) + 2.5 * page.font_size / 72


def _are_slanted(drawn: _Map, page: Page, needed: float) -> bool:
    """Whether the columns' names are too long to stand upright side by side."""
    em = page.font_size / 72
    room = (page.fit(needed) - _name_inches(drawn, page)) / em - _BAR_EMS
    return bool(max(map(len, drawn.across[1])) * _LETTER_EMS + 0.5 > room / len(drawn.across[1]))


def _name_axes(axes: Axes, drawn: _Map, inches: float, page: Page, *, slanted: bool) -> None:
    down, across = drawn.down, drawn.across
    axes.set_ylabel(down[0])
    names = [folded(name, inches, page.font_size) for name in down[1]]
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel(across[0])
    axes.set_xticks(range(len(across[1])), across[1])
    if slanted:
        axes.tick_params("x", labelrotation=30)
        for label in axes.get_xticklabels():
            label.set(horizontalalignment="right", rotation_mode="anchor")
    axes.set_yticks(np.arange(1, len(down[1])) - 0.5, minor=True)
    axes.set_xticks(np.arange(1, len(across[1])) - 0.5, minor=True)
    axes.grid(which="minor", color="white", linewidth=1.5)
    axes.tick_params(which="both", length=0)
    axes.spines[:].set_visible(False)


def _write_numbers(axes: Axes, image: AxesImage, drawn: _Map, best: float, size: float) -> None:
    if size < _SMALLEST:  # the colours must do, and the table has the numbers
        return
    for (row, column), value in np.ndenumerate(drawn.values):
        red, green, blue, _ = image.cmap(image.norm(value))
        light = 0.2126 * red + 0.7152 * green + 0.0722 * blue > _LIGHT
        axes.text(
            column,
            row,
            drawn.texts[row, column],
            ha="center",
            va="center",
            fontsize=size,
            color="black" if light or np.isnan(value) else "white",
            weight="bold" if value == best else "normal",
        )


def _label(grid: ScoreGrid) -> str:
    metric = grid.title.partition(" × 100")[0].rpartition(": ")[2]
    return f"{metric} × 100"
