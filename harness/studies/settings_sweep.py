"""Score an encoder at many values of its settings, trained where it must be."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from harness.errors import SettingError
from harness.evaluation.evaluation import run_evaluation
from harness.evaluation.report import Failure
from harness.evaluation.run_options import RunOptions
from harness.planning.planned_encoders import plan_encoders
from harness.results.records.record import Record
from harness.results.tables.setting_table import SettingScores

LIMIT = "limit"
ENCODER = "encoder"
"""What a grid calls the number of training sentences, and the encoder itself: no settings."""


@dataclass
class SettingsSweep:
    """The outcome of a sweep over settings.

    Attributes:
        encoder: The encoder as it was asked for.
        axes: The settings that vary.
        points: One for each combination of values, in the order asked for.
        failures: What could not be trained or scored, and why.
    """

    encoder: str
    axes: tuple[str, ...]
    points: list[SettingScores] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    @property
    def records(self) -> list[Record]:
        """All records."""
        return [record for point in self.points for record in point.records]

    def measured_by(self, metric: str | None) -> "SettingsSweep":
        """Return the sweep with only those records that have a metric; None keeps all."""
        points = [
            SettingScores(
                point.settings,
                tuple(r for r in point.records if metric is None or metric in r.scores),
            )
            for point in self.points
        ]
        return dataclasses.replace(self, points=points)


def parse_grid(texts: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Read which settings to vary, each text ``name=value,value,...``.

    Raises:
        SettingError: If a text has no name or no value, or a name comes twice.
    """
    axes: dict[str, tuple[str, ...]] = {}
    for text in texts:
        name, _, values = text.partition("=")
        name = name.strip().replace("-", "_")
        chosen = tuple(dict.fromkeys(value.strip() for value in values.split(",")))
        if not name or not all(chosen) or name in axes:
            msg = "a grid must be name=value,value,... with each name once"
            raise SettingError(f"{msg}, got {text!r}")
        axes[name] = chosen
    return axes


def grid_points(axes: Mapping[str, Sequence[str]], *, one_off: bool) -> list[dict[str, str]]:
    """Return the combinations of values to score.

    Args:
        axes: Each setting's values.
        one_off: Vary one setting at a time, the others as they are, and first none at all; else
            every value of each is combined with every value of the others.
    """
    if one_off:
        return [{}, *({name: value} for name, values in axes.items() for value in values)]
    return [dict(zip(axes, values, strict=True)) for values in product(*axes.values())]


def own_settings(point: Mapping[str, str]) -> dict[str, str]:
    """Return those values of a point that are settings of the encoder."""
    return {name: value for name, value in point.items() if name not in {LIMIT, ENCODER}}


def sweep_settings(
    encoder: str,
    axes: Mapping[str, Sequence[str]],
    tasks: Sequence[str],
    options: RunOptions,
    *,
    one_off: bool = False,
    settings: Mapping[str, Any] | None = None,
    task_settings: Mapping[str, Any] | None = None,
    seeds: Sequence[int] = (0,),
    on_point: Callable[[int, int], None] = lambda done, total: None,
) -> SettingsSweep:
    """Score an encoder at every point of a grid, one after the other.

    What is trained already is not trained again, so an interrupted sweep goes on with the point
    it was at.

    Args:
        encoder: Spec of the encoder.
        axes: Each setting's values; ``limit`` varies the number of training sentences,
            ``encoder`` the encoder itself.
        tasks: Tasks or suites.
        options: How to run.
        one_off: Vary one setting at a time instead of combining all values.
        settings: Settings that stay the same.
        task_settings: For every task that has them.
        seeds: A trainable encoder is trained and scored once for each, at each point.
        on_point: Told how many points are done.

    Raises:
        HarnessError: If the request itself is wrong: a name, a value, a data file.
    """
    training = options.training_options
    swept = SettingsSweep(encoder, tuple(axes))
    plans = _plan(encoder, grid_points(axes, one_off=one_off), settings or {})
    for done, (spec, limit, point) in enumerate(plans):
        on_point(done, len(plans))
        limited = dataclasses.replace(training, limit=limit or training.limit)
        report = run_evaluation(
            [spec],
            tasks,
            dataclasses.replace(options, training=limited),
            task_settings=task_settings,
            seeds=seeds,
        )
        swept.points.append(SettingScores(point, tuple(report.records)))
        swept.failures += [each for each in report.failures if each not in swept.failures]
    on_point(len(plans), len(plans))
    return swept


def _plan(
    encoder: str, points: Sequence[Mapping[str, str]], settings: Mapping[str, Any]
) -> list[tuple[str, int | None, dict[str, str]]]:
    """Return spec, limit and varied settings of each point, those that come to the same once."""
    plans: dict[tuple[str, int | None], dict[str, str]] = {}
    for point in points:
        own = own_settings(point)
        spec = point.get(ENCODER, encoder)
        (planned,) = plan_encoders([spec], {**settings, **own})
        shown = {
            name: str(getattr(planned.settings, name)) if name in own else value
            for name, value in point.items()
        }
        plans.setdefault((planned.spec, _read_limit(point)), shown)
    return [(spec, limit, point) for (spec, limit), point in plans.items()]


def _read_limit(point: Mapping[str, str]) -> int | None:
    text = point.get(LIMIT)
    if text is None:
        return None
    if not text.isdecimal() or int(text) < 2:  # noqa: PLR2004 - a contrast needs two
        raise SettingError(f"limit must be a number of sentences, 2 or more, got {text!r}")
    return int(text)
