"""Settings: frozen dataclasses whose fields say what they mean, read from ``name=value`` text."""

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, TypeVar, get_args, get_origin, get_type_hints

from typing_extensions import Self, override

from harness.errors import SettingError, UnknownNameError
from harness.written_values import (
    QuotedText,
    as_written,
    parse_assignments,
    quoted_value,
    split_settings,
    to_text,
)


class Settings(Protocol):
    """Any frozen dataclass whose fields are made with `setting`."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


S = TypeVar("S", bound=Settings)


@dataclass(frozen=True)
class NoSettings:
    """The settings of a plug-in that has none."""


@dataclass(frozen=True)
class SettingField:
    """One setting as a person sees it; the default is written as a spec would."""

    name: str
    type: str
    default: str
    help: str
    source: str


def setting(
    default: Any,  # noqa: ANN401 - a value of the field's own type
    *,
    help: str,  # noqa: A002 - click's word
    source: str = "",
    recorded: bool = True,
    verbatim: bool = False,
) -> Any:  # noqa: ANN401 - stands for a value of the field's own type
    """Declare one field of a settings dataclass.

    Args:
        default: The published value, used when nothing else is asked for.
        help: What the setting does, with its unit or range; one line.
        source: Paper or code that the default comes from.
        recorded: False for the setting of a task that says where a file lies: records leave it
            out, since they hold the file's checksum.
        verbatim: Whether text is taken as it is written: spaces around it belong to it, and an
            empty value is the empty text. ``none`` is None, or else the default.
    """
    metadata = {"help": help, "source": source, "recorded": recorded, "verbatim": verbatim}
    return dataclasses.field(default=default, metadata=metadata)


def recorded_names(settings: type[Settings]) -> set[str]:
    """Return the names of the settings that records hold: all but where files lie."""
    fields = dataclasses.fields(settings)
    return {each.name for each in fields if each.metadata.get("recorded", True)}


def recorded_settings(settings: Settings) -> dict[str, Any]:
    """Return the settings that records hold, by name, in the order of their declaration."""
    kept = recorded_names(type(settings))
    return {name: value for name, value in dataclasses.asdict(settings).items() if name in kept}


def changed_settings(settings: Any) -> dict[str, Any]:  # noqa: ANN401 - a dataclass of any kind
    """Return the settings that differ from the defaults, or have none, by name."""
    values = {each: getattr(settings, each.name) for each in dataclasses.fields(settings)}
    return {
        each.name: value
        for each, value in values.items()
        if each.default is dataclasses.MISSING or value != each.default
    }


def setting_fields(settings: type[Settings]) -> list[SettingField]:
    """Return the settings of a dataclass in the order of their declaration."""
    hints = get_type_hints(settings)
    return [
        SettingField(
            name=field.name,
            type=_type_name(hints[field.name]),
            default=to_text(field.default),
            help=field.metadata.get("help", ""),
            source=field.metadata.get("source", ""),
        )
        for field in dataclasses.fields(settings)
    ]


def make_settings(settings: type[S], values: Mapping[str, Any], owner: str) -> S:
    """Build a settings dataclass from values given as text or as Python objects.

    Args:
        settings: The dataclass.
        values: Setting name to value; text is read as the field's type, lists as ``a,b``.
        owner: Whose settings these are, for messages: "encoder 'mean'".

    Raises:
        UnknownNameError: If a name is none of the dataclass's fields.
        SettingError: If a value is not of the field's type, or the dataclass refuses it.
    """
    from pydantic import TypeAdapter, ValidationError  # deferred: 0.1 s that --help need not pay

    hints = get_type_hints(settings)
    fields = {each.name: each for each in dataclasses.fields(settings)}
    read: dict[str, Any] = {}
    for name, value in values.items():
        if name not in fields:
            raise UnknownNameError("setting", name, fields, owner)
        is_verbatim = fields[name].metadata.get("verbatim")
        text = _verbatim(value) if is_verbatim else value
        if is_verbatim and _means_none(text) and type(None) not in get_args(hints[name]):
            text = fields[name].default
        try:
            read[name] = TypeAdapter(hints[name]).validate_python(_from_text(text, hints[name]))
        except ValidationError as error:
            msg = f"{name} of {owner} must be {_type_name(hints[name])}, got {value!r}"
            raise SettingError(msg) from error
    try:
        return settings(**read)
    except ValueError as error:  # the dataclass's own __post_init__
        raise SettingError(f"{owner}: {error}") from error


@dataclass(frozen=True)
class Spec:
    """A name and the settings asked for, such as ``mean:layers=1,6,top_k=5``.

    Attributes:
        name: What the encoder or task is registered as.
        settings: Setting name to value: as text, or as the setting's own type.
    """

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a spec; commas separate settings, and a value may hold commas itself.

        A value may stand in double quotes: ``mean:prompt="query: "``.

        Raises:
            SettingError: If something behind the colon is not ``name=value``.
        """
        name, assignments = cls.split(text)
        parts = [] if assignments is None else split_settings(assignments) or [assignments]
        return cls(name, parse_assignments(parts))

    @staticmethod
    def split(text: str) -> tuple[str, str | None]:
        """Return the name, and what is behind the colon, unread; None without a colon."""
        name, colon, assignments = text.partition(":")
        return name.strip(), assignments if colon else None

    @classmethod
    def from_settings(cls, name: str, settings: Settings) -> Self:
        """Return the spec that makes these settings again: only what differs from the defaults."""
        changed = {
            each.name: _spec_text(getattr(settings, each.name), each)
            for each in dataclasses.fields(settings)
            if getattr(settings, each.name) != each.default
        }
        return cls(name, changed)

    @property
    def assignments(self) -> str:
        """The settings as written behind the colon; empty if there are none."""
        return ",".join(f"{name}={quoted_value(value)}" for name, value in self.settings.items())

    @override
    def __str__(self) -> str:
        """Return the text that `parse` reads."""
        return f"{self.name}:{self.assignments}" if self.settings else self.name


