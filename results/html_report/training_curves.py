"""Curves of training runs as charts: what ``training.json`` says step by step."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.results.records.training import USUAL_DEV

_WIDTH, _HEIGHT = 280, 160  # of the drawing, in its own units
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 10, 8, 26
_RULES = 5  # about so many rules an axis
_TIMES = ("step", "epoch")  # what a curve runs over


@dataclass(frozen=True)
class CurveLine:
    """One run's values of one quantity.

    Attributes:
        name: The run: its seed.
        values: Step and value.
        points: The same as SVG coordinates.
    """

    name: str
    values: tuple[tuple[int, float], ...]
    points: str


@dataclass(frozen=True)
class Chart:
    """All runs of an encoder, one quantity.

    Attributes:
        title: The quantity.
        description: The same in words for who cannot see it.
        lines: One a run.
        ticks: Rules and their labels, as SVG coordinates.
        size: Width and height of the drawing.
    """

    title: str
    description: str
    lines: tuple[CurveLine, ...]
    ticks: tuple[dict[str, Any], ...]
    size: tuple[int, int] = (_WIDTH, _HEIGHT)


@dataclass(frozen=True)
class TrainedEncoder:
    """The charts of one encoder, trained from one model on one text.

    Attributes:
        title: Encoder, model, corpus.
        charts: One a quantity.
    """

    title: str
    charts: tuple[Chart, ...]


def training_charts(checkpoints: Sequence[Mapping[str, Any]]) -> list[TrainedEncoder]:
    """Return the charts of each encoder, model and corpus that has a curve.

    Args:
        checkpoints: What each ``training.json`` says. A curve is a list in its history whose
            entries have a step and further numbers.
    """
    runs: dict[str, dict[str, dict[str, list[tuple[int, float]]]]] = {}
    for checkpoint in checkpoints:
        title = f"{checkpoint['spec']}, {checkpoint['model']}, trained on {checkpoint['corpus']}"
        title += _picked_by(checkpoint)
        for quantity, values in _series(checkpoint.get("history", {})):
            lines = runs.setdefault(title, {}).setdefault(quantity, {})
            lines[f"seed {checkpoint['seed']}"] = values
    return [
        TrainedEncoder(title, tuple(_chart(title, *curves) for curves in quantities.items()))
        for title, quantities in runs.items()
    ]


def _picked_by(checkpoint: Mapping[str, Any]) -> str:
    """Name what the dev score is, where it is not that of STS-B dev."""
    dev = checkpoint.get("dev") or {}
    name, metric = dev.get("task", USUAL_DEV[0]), dev.get("metric", USUAL_DEV[1])
    return "" if (name, metric) == USUAL_DEV else f", picked by {metric} on {name}"


def _series(history: Mapping[str, Any]) -> Iterator[tuple[str, list[tuple[int, float]]]]:
    for name, entries in history.items():
        if not isinstance(entries, list) or not all(
            isinstance(entry, Mapping) and "step" in entry for entry in entries
        ):
            continue
        quantities = dict.fromkeys(key for entry in entries for key in entry if key not in _TIMES)
        for quantity in quantities:
            values = [
                (int(entry["step"]), float(entry[quantity]))
                for entry in entries
                if _is_number(entry.get(quantity))
            ]
            if len(values) > 1:
                yield (quantity if len(quantities) > 1 else name).replace("_", " "), values


def _is_number(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _chart(title: str, quantity: str, lines: Mapping[str, Sequence[tuple[int, float]]]) -> Chart:
    steps = [step for values in lines.values() for step, _ in values]
    heights = [value for values in lines.values() for _, value in values]
    last, low, high = max(steps), min(heights), max(heights)
    high = high if high > low else low + 1

    def across(step: float) -> float:
        return round(_LEFT + step / max(last, 1) * (_WIDTH - _LEFT - _RIGHT), 1)

    def up(value: float) -> float:
        return round(
            _HEIGHT - _BOTTOM - (value - low) / (high - low) * (_HEIGHT - _TOP - _BOTTOM), 1
        )

    ticks = [_height_tick(up(value), text) for value, text in _rules(low, high)]
    ticks += [_step_tick(across(step), text) for step, text in _rules(0, max(last, 1))]
    return Chart(
        quantity,
        f"{title}: {quantity} from {low:.4g} to {max(heights):.4g} over {last} steps,"
        f" {len(lines)} runs",
        tuple(
            CurveLine(name, tuple(values), " ".join(f"{across(s)},{up(v)}" for s, v in values))
            for name, values in lines.items()
        ),
        tuple(ticks),
    )


def _rules(low: float, high: float) -> list[tuple[float, str]]:
    """Return round values from low to high, 1, 2 or 5 times a power of ten apart, with labels."""
    rough = (high - low) / _RULES
    power = 10.0 ** math.floor(math.log10(rough))
    step = power * next(factor for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
    digits = max(0, -math.floor(math.log10(step)))
    numbers = range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
    return [(number * step, f"{number * step:.{digits}f}") for number in numbers]


def _height_tick(y: float, text: str) -> dict[str, Any]:
    """Return a rule across the chart, labelled on the left."""
    rule = {"x1": _LEFT, "y1": y, "x2": _WIDTH - _RIGHT, "y2": y}
    return {**rule, "x": _LEFT - 5, "y": y + 4, "anchor": "end", "text": text}


def _step_tick(x: float, text: str) -> dict[str, Any]:
    """Return a short mark below the chart, and its label."""
    foot = _HEIGHT - _BOTTOM
    rule = {"x1": x, "y1": foot, "x2": x, "y2": foot + 4}
    return {**rule, "x": x, "y": foot + 17, "anchor": "middle", "text": text}
