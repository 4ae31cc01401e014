"""Turn what a user asked for into encoders and tasks, before anything heavy starts."""

import dataclasses
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from harness.common_settings import COMMON_NAMES, CommonSettings
from harness.encoder import Context, Encoder, ReadingEncoder, ServedEncoder, encoder_hooks
from harness.errors import HarnessError, PluginError, SettingError, UnknownNameError
from harness.machine.boundary import Boundary
from harness.machine.deadline import Deadline
from harness.planning.encoder_arguments import (
    WRONG_REQUEST,
    EncoderArguments,
    NamedEncoder,
    OnFailure,
    name_encoders,
)
from harness.planning.encoder_specs import EncoderSpec, NamedSpecs
from harness.plugins.registry import Plugin
from harness.results.records.model_names import model_name
from harness.settings import Spec, make_settings
from harness.trainable import StagedEncoder


@dataclass(frozen=True)
class PlannedEncoder:
    """An encoder that a run will use.

    Attributes:
        spec: Name and the settings that differ from the defaults, as tables and records show it.
        factory: What is registered under the name.
        settings: All settings of its own.
        origin: Distribution and version of the plug-in, or name and checksum of its file.
        is_ready: Whether it was handed over ready for use: not to be trained, whatever the seed.
        code: Checksum of the modules of its package.
        boundary: What calls of its code pass.
        common: The settings that every encoder has.
        own_spec: The spec without those.
        name: What tables call it; empty for the spec itself.
        model: The transformer that it alone reads; None for that of the run.
        code_place: ``FILE.py:NAME`` of code of the user's own; empty for any other.
        weights: Folder of the trained weights that it loads, whatever it would be trained on;
            None for those that training finds or makes.
        limits: Number format and longest input of those; None for the run's.
    """

    spec: str
    factory: Any
    settings: Any
    origin: str
    is_ready: bool = False
    code: str = ""
    boundary: Boundary = field(default_factory=Boundary, compare=False, repr=False)
    common: CommonSettings = field(default_factory=CommonSettings)
    own_spec: str = ""
    name: str = ""
    model: str | None = None
    code_place: str = ""
    weights: Path | None = None
    limits: tuple[Any, int | None] | None = None

    @property
    def label(self) -> str:
        """What tables and messages call it."""
        return self.name or self.spec

    @property
    def asked(self) -> EncoderSpec:
        """What plans this encoder again."""
        return EncoderSpec(Spec.parse(self.spec), self.name, self.model, self.code_place)

    def within(self, context: Context) -> Context:
        """Return what it runs with: its own transformer and limits, if any, not the run's."""
        if self.limits is not None:
            dtype, max_length = self.limits
            context = dataclasses.replace(context, dtype=dtype, max_length=max_length)
        return context if self.model is None else dataclasses.replace(context, model=self.model)

    @property
    def own(self) -> "PlannedEncoder":
        """The encoder itself, which is trained and encodes: the common settings left out."""
        if self.common == CommonSettings():
            return self
        return dataclasses.replace(self, spec=self.own_spec, common=CommonSettings())

    def make(self, context: Context, deadline: Deadline | None = None) -> Encoder:
        """Call the factory.

        Args:
            context: Transformer, device and limits.
            deadline: Ends it; None for the limit of each call.

        Raises:
            PluginError: If it fails with anything but a HarnessError, or makes no encoder.
        """
        culprit = f"encoder {self.spec!r} cannot be made"
        return self.boundary.call(culprit, lambda: self._make(context), deadline)

    def _make(self, context: Context) -> Encoder:
        encoder = self.factory(self.within(context), self.settings)
        if not isinstance(encoder, Encoder):
            got = type(encoder).__name__
            raise PluginError(f"encoder {self.spec!r} must have a method encode, {got} has none")
        for contract in (ReadingEncoder, ServedEncoder, StagedEncoder):
            isinstance(encoder, contract)  # one that cannot be asked what it has fails here
        _ = encoder_hooks(encoder).seeded
        if self.model is not None and not reads_model(encoder, self.model):
            raise SettingError(
                f"encoder {self.spec!r} reads no transformer: leave out '@{self.model}'"
            )
        return encoder


def reads_model(encoder: Encoder, model: str) -> bool:
    """Whether an encoder reads a transformer, or reports this one as its own."""
    if isinstance(encoder, ReadingEncoder):
        return True
    return model_name(str(encoder_hooks(encoder).describe().get("model") or "")) == model


def plan_encoders(
    encoders: EncoderArguments,
    shared: Mapping[str, Any],
    on_failure: OnFailure | None = None,
) -> list[PlannedEncoder]:
    """Resolve encoders, given as specs such as ``mean:layers=last2@minilm`` or as objects.

    Args:
        encoders: Repeats of a spec with one model are dropped.
        shared: Settings for every encoder that has them; a spec's own come first.
        on_failure: Called for a plug-in that cannot be imported, which is left out; None
            raises.

    Raises:
        UnknownNameError: If an encoder or setting does not exist, or no encoder has a shared one.
        SettingError: If there is no encoder, two have one name, one has two names, or a value is
            not what the setting takes.
        PluginError: If a plug-in cannot be imported.
    """
    named = name_encoders(encoders, on_failure)
    planned: dict[tuple[str, str | None], PlannedEncoder] = {}
    names = NamedSpecs()
    unused = set(shared)
    known: set[str] = set()
    for given in named:
        try:
            plugin = given.plugin()
            fields = {field.name for field in dataclasses.fields(plugin.settings_type)}
            known |= fields | COMMON_NAMES
            unused -= fields | COMMON_NAMES
            one = _plan(given, plugin, fields, shared)
        except HarnessError as error:
            if on_failure is None or isinstance(error, WRONG_REQUEST):
                raise
            on_failure(given.called or given.spec, error)
            unused = set()  # nobody knows what settings it has
            continue
        names.add(one.name, one.spec)
        before = planned.setdefault((one.spec, one.model), one)
        if before.name != one.name:
            both = f"{before.label!r} and {one.label!r}"
            raise SettingError(f"encoder {one.spec!r} must have one name, got {both}: drop one")
    for name in sorted(unused):
        raise UnknownNameError("setting", name, known, ", ".join(spec for spec, _ in planned))
    return list(planned.values())


def _plan(
    given: NamedEncoder, plugin: Plugin[Any], fields: AbstractSet[str], shared: Mapping[str, Any]
) -> PlannedEncoder:
    """Resolve one encoder.

    Args:
        given: The encoder.
        plugin: What it is registered as.
        fields: Names of its settings.
        shared: Settings for every encoder that has them.
    """
    asked = {**shared, **given.settings}
    around = {key: asked.pop(key) for key in (COMMON_NAMES - fields) & asked.keys()}
    applicable = {
        key: value for key, value in asked.items() if key in fields or key in given.settings
    }
    settings = plugin.settings(applicable)
    common = make_settings(CommonSettings, around, f"encoder {given.name!r}")
    code, boundary = plugin.code, plugin.boundary
    own = boundary.call(
        f"settings of encoder {given.name!r} cannot be read",
        partial(Spec.from_settings, given.name, settings),
    )
    full = Spec(own.name, {**own.settings, **Spec.from_settings("", common).settings})
    return PlannedEncoder(
        str(full),
        plugin.factory,
        settings,
        plugin.origin,
        given.is_ready,
        code,
        boundary,
        common,
        str(own),
        given.called,
        None if given.model is None else model_name(given.model),
        given.code,
    )
