"""Draw what a recipe's section measured: a heat map, a curve, or a scatter."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.recipes.jobs import JobResult
from harness.results.families import AVERAGE
from harness.results.files import last_words
from harness.results.plots.page import FOR_SCREEN, Drawing
from harness.results.tables.layer_grid import ScoreGrid, layer_grids

_UNSCORED = "– no score: all vectors the same, as [CLS] in the embedding output"

Figure = tuple[Path, str]
"""A file and what it shows."""


def draw_section(
    results: Sequence[JobResult], folder: Path, drawing: Drawing = FOR_SCREEN
) -> list[Figure]:
    """Draw one section, as PNG in any case; plain scores, times and sizes have no figure.

    Args:
        results: What the section's jobs found.
        folder: Where the figures go.
        drawing: How to draw.
    """
    section = results[0].job.section
    if section.measure == "space":
        return list(_draw_spaces(results, folder, drawing))
    drawn: list[Figure] = []
    for result in results:
        name = f"{section.name}-{last_words(result.job.model)}"
        if section.layers:
            drawn += _draw_layers(result, folder / name, drawing)
        elif section.grid:
            start = folder / f"{name}-{last_words(result.job.encoders[0])}"
            drawn += _draw_grid(result, start, drawing)
    return drawn


def _draw_layers(result: JobResult, start: Path, drawing: Drawing) -> Iterator[Figure]:
    from harness.results.plots.heatmap import (
        draw_heatmap,  # deferred: matplotlib takes a second to import
    )

    for grid in section_grids(result):
        for path in _paths(start, grid.name, drawing):
            draw_heatmap(grid, path, drawing.page)
            yield path, grid.title


def _draw_grid(result: JobResult, start: Path, drawing: Drawing) -> Iterator[Figure]:
    from harness.results.plots.setting_plot import (
        draw_settings,  # deferred: matplotlib takes a second to import
    )

    families = result.scores.by_family
    for family, swept in families.items():
        tasks = {AVERAGE: AVERAGE} if AVERAGE in swept.tasks else swept.tasks
        own = f"{family}-" if len(families) > 1 else ""  # each family may have an average
        for task, title in tasks.items():
            caption = f"{title}: {result.job.encoders[0]}, {result.job.model}"
            for path in _paths(start, f"{own}{task}", drawing):
                draw_settings(
                    swept,
                    task,
                    path,
                    title=caption,
                    metric=None,
                    protocol=result.job.section.protocol,
                    page=drawing.page,
                )
                yield path, caption


def _draw_spaces(results: Sequence[JobResult], folder: Path, drawing: Drawing) -> Iterator[Figure]:
    from harness.results.plots.collapse_diagram import (  # deferred: matplotlib
        collapse_panels,
        draw_collapse,
    )

    spaces = [space for result in results for space in result.spaces]
    records = [record for result in results for record in result.records]
    for task in dict.fromkeys(space.task for space in spaces):
        panels = collapse_panels([space for space in spaces if space.task == task], records)
        start = folder / results[0].job.section.name
        for path in _paths(start, task, drawing) if panels else []:
            draw_collapse(panels, path, drawing.page)
            yield path, f"Gold score against cosine: {panels[0].space.place}"


def section_grids(result: JobResult) -> list[ScoreGrid]:
    """Arrange the scores of a layer sweep: layers by poolings, a grid for each task."""
    grids = layer_grids(result.scores, metric=None, protocol=result.job.section.protocol)
    return [
        grid.with_notes([_UNSCORED]) if any(None in row for row in grid.values) else grid
        for grid in grids
    ]


def _paths(start: Path, name: str, drawing: Drawing) -> list[Path]:
    formats = dict.fromkeys(("png", *drawing.formats))
    stem = f"{start.name}-{last_words(name)}"
    return [start.with_name(f"{stem}.{suffix}") for suffix in formats]
