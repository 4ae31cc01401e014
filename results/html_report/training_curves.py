"""Curves of training runs as charts: what ``training.json`` says step by step."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.results.families import metric_title
from harness.results.html_report.chart_axes import CURVE_FRAME, axis_ticks
from harness.results.records.training import USUAL_DEV

_TIMES = ("step", "epoch")  # what a curve runs over
_DEV = "dev"  # what histories call the score that picks the weights, a fraction
_KINDS = 4  # colours, and dashes
_DEV_TITLES = {"stsb-dev": "STS-B dev", "sickr-dev": "SICK-R dev"}

Curve = Sequence[tuple[int, float]]


@dataclass(frozen=True)
class CurveLine:
    """One run's values of one quantity.

    Attributes:
        name: The run: its seed.
        values: By step.
        points: The same as SVG coordinates.
        colour: Number of its colour.
        dash: Number of its dash; no two of the first 16 runs have colour and dash in common.
        kept: SVG coordinates of the checkpoint that was kept; empty if the curve does not show it.
    """

    name: str
    values: Mapping[int, float]
    points: str
    colour: int
    dash: int
    kept: tuple[float, ...] = ()


@dataclass(frozen=True)
class Chart:
    """All runs of an encoder, one quantity.

    Attributes:
        title: The quantity, as its axis is named.
        description: The same in words for who cannot see it.
        lines: One per run.
        steps: Every step at which a run has a value.
        form: How the values are written.
        last: The step at the axis's end.
        ticks: Rules and their labels, as SVG coordinates.
    """

    title: str
    description: str
    lines: tuple[CurveLine, ...]
    steps: tuple[int, ...]
    form: str
    last: int
    ticks: tuple[dict[str, Any], ...]
    frame = CURVE_FRAME

    @property
    def has_kept(self) -> bool:
        """Whether the checkpoint that was kept is marked."""
        return any(line.kept for line in self.lines)


@dataclass(frozen=True)
class TrainedEncoder:
    """The charts of one encoder, trained from one model on one text.

    Attributes:
        title: Encoder, model, corpus.
        charts: One per quantity.
    """

    title: str
    charts: tuple[Chart, ...]


@dataclass(frozen=True)
class _Run:
    """One quantity of one checkpoint."""

    seed: str
    values: Curve
    best_step: int | None


def training_charts(checkpoints: Sequence[Mapping[str, Any]]) -> list[TrainedEncoder]:
    """Return the charts of each encoder, model and corpus that has a curve.

    Args:
        checkpoints: What each ``training.json`` says. A curve is a list in its history whose
            entries have a step and further numbers.
    """
    models = _short_names({str(checkpoint["model"]) for checkpoint in checkpoints})
    found: dict[str, dict[str, list[_Run]]] = {}
    for checkpoint in checkpoints:
        model = models[str(checkpoint["model"])]
        title = f"{checkpoint['spec']}, {model}, trained on {checkpoint['corpus']}"
        title += _picked_by(checkpoint)
        history = checkpoint.get("history", {})
        for quantity, values in _series(history, _dev_title(checkpoint)):
            run = _Run(f"seed {checkpoint['seed']}", values, history.get("best_step"))
            found.setdefault(title, {}).setdefault(quantity, []).append(run)
    return [
        TrainedEncoder(title, _charts(title, quantities)) for title, quantities in found.items()
    ]


def _short_names(models: set[str]) -> dict[str, str]:
    """Return the last part of each model's path, or the whole where two have that in common."""
    short = {model: model.rstrip("/").rpartition("/")[2] for model in models}
    taken = list(short.values())
    return {model: name if taken.count(name) == 1 else model for model, name in short.items()}


def _dev(checkpoint: Mapping[str, Any]) -> tuple[str, str]:
    """Return the task and metric whose score picked the weights."""
    dev = checkpoint.get("dev") or {}
    return dev.get("task", USUAL_DEV[0]), dev.get("metric", USUAL_DEV[1])


def _picked_by(checkpoint: Mapping[str, Any]) -> str:
    """Name what the dev score is, where it is not that of STS-B dev."""
    task, metric = _dev(checkpoint)
    return "" if (task, metric) == USUAL_DEV else f", picked by {metric} on {task}"


def _dev_title(checkpoint: Mapping[str, Any]) -> str:
    task, metric = _dev(checkpoint)
    return f"{metric_title(metric)} on {_DEV_TITLES.get(task, task)} × 100"


def _series(history: Mapping[str, Any], dev_title: str) -> Iterator[tuple[str, Curve]]:
    """Yield each quantity by its title, dev scores x 100."""
    for name, entries in history.items():
        if not isinstance(entries, list) or not all(
            isinstance(entry, Mapping) and "step" in entry for entry in entries
        ):
            continue
        quantities = dict.fromkeys(key for entry in entries for key in entry if key not in _TIMES)
        for quantity in quantities:
            is_dev = quantity == _DEV
            values = [
                (int(entry["step"]), (100 if is_dev else 1) * float(entry[quantity]))
                for entry in entries
                if _is_number(entry.get(quantity))
            ]
            title = (quantity if len(quantities) > 1 else name).replace("_", " ")
            if len(values) > 1:
                yield dev_title if is_dev else title, values


def _is_number(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _charts(title: str, quantities: Mapping[str, Sequence[_Run]]) -> tuple[Chart, ...]:
    """Return the charts of one encoder, which share the axis of steps."""
    every = [run for runs in quantities.values() for run in runs]
    last = max(1, *(step for run in every for step, _ in run.values))
    return tuple(_chart(title, name, runs, last) for name, runs in quantities.items())


def _chart(title: str, quantity: str, runs: Sequence[_Run], last: int) -> Chart:
    heights = [value for run in runs for _, value in run.values]
    low, high = min(heights), max(heights)
    top = high if high > low else low + 1
    steps = sorted({step for run in runs for step, _ in run.values})
    return Chart(
        quantity,
        f"{title}: {quantity} from {low:.4g} to {high:.4g} over {last} steps, {len(runs)} runs",
        tuple(_line(run, number, (low, top), last) for number, run in enumerate(runs)),
        tuple(steps),
        "%.2f" if quantity.endswith("× 100") else "%.4g",
        last,
        axis_ticks(low, top, last),
    )


def _line(run: _Run, number: int, ends: tuple[float, float], last: int) -> CurveLine:
    frame = CURVE_FRAME
    places = {
        step: (frame.across(step / last), frame.up((value - ends[0]) / (ends[1] - ends[0])))
        for step, value in run.values
    }
    return CurveLine(
        run.seed,
        dict(run.values),
        " ".join(f"{x},{y}" for x, y in places.values()),
        number % _KINDS,
        (number + number // _KINDS) % _KINDS,
        places.get(run.best_step, ()) if run.best_step is not None else (),
    )
