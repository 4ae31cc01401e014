"""Heat maps of scores by layer and pooling, from the records of a layer sweep."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from harness.results.families import metric_title
from harness.results.records.record import Record
from harness.results.records.task_heads import task_heads
from harness.results.tables.layer_grid import ScoreGrid, score_grid
from harness.results.tables.scoreboard import Scoreboard
from harness.results.tables.sweep_scores import SweepPoint, SweepScores

_STRONGEST = 75  # percent of the warm colour at the best score, so that text stays readable


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
        notes: What the marks mean.
    """

    title: str
    family: str
    of: str
    metric: str
    protocol: str
    layers: tuple[int, ...]
    rows: tuple[tuple[str, tuple[dict[str, Any] | None, ...]], ...]
    notes: tuple[str, ...]


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
    worst, best = min(every), max(every)
    if grid.prefers_low:
        worst, best = best, worst

    def cell(score: float | None, marks: str) -> dict[str, Any] | None:
        if score is None:
            return None
        share = (100 * score - worst) / (best - worst) if best != worst else 0.0
        return {
            "text": f"{100 * score:.2f}{marks}",
            "heat": round(_STRONGEST * share),
            "best": 100 * score == best,
        }

    rows = tuple(
        (name, tuple(map(cell, row, marks)))
        for name, row, marks in zip(grid.rows, grid.values, grid.marks, strict=True)
    )
    layers = tuple(map(int, grid.columns))
    of = f"{board.records[0].family} {board.label}"
    how = (of, board.metric, board.protocol)
    return LayerMap(grid.title, family, *how, layers, rows, grid.mark_notes)
