"""Draw what a recipe's section measured: a heat map, a curve, or a scatter."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from harness.recipes.jobs import JobResult
from harness.recipes.recipe import Section
from harness.results.families import AVERAGE, FAMILY_METRICS
from harness.results.files import last_words
from harness.results.records.record import Record
from harness.results.tables.layer_grid import ScoreGrid, score_grid
from harness.results.tables.setting_table import shown_tasks
from harness.settings import Spec

_SUFFIXES = ("png", "svg")

Figure = tuple[Path, str]
"""A file and what it shows."""


def draw_section(results: Sequence[JobResult], folder: Path) -> list[Figure]:
    """Draw one section; sections of plain scores, times and sizes have no figure.

    Args:
        results: What the section's jobs found.
        folder: Where the figures go.
    """
    section = results[0].job.section
    if section.measure == "space":
        return list(_draw_spaces(results, folder))
    drawn: list[Figure] = []
    for result in results:
        name = f"{section.name}-{last_words(result.job.model)}"
        if section.layers:
            drawn += _draw_layers(result, folder / name)
        elif section.grid:
            drawn += _draw_grid(result, folder / f"{name}-{last_words(result.job.encoders[0])}")
    return drawn


def _draw_layers(result: JobResult, start: Path) -> Iterator[Figure]:
    from harness.results.plots.heatmap import (
        draw_heatmap,  # deferred: matplotlib takes a second to import
    )

    for grid in layer_grids(result.records, result.job.section):
        for path in _paths(start, grid.name):
            draw_heatmap(grid, path)
            yield path, grid.title


def _draw_grid(result: JobResult, start: Path) -> Iterator[Figure]:
    from harness.results.plots.setting_plot import (
        draw_settings,  # deferred: matplotlib takes a second to import
    )

    if not result.records:
        return
    section, family = result.job.section, result.records[0].family
    metric = FAMILY_METRICS[family][0]
    tasks = shown_tasks(result.records)
    if AVERAGE in tasks:
        tasks = {AVERAGE: AVERAGE}
    for task, title in tasks.items():
        told = f"{title}: {result.job.encoders[0]}, {result.job.model}"
        for path in _paths(start, task):
            draw_settings(
                result.points,
                tuple(section.grid),
                task,
                path,
                title=f"{told}: {metric.capitalize()} × 100",
                metric=metric,
                protocol=section.protocol,
            )
            yield path, told


def _draw_spaces(results: Sequence[JobResult], folder: Path) -> Iterator[Figure]:
    from harness.results.plots.collapse_diagram import (  # deferred: matplotlib
        collapse_panels,
        draw_collapse,
    )

    spaces = [space for result in results for space in result.spaces]
    records = [record for result in results for record in result.records]
    for task in dict.fromkeys(space.task for space in spaces):
        panels = collapse_panels([space for space in spaces if space.task == task], records)
        for path in _paths(folder / results[0].job.section.name, task) if panels else []:
            draw_collapse(panels, path)
            yield path, f"Gold score against cosine: {panels[0].space.place}"


def layer_grids(records: Sequence[Record], section: Section) -> list[ScoreGrid]:
    """Arrange the records of a layer sweep: layers by poolings, a grid a task and model."""
    alike: dict[tuple[str, str | None], dict[tuple[str, str], Record]] = {}
    for record in records:
        cell = (str(record.settings["layers"]), record.encoder_name)
        alike.setdefault((record.task, record.model), {})[cell] = record
    return [_layer_grid(found, section) for found in alike.values()]


def _layer_grid(found: Mapping[tuple[str, str], Record], section: Section) -> ScoreGrid:
    layers = sorted({layer for layer, _ in found}, key=int)
    poolings = list(dict.fromkeys(Spec.parse(spec).name for spec in section.encoders))
    cells = [[found.get((layer, pooling)) for pooling in poolings] for layer in layers]
    unscored = any(record is None for row in cells for record in row)
    return score_grid(
        cells,
        axes=("layer", "pooling"),
        rows=layers,
        columns=poolings,
        metric=FAMILY_METRICS[next(iter(found.values())).family][0],
        protocol=section.protocol,
        notes=["– no score: all vectors the same, as [CLS] in the embedding output"]
        if unscored
        else [],
    )


def _paths(start: Path, name: str) -> list[Path]:
    stem = f"{start.name}-{last_words(name)}"
    return [start.with_name(f"{stem}.{suffix}") for suffix in _SUFFIXES]
