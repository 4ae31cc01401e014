"""Score every layer under every pooling, from one encoding pass."""

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.encoder import Context, ReadingEncoder
from harness.errors import SettingError
from harness.evaluation.evaluation import run_evaluation
from harness.evaluation.report import Failure, Report
from harness.evaluation.run_options import RunOptions
from harness.planning.planned_encoders import PlannedEncoder, plan_encoders
from harness.results.families import FAMILY_METRICS
from harness.results.records.record import Record
from harness.results.tables.layer_grid import ScoreGrid, score_grid


@dataclass(frozen=True)
class Sweep:
    """The outcome of a sweep.

    Attributes:
        report: Records and failures, as an evaluation has them.
        layers: Layers, 0 the embedding output.
        poolings: Encoders as they were asked for, layers left out.
        specs: The encoder of each cell, a row a layer, a column a pooling.
    """

    report: Report
    layers: tuple[int, ...]
    poolings: tuple[str, ...]
    specs: tuple[tuple[str, ...], ...]

    @property
    def failures(self) -> list[Failure]:
        """Encoders that failed altogether; a cell without a score is told in its grid's notes.

        The [CLS] vector of layer 0, the same for every sentence, never has one.
        """
        return [failure for failure in self.report.failures if failure.task is None]

    def grids(self, *, metric: str | None = None, protocol: str = "all") -> list[ScoreGrid]:
        """Return layers by poolings, a grid for each task that was measured so.

        Args:
            metric: Metric to show; None for each family's own headline metric.
            protocol: ``all``, ``wmean`` or ``mean``.
        """
        by_task: dict[str, dict[str, Record]] = {}
        undefined = [failure for failure in self.report.failures if failure.task is not None]
        for record in self.report.records:
            if metric is not None and metric not in record.scores:
                continue
            by_task.setdefault(record.task, {})[record.encoder] = record
        return [
            score_grid(
                [[records.get(spec) for spec in row] for row in self.specs],
                axes=("layer", "pooling"),
                rows=[str(layer) for layer in self.layers],
                columns=self.poolings,
                metric=metric or FAMILY_METRICS[next(iter(records.values())).family][0],
                protocol=protocol,
                notes=[f"– {failure}" for failure in undefined if failure.task == task],
            )
            for task, records in by_task.items()
        ]


def sweep(
    layers: str,
    poolings: Sequence[str],
    tasks: Sequence[str],
    options: RunOptions,
    *,
    task_settings: Mapping[str, Any] | None = None,
) -> Sweep:
    """Score each pooling at each layer; all of them read one forward pass.

    Args:
        layers: ``all``, or a list such as ``0,3-6,-1``; 0 is the embedding output.
        poolings: Encoders with a setting ``layers``.
        tasks: Tasks or suites.
        options: How to run.
        task_settings: For every task that has them.

    Raises:
        HarnessError: If the request itself is wrong: a name, a layer, a data file.
    """
    planned = plan_encoders(poolings, {})
    count = min(_layer_count(pooling, options.context) for pooling in planned)
    chosen = parse_layer_list(layers, count)
    names = tuple(pooling.spec for pooling in planned)
    specs = tuple(tuple(_spec(name, layer) for name in names) for layer in chosen)
    flat = [spec for row in specs for spec in row]
    report = run_evaluation(flat, tasks, options, task_settings=task_settings)
    return Sweep(report, chosen, names, specs)


def parse_layer_list(text: str, layer_count: int) -> tuple[int, ...]:
    """Read which layers to sweep: ``all``, or indices and ranges such as ``0,3-6,-1``.

    Raises:
        SettingError: If the text is none of these, or the model has no such layer.
    """
    if text.strip() == "all":
        return tuple(range(layer_count + 1))
    layers: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"(-?\d+)(?:-(\d+))?", part.strip())
        if match is None:
            raise SettingError(f"layers must be all, or a list such as 0,3-6,-1, got {text!r}")
        first = int(match[1])
        layers += range(first, int(match[2]) + 1) if match[2] else [first]
    for layer in layers:
        if not -layer_count - 1 <= layer <= layer_count:
            raise SettingError(f"layers must be 0 to {layer_count} for this model, got {layer}")
    return tuple(dict.fromkeys(layer % (layer_count + 1) for layer in layers))


def _layer_count(planned: PlannedEncoder, context: Context) -> int:
    has_layers = "layers" in {field.name for field in dataclasses.fields(planned.settings)}
    encoder = planned.make(context) if has_layers else None
    if not isinstance(encoder, ReadingEncoder):
        msg = "pooling must be an encoder with a setting layers, such as cls, mean or max"
        raise SettingError(f"{msg}, got {planned.spec!r}")
    return encoder.source.layer_count


def _spec(pooling: str, layer: int) -> str:
    """Name the encoder as its records do."""
    asked = f"{pooling}{',' if ':' in pooling else ':'}layers={layer}"
    (planned,) = plan_encoders([asked], {})
    return planned.spec
