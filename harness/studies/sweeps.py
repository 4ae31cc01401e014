"""Score encoders at every point of a grid: over settings, layers, encoders, sizes of the text."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

from harness.encoder import Context, encoder_hooks
from harness.errors import HarnessError, SettingError
from harness.evaluation.evaluation import run_evaluation
from harness.evaluation.report import Failure
from harness.evaluation.run_options import RunOptions
from harness.planning.asked_tasks import TaskArgument
from harness.planning.planned_encoders import PlannedEncoder, plan_encoders
from harness.results.records.record import Record
from harness.results.tables.sweep_scores import SweepPoint, SweepScores
from harness.settings import Spec
from harness.trainable import TrainableEncoder
from harness.training.training import may_learn

ENCODER = "encoder"
LIMIT = "limit"
"""What a grid calls the encoder itself, and the number of training sentences: no settings."""


@dataclass(frozen=True)
class PlannedPoint:
    """One combination of values, before it is scored.

    Attributes:
        encoder: The encoder with these values.
        limit: Number of training sentences; None for all.
        settings: The values that vary, by name.
    """

    encoder: PlannedEncoder
    limit: int | None
    settings: Mapping[str, str]

    def needs_training(self, context: Context) -> bool:
        """Whether the encoder has to be trained; made only if its factory does not say so."""
        factory = self.encoder.factory
        if not may_learn(factory, self.encoder.settings):
            return False
        if isinstance(factory, type) or encoder_hooks(factory).learns_with is not None:
            return True
        try:
            return isinstance(self.encoder.make(context), TrainableEncoder)
        except HarnessError:  # the evaluation reports it
            return False


@dataclass(frozen=True)
class Sweep:
    """The outcome of a sweep.

    Attributes:
        scores: Records by point.
        failures: What could not be trained or scored, and why.
    """

    scores: SweepScores
    failures: list[Failure] = field(default_factory=list)

    def failures_on(self, task: str | None) -> list[Failure]:
        """Return the failures on a task; None for the encoders that failed altogether.

        The [CLS] vector of layer 0, the same for every sentence, has no score on any task.
        """
        return [failure for failure in self.failures if failure.task == task]


def sweep(
    axes: Mapping[str, Sequence[str]],
    tasks: Sequence[TaskArgument],
    options: RunOptions,
    *,
    encoder: str | None = None,
    one_off: bool = False,
    settings: Mapping[str, Any] | None = None,
    task_settings: Mapping[str, Any] | None = None,
    seeds: Sequence[int] = (0,),
    on_point: Callable[[int, int], None] = lambda done, total: None,
) -> Sweep:
    """Score an encoder at every point of a grid.

    Points that need no training share one encoding pass; the others are trained and scored one
    after the other. What is trained already is not trained again, so an interrupted sweep resumes.

    Args:
        axes: Each setting's values, such as `read_axes` and `layer_axes` return; ``limit`` varies
            the number of training sentences, ``encoder`` the encoder itself.
        tasks: Names or specs of tasks or suites.
        options: How to evaluate.
        encoder: Spec of the encoder; None if ``encoder`` is an axis that every point has.
        one_off: Vary one setting at a time instead of combining all values.
        settings: Settings that stay the same.
        task_settings: For every task that has them.
        seeds: A trainable encoder is trained and scored once for each, at each point.
        on_point: Receives how many points are done, and of how many.

    Raises:
        HarnessError: If the request itself is wrong: a name, a value, a data file.
    """
    points = plan_points(axes, encoder, one_off=one_off, settings=settings or {})
    training = options.training_options
    records: dict[int, list[Record]] = {}
    failures: dict[Failure, None] = {}
    for together in _passes(points, options.context):
        on_point(len(records), len(points))
        limit = together[0].limit or training.limit
        report = run_evaluation(
            [point.encoder.spec for point in together],
            tasks,
            replace(options, training=replace(training, limit=limit)),
            task_settings=task_settings,
            seeds=seeds,
        )
        for point in together:
            own = [record for record in report.records if record.encoder == point.encoder.spec]
            records[id(point)] = own
        failures |= dict.fromkeys(report.failures)
    on_point(len(points), len(points))
    scored = (
        SweepPoint(point.settings, tuple(records[id(point)]), len(seeds)) for point in points
    )
    return Sweep(SweepScores(tuple(axes), tuple(scored)), list(failures))


def plan_points(
    axes: Mapping[str, Sequence[str]],
    encoder: str | None,
    *,
    one_off: bool,
    settings: Mapping[str, Any],
) -> list[PlannedPoint]:
    """Return the points of a grid, those that come to the same once; `sweep` explains the rest.

    Raises:
        HarnessError: If an encoder, setting or value does not exist.
    """
    points: dict[tuple[str, int | None], PlannedPoint] = {}
    for values in grid_points(axes, one_off=one_off):
        point = _plan(values, encoder, settings)
        points.setdefault((point.encoder.spec, point.limit), point)
    return list(points.values())


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


def _plan(
    values: Mapping[str, str], encoder: str | None, settings: Mapping[str, Any]
) -> PlannedPoint:
    """Resolve one point; its values come before those in the encoder's spec."""
    spec = values.get(ENCODER, encoder)
    if spec is None:
        raise ValueError("encoder must be given where a point has none, got None")
    own = {name: value for name, value in values.items() if name not in {LIMIT, ENCODER}}
    asked = Spec.parse(spec)
    kept = {name: value for name, value in asked.settings.items() if name not in own}
    (planned,) = plan_encoders([str(Spec(asked.name, kept))], {**settings, **own})
    shown = {
        name: str(getattr(planned.settings, name)) if name in own else value
        for name, value in values.items()
    }
    return PlannedPoint(planned, _read_limit(values), shown)


def _read_limit(point: Mapping[str, str]) -> int | None:
    text = point.get(LIMIT)
    if text is None:
        return None
    if not text.isdecimal() or int(text) < 2:  # noqa: PLR2004 - a contrast needs two
        raise SettingError(f"limit must be a number of sentences, 2 or more, got {text!r}")
    return int(text)


def _passes(points: Sequence[PlannedPoint], context: Context) -> list[list[PlannedPoint]]:
    """Put together the points that need no training; each other one stands alone."""
    passes: dict[int | None, list[PlannedPoint]] = {}
    for place, point in enumerate(points):
        passes.setdefault(place if point.needs_training(context) else None, []).append(point)
    return list(passes.values())
