"""What a sweep varies: settings and their values as a user writes them, or layers and poolings."""

import dataclasses
import re
from collections.abc import Sequence

from harness.encoder import Context, ReadingEncoder
from harness.errors import SettingError
from harness.planning.planned_encoders import PlannedEncoder, plan_encoders
from harness.results.tables.layer_grid import LAYER_AXES
from harness.written_values import QuotedText, as_written, read_list


def read_axes(texts: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Read which settings to vary, each text ``name=value,value,...``.

    A value in double quotes may be empty, and hold commas and spaces around it.

    Raises:
        SettingError: If a text has no name or no value, or a name comes twice.
    """
    axes: dict[str, tuple[str, ...]] = {}
    for text in texts:
        name, _, values = text.partition("=")
        name = name.strip().replace("-", "_")
        chosen = tuple({as_written(value): value for value in read_list(values)}.values())
        if (
            not name
            or name in axes
            or not all(value or isinstance(value, QuotedText) for value in chosen)
        ):
            msg = 'a grid must be name=value,value,... with each name once, an empty value as ""'
            raise SettingError(f"{msg}, got {text!r}")
        axes[name] = chosen
    return axes


def layer_axes(
    layers: str, poolings: Sequence[str], context: Context
) -> dict[str, tuple[str, ...]]:
    """Return the axes of a sweep over layers and poolings.

    Args:
        layers: ``all``, or a list such as ``0,3-6,-1``; 0 is the embedding output.
        poolings: Encoders with a setting ``layers``.
        context: Transformer, device and limits.

    Raises:
        HarnessError: If an encoder does not exist or has no layers, or there is no such layer.
    """
    planned = plan_encoders(poolings, {})
    chosen = parse_layer_list(layers, min(_layer_count(pooling, context) for pooling in planned))
    values = tuple(map(str, chosen)), tuple(str(pooling.asked) for pooling in planned)
    return dict(zip(LAYER_AXES, values, strict=True))


def parse_layer_list(text: str, layer_count: int) -> tuple[int, ...]:
    """Read which layers to sweep: ``all``, or indices and ranges such as ``0,3-6,-1``.

    Raises:
        SettingError: If the text is none of these, or the model has no such layer.
    """
    if text.strip() == "all":
        return tuple(range(layer_count + 1))
    layers: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"(-?\d+)|(\d+)-(\d+)", part.strip(), re.ASCII)
        if match is None:
            raise SettingError(f"layers must be all, or a list such as 0,3-6,-1, got {text!r}")
        first, last = (int(match[1] or match[place]) for place in (2, 3))
        for layer in (first, last):
            if not -layer_count - 1 <= layer <= layer_count:
                msg = f"layers must be 0 to {layer_count} for this model, got {layer}"
                raise SettingError(msg)
        if last < first:
            raise SettingError(f"a range of layers must run upwards, got {part.strip()!r}")
        layers += range(first, last + 1)
    return tuple(dict.fromkeys(layer % (layer_count + 1) for layer in layers))


def _layer_count(planned: PlannedEncoder, context: Context) -> int:
    has_layers = "layers" in {field.name for field in dataclasses.fields(planned.settings)}
    encoder = planned.make(context) if has_layers else None
    if not isinstance(encoder, ReadingEncoder):
        msg = "pooling must be an encoder with a setting layers, such as cls, mean or max"
        raise SettingError(f"{msg}, got {planned.spec!r}")
    source = encoder.source
    culprit = f"encoder {planned.spec!r} failed in layer_count"
    return planned.boundary.call(culprit, lambda: source.layer_count)
