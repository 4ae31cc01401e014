"""Draw gold scores against cosines, as in Figure 1 of ConSERT, and how the variance is shared."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.results.display.shown_text import shown_line
from harness.results.plots.style import figure_image, figure_style, save_figure
from harness.results.records.record import Record, drawing_step, pair_scores
from harness.results.records.space_record import SpaceRecord

_PANEL_INCHES = (3.4, 3.0)
_FONT_SIZE = 9  # points
_COLOUR, _LINE = "#2f4b7c", "#d45087"


@dataclass(frozen=True)
class CollapsePanel:
    """One encoder's part of the diagram.

    Attributes:
        space: Its analysis.
        gold: Gold score of each pair.
        cosines: Cosine of each pair.
    """

    space: SpaceRecord
    gold: tuple[float, ...]
    cosines: tuple[float, ...]


def collapse_panels(
    spaces: Sequence[SpaceRecord], records: Sequence[Record]
) -> list[CollapsePanel]:
    """Match analyses with the per-pair scores of the same encoder, seed and task."""
    by_key = {_key(record): record for record in records}
    found = [(space, by_key[_key(space)]) for space in spaces if _key(space) in by_key]
    return [
        CollapsePanel(space, pair_scores(record, "gold"), pair_scores(record, "system"))
        for space, record in found
    ]


def draw_collapse(panels: Sequence[CollapsePanel], path: Path) -> None:
    """Write the diagram: a scatter for each encoder, and all spectra in one plot below.

    Args:
        panels: At least one, all of one task.
        path: The suffix decides the format: ``.png``, ``.svg``, ``.pdf``.
    """
    with figure_style(_FONT_SIZE):
        save_figure(_figure(panels), path)


def collapse_image(panels: Sequence[CollapsePanel]) -> bytes:
    """Return the diagram that `draw_collapse` writes, as a PNG file's bytes."""
    with figure_style(_FONT_SIZE):
        return figure_image(_figure(panels))


def _figure(panels: Sequence[CollapsePanel]) -> Figure:
    width, height = _PANEL_INCHES
    figure = Figure(figsize=(max(2, len(panels)) * width, 2 * height), layout="constrained")
    grid = figure.add_gridspec(2, len(panels))
    scatters = [figure.add_subplot(grid[0, column]) for column in range(len(panels))]
    for axes, panel in zip(scatters, panels, strict=True):
        _draw_scatter(axes, panel)
        axes.sharey(scatters[0])
    scatters[0].set_ylabel("cosine")
    _draw_spectra(figure.add_subplot(grid[1, :]), panels)
    figure.suptitle(shown_line(panels[0].space.place), fontsize=10)
    return figure


def _draw_scatter(axes: Axes, panel: CollapsePanel) -> None:
    step = drawing_step(len(panel.gold))
    axes.plot(
        panel.gold[::step],
        panel.cosines[::step],
        ".",
        markersize=4,
        alpha=0.4,
        markeredgewidth=0,
        color=_COLOUR,
        rasterized=True,  # thousands of points make an SVG slow
    )
    bands = panel.space.space.bands
    middle = [(band.low + band.high) / 2 for band in bands]
    axes.plot(middle, [band.mean for band in bands], color=_LINE, marker="o", markersize=3)
    mean = panel.space.space.anisotropy
    axes.axhline(mean, color="grey", linestyle=":", linewidth=1)
    axes.set(xlabel="gold score", xlim=(-0.1, 5.1))
    axes.set_title(f"{shown_line(panel.space.name)}\nmean cosine {mean:.2f}", fontsize=9)


def _draw_spectra(axes: Axes, panels: Sequence[CollapsePanel]) -> None:
    for panel in panels:
        shares = np.cumsum(panel.space.space.spectrum)
        axes.plot(np.arange(1, len(shares) + 1), shares, label=shown_line(panel.space.name))
    axes.set(xlabel="principal directions", ylabel="share of the variance", ylim=(0, 1.02))
    axes.set_xscale("log")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)


def _key(record: Record | SpaceRecord) -> tuple[object, ...]:
    texts = record.training.sources if record.training else ()
    return (record.encoder, record.model, record.seed, record.task, record.fingerprint, texts)
