"""Heat maps of scores by layer and pooling, from the records of a layer sweep."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.results.records.record import Record
from harness.results.tables.scoreboard import Scoreboard

_STRONGEST = 75  # percent of the warm colour at the best score, so that text stays readable


@dataclass(frozen=True)
class LayerMap:
    """A row a pooling, a column a layer.

    Attributes:
        title: Task, metric, protocol, model, data.
        family: What the maps of one task and model under other metrics and protocols share.
        metric: Metric shown.
        protocol: How splits became the task's score.
        layers: Indices of the hidden states, 0 the embedding output.
        rows: Name of the pooling, and for each layer its cell or None.
    """

    title: str
    family: str
    metric: str
    protocol: str
    layers: tuple[int, ...]
    rows: tuple[tuple[str, tuple[dict[str, Any] | None, ...]], ...]


def layer_maps(boards: Sequence[Scoreboard]) -> list[LayerMap]:
    """Return a map for each task and model that was swept over at least two layers.

    Args:
        boards: Scores under one metric and protocol each.
    """
    maps: dict[str, LayerMap] = {}
    for board in boards:
        by_task: dict[tuple[str, str | None], dict[str, dict[int, float]]] = {}
        titles: dict[tuple[str, str | None], str] = {}
        for record in board.records:
            layer, score = _single_layer(record), record.find_score(board.metric, board.protocol)
            if layer is not None and score is not None:
                key = (record.task, record.model)
                titles[key] = record.title
                by_layer = by_task.setdefault(key, {}).setdefault(record.encoder_name, {})
                by_layer[layer] = 100 * score
        for key, scores in by_task.items():
            family = ", ".join(filter(None, [titles[key], key[1], board.label]))
            title = f"{family}, {_how(board, key[0])}"
            swept = {pooling: of for pooling, of in scores.items() if len(of) > 1}
            if swept:
                maps.setdefault(title, _layer_map(title, family, board, swept))
    families = list(dict.fromkeys(found.family for found in maps.values()))
    return sorted(maps.values(), key=lambda found: families.index(found.family))


def _single_layer(record: Record) -> int | None:
    """Return the one layer that a record's encoder reads, if that is all that is set of it."""
    layers = str(record.settings.get("layers", ""))
    if not layers.isdecimal() or record.encoder != f"{record.encoder_name}:layers={layers}":
        return None
    return int(layers)


def _how(board: Scoreboard, task: str) -> str:
    """Tell the metric, and the protocol only where the task's splits make it matter."""
    splits = max(len(record.splits) for record in board.records if record.task == task)
    metric = f"{board.metric.capitalize()} × 100"
    sample = ", SAMPLE DATA" if any(record.is_sample for record in board.records) else ""
    return f"{metric}{f', protocol {board.protocol}' if splits > 1 else ''}{sample}"


def _layer_map(
    title: str, family: str, board: Scoreboard, scores: Mapping[str, Mapping[int, float]]
) -> LayerMap:
    layers = tuple(sorted({layer for of in scores.values() for layer in of}))
    every = [score for of in scores.values() for score in of.values()]
    low, high = min(every), max(every)

    def cell(score: float | None) -> dict[str, Any] | None:
        if score is None:
            return None
        share = (score - low) / (high - low) if high > low else 0.0
        return {"text": f"{score:.2f}", "heat": round(_STRONGEST * share), "best": score == high}

    rows = ((name, tuple(cell(of.get(layer)) for layer in layers)) for name, of in scores.items())
    return LayerMap(title, family, board.metric, board.protocol, layers, tuple(rows))
