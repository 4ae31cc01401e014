"""Heat maps of scores by layer and pooling, from the records of a layer sweep."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from harness.results.families import metric_title
from harness.results.html_report.heat_colours import STOPS, heat_colour
from harness.results.records.record import Record
from harness.results.records.task_heads import task_heads
from harness.results.tables.colour_range import colour_range
from harness.results.tables.layer_grid import ScoreGrid, score_grid
from harness.results.tables.scoreboard import Scoreboard
from harness.results.tables.sweep_scores import SweepPoint, SweepScores


@dataclass(frozen=True)
class LayerMap:
    """A row per pooling, a column per layer.

    Attributes:
        title: Task, metric, protocol, model, data.
        family: What the maps of one task and model under other metrics and protocols share.
        of: Family of tasks and label of the board, whose switches choose the map.
        metric: Metric shown.
        protocol: How splits became the task's score.
        layers: Indices of the hidden states, 0 the embedding output.
        rows: Name of the pooling, and for each layer its cell or None.
        ends: The scores at the ends of the colours, the worst first, as they are shown.
        notes: What the marks mean.
    """

    title: str
    family: str
    of: str
    metric: str
    protocol: str
    layers: tuple[int, ...]
    rows: tuple[tuple[str, tuple[dict[str, Any] | None, ...]], ...]
    ends: tuple[str, str]
    notes: tuple[str, ...]
    stops = ", ".join(STOPS)


def layer_maps(boards: Sequence[Scoreboard]) -> list[LayerMap]:
    """Return a map for each task and model that was swept over at least two layers.

    Args:
        boards: Scores under one metric and protocol each.
    """
    maps: dict[str, LayerMap] = {}
    for board in boards:
        for swept in _sweeps(board):
            record = swept.records[0]
            head = task_heads(board.records)[record.task]
            family = ", ".join(filter(None, [head, record.model, board.label]))
            title = f"{family}, {_how(board, record.task)}"
            grid = score_grid(
                swept, record.task, title=title, metric=board.metric, protocol=board.protocol
            )
            maps.setdefault(title, _layer_map(grid, family, board))
    families = list(dict.fromkeys(found.family for found in maps.values()))
    return sorted(maps.values(), key=lambda found: families.index(found.family))


def _sweeps(board: Scoreboard) -> Iterator[SweepScores]:
    """Yield poolings by layers for each task and model, those scored at two layers or more."""
    found: dict[tuple[str, str | None], dict[str, dict[int, Record]]] = {}
    for record in board.records:
        layer = _single_layer(record)
        if layer is not None and record.find_score(board.metric, board.protocol) is not None:
            poolings = found.setdefault((record.task, record.model), {})
            poolings.setdefault(record.encoder_name, {})[layer] = record
    for poolings in found.values():
        several = {name: records for name, records in poolings.items() if len(records) > 1}
        layers = sorted({layer for records in several.values() for layer in records})
        points = tuple(
            SweepPoint(
                {"encoder": name, "layers": str(layer)},
                tuple(record for place, record in records.items() if place == layer),
            )
            for name, records in several.items()
            for layer in layers
        )
        if points:
            yield SweepScores(("encoder", "layers"), points)


def _single_layer(record: Record) -> int | None:
    """Return the one layer that a record's encoder reads, if that is all that is set of it."""
    layers = str(record.settings.get("layers", ""))
    if not layers.isdecimal() or record.encoder != f"{record.encoder_name}:layers={layers}":
        return None
    return int(layers)


def _how(board: Scoreboard, task: str) -> str:
    """Return the metric, and the protocol only where the task's splits make it matter."""
    splits = max(len(record.splits) for record in board.records if record.task == task)
    metric = f"{metric_title(board.metric)} × 100"
    sample = ", SAMPLE DATA" if any(record.is_sample for record in board.records) else ""
    return f"{metric}{f', protocol {board.protocol}' if splits > 1 else ''}{sample}"


def _layer_map(grid: ScoreGrid, family: str, board: Scoreboard) -> LayerMap:
    every = [100 * score for row in grid.values for score in row if score is not None]
    best = min(every) if grid.prefers_low else max(every)
    low, high = (100 * end for end in colour_range(grid, _best_interval(board, grid)))
    worst_end, best_end = (high, low) if grid.prefers_low else (low, high)

    def cell(score: float | None, marks: str) -> dict[str, Any] | None:
        if score is None:
            return None
        fill, ink = heat_colour((100 * score - worst_end) / (best_end - worst_end))
        text = f"{100 * score:.2f}{marks}"
        return {"text": text, "fill": fill, "ink": ink, "best": 100 * score == best}

    rows = tuple(
        (name, tuple(map(cell, row, marks)))
        for name, row, marks in zip(grid.rows, grid.values, grid.marks, strict=True)
    )
    layers = tuple(map(int, grid.columns))
    ends = (f"{worst_end:.1f}", f"{best_end:.1f}")
    of = f"{board.records[0].family} {board.label}"
    how = (of, board.metric, board.protocol)
    return LayerMap(grid.title, family, *how, layers, rows, ends, grid.mark_notes)


def _best_interval(board: Scoreboard, grid: ScoreGrid) -> float:
    """Return how wide the interval of the map's best score is, as a fraction; 0 without one."""
    head = task_heads(board.records)[grid.name]
    rows = [row for row in board.rows if row.partition(":")[0] in grid.rows]
    best = {row: mean for row in rows if (mean := board.cell(row, head).mean) is not None}
    choose = min if grid.prefers_low else max
    interval = board.intervals.get((choose(best, key=best.__getitem__, default=""), head))
    return (interval.high - interval.low) / 100 if interval else 0.0
