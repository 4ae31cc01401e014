"""The points of a grid: which encoder, with which settings, trained on how much text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from harness.encoder import Context, encoder_hooks
from harness.errors import HarnessError, SettingError
from harness.planning.encoder_specs import EncoderSpec
from harness.planning.planned_encoders import PlannedEncoder, plan_encoders
from harness.results.records.record import Record
from harness.settings import Spec
from harness.trainable import TrainableEncoder
from harness.training.training import may_learn
from harness.written_values import as_written, shown_value

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

    def is_of(self, record: Record) -> bool:
        """Whether a record of the run that scores this point is of its encoder."""
        encoder = self.encoder
        return record.encoder == encoder.spec and encoder.model in (None, record.model)

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


def plan_points(
    axes: Mapping[str, Sequence[str]],
    encoder: str | None,
    *,
    one_off: bool,
    settings: Mapping[str, Any],
) -> list[PlannedPoint]:
    """Return the points of a grid, those that come to the same once; see `sweep`.

    Raises:
        HarnessError: If an encoder, setting or value does not exist.
    """
    points: dict[tuple[object, ...], PlannedPoint] = {}
    for values in grid_points(axes, one_off=one_off):
        point = _plan(values, encoder, settings)
        points.setdefault((point.encoder.spec, point.encoder.model, point.limit), point)
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
    given = values.get(ENCODER, encoder)
    if given is None:
        raise ValueError("encoder must be given where a point has none, got None")
    spec = as_written(given)
    own = {name: value for name, value in values.items() if name not in {LIMIT, ENCODER}}
    asked = EncoderSpec.parse(spec)
    kept = {name: value for name, value in asked.settings.items() if name not in own}
    unnamed = replace(asked, name="", spec=Spec(asked.spec.name, kept))  # points tell them apart
    (planned,) = plan_encoders([unnamed], {**settings, **own})
    shown = {
        name: shown_value(getattr(planned.settings, name, value) if name in own else value)
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


def passes(points: Sequence[PlannedPoint], context: Context) -> list[list[PlannedPoint]]:
    """Put together the points that need no training; of the others, those of one training."""
    passes: dict[tuple[object, ...] | None, list[PlannedPoint]] = {}
    for point in points:
        trained = (point.encoder.own_spec, point.encoder.model, point.limit)
        passes.setdefault(trained if point.needs_training(context) else None, []).append(point)
    return list(passes.values())