def _from_text(value: Any, hint: Any) -> Any:  # noqa: ANN401 - any setting's type
    """Prepare text for pydantic, which reads numbers and booleans but no lists and no none.

    A path becomes text where the setting is one.
    """
    if hint is str and isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, QuotedText) and get_origin(hint) is not tuple:
        return str(value)
    if not isinstance(value, str):
        return value
    if type(None) in get_args(hint) and value.lower() in {"", "none"}:
        return None
    if get_origin(hint) is tuple:
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _verbatim(value: Any) -> Any:  # noqa: ANN401 - any setting's type
    """Return text as it was written, so that it is read as that very text."""
    if not isinstance(value, str) or _means_none(value):
        return value
    return QuotedText(as_written(value))


def _means_none(value: Any) -> bool:  # noqa: ANN401 - any setting's type
    """Whether a setting's value is ``none``, and not that very text in quotes."""
    return isinstance(value, str) and value == "none" and not isinstance(value, QuotedText)


def _spec_text(value: Any, field: "dataclasses.Field[Any]") -> str:  # noqa: ANN401 - any setting's type
    """Return a value as `make_settings` reads it back: no text that could mean none."""
    text = to_text(value)
    if not isinstance(value, str):
        return text
    could_mean_none = field.default is None and text.lower() in {"", "none"}
    is_none = field.metadata.get("verbatim") and text == "none"
    return QuotedText(text) if could_mean_none or is_none else text


def _type_name(hint: Any) -> str:  # noqa: ANN401 - a type hint is no type
    arguments = get_args(hint)
    if str(get_origin(hint)) == "typing.Literal":
        return "|".join(str(argument) for argument in arguments)
    if get_origin(hint) is tuple:
        return f"{_type_name(arguments[0])},..."
    if arguments:  # a union
        return " or ".join(_type_name(argument) for argument in arguments)
    return {"str": "text", "int": "integer", "float": "number", "bool": "true|false"}.get(
        getattr(hint, "__name__", ""), "none" if hint is type(None) else str(hint)
    )
