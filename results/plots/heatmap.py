"""Draw a grid of scores as an annotated heat map."""

import textwrap
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from harness.results.display.shown_text import shown_line
from harness.results.plots.style import add_notes, figure_style, save_figure
from harness.results.tables.layer_grid import ScoreGrid

_COLOURS = "cividis"  # made to look the same to colour-blind eyes, and printable in grey
_CELL_INCHES = (0.72, 0.5)
_MARGIN_INCHES = (2.0, 1.9)
_SHORT = 8  # characters of a column's name that fit upright
_LIGHT = 0.55  # relative luminance above which a cell's number is black


def draw_heatmap(grid: ScoreGrid, path: Path) -> None:
    """Write the heat map, its longer axis running across, scores x 100 in the cells.

    Args:
        grid: At least one of its cells has a score.
        path: The suffix decides the format: ``.png``, ``.svg``, ``.pdf``.
    """
    values = np.array(grid.values, dtype=np.float64) * 100  # None becomes nan
    names = [
        (axis, tuple(map(shown_line, each)))
        for axis, each in ((grid.row_axis, grid.rows), (grid.column_axis, grid.columns))
    ]
    marks = np.array(grid.marks, dtype=object)
    if values.shape[0] > values.shape[1]:
        values, marks, names = values.T, marks.T, names[::-1]
    height, width = values.shape
    size = (
        width * _CELL_INCHES[0] + _MARGIN_INCHES[0],
        height * _CELL_INCHES[1] + _MARGIN_INCHES[1],
    )
    with figure_style():
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.add_subplot()
        colours = f"{_COLOURS}_r" if grid.prefers_low else _COLOURS
        image = axes.imshow(values, cmap=colours, aspect="auto")
        _name_axes(axes, names[0], names[1])
        best = np.nanmin(values) if grid.prefers_low else np.nanmax(values)
        _write_numbers(axes, image, values, marks, best)
        figure.colorbar(image, ax=axes, label=shown_line(_label(grid)))
        columns = int(size[0] * 12)  # characters of the title's size that fit across
        axes.set_title(textwrap.fill(shown_line(grid.title), columns), fontsize=10, loc="left")
        add_notes(figure, grid.mark_notes)
        save_figure(figure, path)


def _name_axes(
    axes: Axes, down: tuple[str, tuple[str, ...]], across: tuple[str, tuple[str, ...]]
) -> None:
    axes.set_ylabel(down[0])
    axes.set_yticks(range(len(down[1])), down[1])
    axes.set_xlabel(across[0])
    axes.set_xticks(range(len(across[1])), across[1])
    if max(map(len, across[1])) > _SHORT:
        axes.tick_params("x", labelrotation=30)
        for label in axes.get_xticklabels():
            label.set(horizontalalignment="right", rotation_mode="anchor")
    axes.set_yticks(np.arange(1, len(down[1])) - 0.5, minor=True)
    axes.set_xticks(np.arange(1, len(across[1])) - 0.5, minor=True)
    axes.grid(which="minor", color="white", linewidth=2)
    axes.tick_params(which="both", length=0)
    axes.spines[:].set_visible(False)


def _write_numbers(
    axes: Axes, image: AxesImage, values: np.ndarray, marks: np.ndarray, best: float
) -> None:
    for (row, column), value in np.ndenumerate(values):
        red, green, blue, _ = image.cmap(image.norm(value))
        light = 0.2126 * red + 0.7152 * green + 0.0722 * blue > _LIGHT
        axes.text(
            column,
            row,
            "–" if np.isnan(value) else f"{value:.1f}{marks[row, column]}".replace(" (", "\n("),
            ha="center",
            va="center",
            color="black" if light or np.isnan(value) else "white",
            weight="bold" if value == best else "normal",
        )


def _label(grid: ScoreGrid) -> str:
    metric = grid.title.partition(" × 100")[0].rpartition(": ")[2]
    return f"{metric} × 100"
