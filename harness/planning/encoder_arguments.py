"""Encoders as callers give them: by name, as a factory, or ready for use."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from harness.encoder import Context, Encoder
from harness.errors import (
    BadDataError,
    HarnessError,
    MissingDataError,
    PluginError,
    SettingError,
    UnknownNameError,
)
from harness.machine.boundary import Boundary
from harness.plugins import registry
from harness.plugins.function_encoder import FunctionEncoder, is_plain_function
from harness.plugins.registration import ENCODERS, refuse_taken, source_of
from harness.settings import Spec

EncoderFactory: TypeAlias = Callable[[Context, Any], Encoder]
"""Makes an encoder from a context and its settings; usually the encoder's class."""

EncoderArgument: TypeAlias = str | Encoder | EncoderFactory
"""A spec such as ``mean:layers=last2``, an encoder ready for use, or what makes one.

A function of sentences alone embeds them; one of a context and settings makes an encoder.
"""

EncoderArguments: TypeAlias = (
    EncoderArgument | Sequence[EncoderArgument] | Mapping[str, EncoderArgument]
)
"""One encoder or several; a mapping names those that are no specs."""


OnFailure: TypeAlias = Callable[[str, HarnessError], None]
"""Called with the name of a plug-in that failed, and why."""

WRONG_REQUEST = UnknownNameError, SettingError, MissingDataError, BadDataError
"""Errors of what was asked for; any other that stops one plug-in stops no other."""


@dataclass(frozen=True)
class NamedEncoder:
    """An encoder and what it is called.

    Attributes:
        spec: The name, with settings if it was a spec.
        given: A factory or an encoder; None for one to be looked up by its name.
        settings: Those of the spec.
    """

    spec: str
    given: Encoder | EncoderFactory | None = None
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The spec without settings."""
        return Spec.parse(self.spec).name

    @property
    def is_ready(self) -> bool:
        """Whether it is an encoder ready for use, or a function that embeds."""
        if isinstance(self.given, Encoder):
            return not isinstance(self.given, type)
        return is_plain_function(self.given)

    def plugin(self) -> "registry.Plugin[Any]":
        """Find it in the registry, or describe what was given.

        Raises:
            HarnessError: If there is no such encoder, or it cannot be imported.
        """
        if self.given is None:
            return registry.encoders.load(self.name)
        source = source_of(self.given)
        factory = (lambda context, settings: self._ready()) if self.is_ready else self.given
        plugin = registry.Plugin[Any](
            self.name, factory, source.origin, source.place, source.module
        )
        return registry.encoders.usable(plugin)

    def _ready(self) -> Any:  # noqa: ANN401 - whatever was given
        if is_plain_function(self.given):
            return FunctionEncoder(self.given, self.name)
        return self.given


def name_encoders(
    encoders: EncoderArguments, on_failure: OnFailure | None = None
) -> list[NamedEncoder]:
    """Give each encoder a name: its spec, its key in a mapping, or else its class's.

    Args:
        encoders: One or several.
        on_failure: Called for one that cannot be asked what it is, which is left out; None raises.

    Raises:
        SettingError: If there is none, or two have one name.
        PluginError: If one has the name of an installed encoder.
        TypeError: If one is no encoder.
    """
    if isinstance(encoders, Mapping):
        every: list[tuple[str | None, EncoderArgument]] = [*encoders.items()]
    elif isinstance(encoders, Sequence) and not isinstance(encoders, str):
        every = [(None, given) for given in encoders]
    else:
        every = [(None, encoders)]
    if not every:
        raise SettingError("encoders must be at least one, got none")
    named = [_named(given, name) for name, given in every if _is_readable(given, name, on_failure)]
    objects = [each.name for each in named if each.given is not None]
    for name in objects:
        if [each.name for each in named].count(name) > 1:
            cure = "name them with a mapping, {name: encoder}"
            raise SettingError(f"two encoders are called {name!r}: {cure}")
    return named


def _is_readable(given: EncoderArgument, name: str | None, on_failure: OnFailure | None) -> bool:
    """Whether what was given can be asked what it is; if not, after a report."""

    def ask() -> None:
        getattr(given, "__name__", None), isinstance(given, Encoder), is_plain_function(given)

    label = name or type.__dict__["__name__"].__get__(type(given))
    try:
        Boundary().call(f"encoder {label!r} cannot be read", ask)
    except PluginError as error:
        if on_failure is None:
            raise
        on_failure(label, error)
        return False
    return True


def _named(given: EncoderArgument, name: str | None) -> NamedEncoder:
    if isinstance(given, str):
        spec = Spec.parse(given)
        if name is not None and spec.name != name:
            msg = f"a mapping must name encoders that are no specs, got {given!r} as {name!r}"
            raise SettingError(msg)
        return NamedEncoder(given, settings=spec.settings)
    if not callable(given) and not isinstance(given, Encoder):
        got = type(given).__name__
        raise TypeError(f"encoder must be a spec, an encoder, or what makes one, got {got}")
    named = name or getattr(given, "__name__", None) or type(given).__name__
    if ":" in named or not named.strip():
        raise SettingError(f"name of an encoder must have no colon, got {named!r}")
    refuse_taken(ENCODERS, named, f"the encoder given, {source_of(given).place}")
    return NamedEncoder(named, given)
