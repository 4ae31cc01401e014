"""Curves of training runs as charts: what ``training.json`` tells step by step."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_WIDTH, _HEIGHT = 360, 200  # of the drawing, in its own units
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 12, 10, 28
_STEPS = 4  # spaces between the rules of an axis


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
        title: Encoder, model, corpus, quantity.
        description: The same in words for who cannot see it.
        lines: One a run.
        ticks: Rules and their labels, as SVG coordinates.
    """

    title: str
    description: str
    lines: tuple[CurveLine, ...]
    ticks: tuple[dict[str, Any], ...]


def training_charts(checkpoints: Sequence[Mapping[str, Any]]) -> list[Chart]:
    """Return a chart for each encoder, model, corpus and quantity that has a curve.

    Args:
        checkpoints: What each ``training.json`` says. A curve is a list in its history whose
            entries have a step and further numbers.
    """
    runs: dict[str, dict[str, list[tuple[int, float]]]] = {}
    for checkpoint in checkpoints:
        start = f"{checkpoint['spec']}, {checkpoint['model']}, trained on {checkpoint['corpus']}"
        for quantity, values in _series(checkpoint.get("history", {})):
            lines = runs.setdefault(f"{start}: {quantity}", {})
            lines[f"seed {checkpoint['seed']}"] = values
    return [_chart(title, lines) for title, lines in runs.items()]


def _series(history: Mapping[str, Any]) -> Iterator[tuple[str, list[tuple[int, float]]]]:
    for name, entries in history.items():
        if not isinstance(entries, list) or not all(
            isinstance(entry, Mapping) and "step" in entry for entry in entries
        ):
            continue
        quantities = dict.fromkeys(key for entry in entries for key in entry if key != "step")
        for quantity in quantities:
            values = [
                (int(entry["step"]), float(entry[quantity]))
                for entry in entries
                if _is_number(entry.get(quantity))
            ]
            if len(values) > 1:
                yield quantity if len(quantities) > 1 else name, values


def _is_number(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _chart(title: str, lines: Mapping[str, Sequence[tuple[int, float]]]) -> Chart:
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

    ticks: list[dict[str, Any]] = []
    for part in range(_STEPS + 1):
        value, step = low + part / _STEPS * (high - low), part / _STEPS * last
        ticks += [_height_tick(up(value), f"{value:.3g}"), _step_tick(across(step), f"{step:.0f}")]
    return Chart(
        title,
        f"{title}, from {low:.4g} to {max(heights):.4g} over {last} steps, {len(lines)} runs",
        tuple(
            CurveLine(name, tuple(values), " ".join(f"{across(s)},{up(v)}" for s, v in values))
            for name, values in lines.items()
        ),
        tuple(ticks),
    )


def _height_tick(y: float, text: str) -> dict[str, Any]:
    """Return a rule across the chart, labelled on the left."""
    rule = {"x1": _LEFT, "y1": y, "x2": _WIDTH - _RIGHT, "y2": y}
    return {**rule, "x": _LEFT - 5, "y": y + 4, "anchor": "end", "text": text}


def _step_tick(x: float, text: str) -> dict[str, Any]:
    """Return a short mark below the chart, and its label."""
    foot = _HEIGHT - _BOTTOM
    rule = {"x1": x, "y1": foot, "x2": x, "y2": foot + 4}
    return {**rule, "x": x, "y": foot + 17, "anchor": "middle", "text": text}
