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
from harness.planning.encoder_specs import EncoderSpec, refuse_name
from harness.planning.own_code import load_code
from harness.plugins import registry
from harness.plugins.function_encoder import FunctionEncoder, is_plain_function
from harness.plugins.registration import ENCODERS, refuse_taken, source_of
from harness.settings import Spec

EncoderFactory: TypeAlias = Callable[[Context, Any], Encoder]
"""Makes an encoder from a context and its settings; usually the encoder's class."""

EncoderArgument: TypeAlias = str | EncoderSpec | Encoder | EncoderFactory
"""A spec such as ``mean:layers=last2@minilm``, an encoder ready for use, or what makes one.

A function of sentences alone embeds them; one of a context and settings makes an encoder.
"""

EncoderArguments: TypeAlias = (
    EncoderArgument | Sequence[EncoderArgument] | Mapping[str, EncoderArgument]
)
"""One encoder or several; the keys of a mapping are their names."""


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
        called: What tables call it; empty for the spec itself.
        model: The transformer that it reads; None for that of the run.
        code: ``FILE.py:NAME`` that the factory or encoder was found by; empty for any other.
    """

    spec: str
    given: Encoder | EncoderFactory | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    called: str = ""
    model: str | None = None
    code: str = ""

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
    """Give each encoder a name: its spec, or of an object its key in a mapping or its class's.

    The key of a spec in a mapping is what tables call it.

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
    for one in named:
        others = [each for each in named if each.name == one.name and each.given is not one.given]
        if others and one.code:
            both = f"{one.code} and {others[0].code or others[0].spec}"
            raise SettingError(f"two encoders are called {one.name!r}, {both}: rename a file")
        if others:
            cure = "name them with a mapping, {name: encoder}"
            raise SettingError(f"two encoders are called {one.name!r}: {cure}")
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
        given = EncoderSpec.parse(given)
    if isinstance(given, EncoderSpec):
        return _named_spec(given, name)
    if not callable(given) and not isinstance(given, Encoder):
        got = type(given).__name__
        raise TypeError(f"encoder must be a spec, an encoder, or what makes one, got {got}")
    named = name or getattr(given, "__name__", None) or type(given).__name__
    if ":" in named or not named.strip():
        raise SettingError(f"name of an encoder must have no colon, got {named!r}")
    refuse_taken(ENCODERS, named, f"the encoder given, {source_of(given).place}")
    return NamedEncoder(named, given)


def _named_spec(asked: EncoderSpec, key: str | None) -> NamedEncoder:
    """Name an encoder that was given as a spec, perhaps under a key of a mapping."""
    called = asked.name
    if key is not None and key != asked.spec.name:
        if called:
            raise SettingError(f"an encoder must have one name, got {key!r} and {called!r}")
        refuse_name(key, str(asked))
        called = key
    given = load_code(asked.code) if asked.code else None
    settings = asked.spec.settings
    return NamedEncoder(str(asked.spec), given, settings, called, asked.model, asked.code)
