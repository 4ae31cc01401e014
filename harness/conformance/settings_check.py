"""What the contract asks of an encoder's settings: that their own spec makes them again."""

import dataclasses
from collections.abc import Iterator
from typing import Any, get_args, get_origin, get_type_hints

from harness.settings import Spec, make_settings


def find_settings_fault(settings: Any) -> str | None:  # noqa: ANN401 - the plug-in's own
    """Return why a spec cannot express the settings and how to mend it; None if it can."""
    if not type(settings).__dataclass_params__.frozen:
        return "Settings must be a frozen dataclass: @dataclass(frozen=True)"
    for field in dataclasses.fields(settings):
        if not field.metadata.get("help"):
            return f"setting {field.name!r} must have help: declare it with setting()"
    for each in (settings, *_other_settings(settings)):
        spec = Spec.from_settings("x", each)
        if make_settings(type(settings), Spec.parse(str(spec)).settings, "the encoder") != each:
            return f"{spec.assignments!r} must give {each} again"
    return None


def _other_settings(settings: Any) -> Iterator[Any]:  # noqa: ANN401 - the plug-in's own
    """Yield settings of which one each differs, where the dataclass takes another value."""
    hints = get_type_hints(type(settings))
    for field in dataclasses.fields(settings):
        for value in _other_values(getattr(settings, field.name), hints[field.name]):
            try:
                other = dataclasses.replace(settings, **{field.name: value})
            except (ValueError, TypeError):
                continue
            yield other


def _other_values(value: Any, hint: Any) -> list[Any]:  # noqa: ANN401 - any setting's type
    choices = [
        get_args(part)
        for part in (hint, *get_args(hint))
        if str(get_origin(part)) == "typing.Literal"
    ]
    if choices:
        return [choice for choice in choices[0] if choice != value]
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int | float):
        return [value + 1, value / 2] if isinstance(value, float) else [value + 1]
    return []
