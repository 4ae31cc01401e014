"""Draw gold scores against cosines, as in Figure 1 of ConSERT, and how the variance is shared."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.results.display.shown_text import shown_line
from harness.results.plots.axis_words import name_numbers
from harness.results.plots.page import SCREEN, Page
from harness.results.plots.style import (
    BLUE,
    VERMILLION,
    add_notes,
    add_title,
    figure_image,
    figure_style,
    folded,
    save_figure,
    series_looks,
)
from harness.results.records.record import Record, drawing_step, pair_scores
from harness.results.records.space_record import SpaceRecord

_PANEL_EMS = (24, 20)
_MOST_ACROSS = 3
_FEW_PAIRS = 200  # so few dots may be large
_NOTE = (
    "Dots: pairs; line with squares: mean cosine of the pairs of a gold score; dotted: mean"
    " cosine of different sentences."
)


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


def draw_collapse(panels: Sequence[CollapsePanel], path: Path, page: Page = SCREEN) -> None:
    """Write the diagram: a scatter for each encoder, and all spectra in one plot below.

    Args:
        panels: At least one, all of one task.
        path: The suffix decides the format: ``.png``, ``.svg``, ``.pdf``.
        page: What the figure is made for.
    """
    with figure_style(page):
        save_figure(_figure(panels, page), path)


def collapse_image(panels: Sequence[CollapsePanel]) -> bytes:
    """Return the diagram that `draw_collapse` writes, as a PNG file's bytes."""
    with figure_style():
        return figure_image(_figure(panels, SCREEN))


def _figure(panels: Sequence[CollapsePanel], page: Page) -> Figure:
    em = page.font_size / 72
    across = min(len(panels), 2 if page.is_narrow else _MOST_ACROSS)
    down = math.ceil(len(panels) / across)
    width = page.fit(max(2, across) * _PANEL_EMS[0] * em)
    tall = min(_PANEL_EMS[1] * em, 0.9 * width / across) + 3 * em
    spectra = 20 * em + 1.4 * em * len(panels)
    figure = Figure(figsize=(width, down * tall + spectra), layout="constrained")
    grid = figure.add_gridspec(down + 1, across, height_ratios=[*[tall] * down, spectra])
    scatters = [
        figure.add_subplot(grid[place // across, place % across]) for place in range(len(panels))
    ]
    for place, (axes, panel) in enumerate(zip(scatters, panels, strict=True)):
        axes.sharey(scatters[0])
        _draw_scatter(axes, panel)
        room = width / across - 3 * em
        title = folded(shown_line(panel.space.name), room, page.font_size)
        mean = f"{panel.space.space.anisotropy:.2f}".replace("-", "−")
        axes.set_title(f"{title}\nmean cosine {mean}")
        axes.tick_params("y", labelleft=place % across == 0)
        axes.set_ylabel("cosine" if place % across == 0 else "")
        axes.set_xlabel("gold score" if place >= (down - 1) * across else "")
    _draw_spectra(figure.add_subplot(grid[down, :]), panels, width, page)
    add_title(figure, shown_line(panels[0].space.place), page)
    add_notes(figure, [_NOTE], page)
    return figure


def _draw_scatter(axes: Axes, panel: CollapsePanel) -> None:
    step = drawing_step(len(panel.gold))
    is_dense = len(panel.gold) > _FEW_PAIRS
    axes.plot(
        panel.gold[::step],
        panel.cosines[::step],
        linestyle="none",
        marker=".",
        markersize=3 if is_dense else 6,
        alpha=0.35 if is_dense else 0.7,
        markeredgewidth=0,
        color=BLUE,
        rasterized=True,  # thousands of points make an SVG slow
    )
    bands = panel.space.space.bands
    middle = [(band.low + band.high) / 2 for band in bands]
    means = [band.mean for band in bands]
    axes.plot(middle, means, color=VERMILLION, linestyle="-", marker="s", markersize=3)
    mean = panel.space.space.anisotropy
    axes.axhline(mean, color="#606060", linestyle=":", linewidth=1, marker="")
    axes.set_xlim(-0.1, 5.1)


def _draw_spectra(axes: Axes, panels: Sequence[CollapsePanel], width: float, page: Page) -> None:
    for panel, look in zip(panels, series_looks(len(panels)), strict=True):
        shares = np.cumsum(panel.space.space.spectrum)
        places = np.arange(1, len(shares) + 1)
        marked = _spread_marks(len(shares))
        name = folded(shown_line(panel.space.name), 0.8 * width, page.font_size)
        axes.plot(places, shares, label=name, markevery=marked, **look)  # type: ignore[arg-type]
    longest = max(len(panel.space.space.spectrum) for panel in panels)
    axes.set(xlabel="principal directions", ylabel="share of the variance", ylim=(0, 1.02))
    steps = (1, 2, 5) if longest <= 100 else (1,)  # noqa: PLR2004 - or the names meet
    powers = range(int(math.log10(longest)) + 1)
    name_numbers(
        axes,
        [n * 10**power for power in powers for n in steps if n * 10**power <= longest],
        is_log=True,
    )
    axes.grid()
    axes.legend(
        loc="upper left", bbox_to_anchor=(0, -0.3), borderaxespad=0, frameon=False, ncols=1
    )


def _spread_marks(many: int) -> list[int]:
    """Return places of markers about evenly apart on a logarithmic axis."""
    return sorted({int(place) - 1 for place in np.geomspace(1, many, 8).round()})


def _key(record: Record | SpaceRecord) -> tuple[object, ...]:
    texts = record.training.sources if record.training else ()
    return (record.encoder, record.model, record.seed, record.task, record.fingerprint, texts)
