"""Encoders as a command line writes them: ``NAME=SPEC@MODEL``."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from typing_extensions import Self, override

from harness.errors import SettingError
from harness.planning.model_marks import find_model_mark
from harness.plugins import registry
from harness.settings import Spec
from harness.written_values import QuotedText

_NAMED = re.compile(r"([^=:@,\"/\\]*)=(.*)", re.DOTALL)
_WORD = re.compile(r"\w[\w.+-]*")
_OF_FILE = re.compile(r"(?P<code>[^:]*\.py:[A-Za-z_][\w.]*)(?P<rest>(:.*)?)", re.DOTALL)
_SETTING_BEHIND = re.compile(r"[:,]\s*[A-Za-z_][\w-]*\s*=")


@dataclass(frozen=True)
class EncoderSpec:
    """An encoder as it was asked for.

    Attributes:
        spec: What it is registered as, and its settings.
        name: What tables call it; empty for the spec itself.
        model: The transformer that it reads; None for that of the run.
        code: ``FILE.py:NAME`` of the user's own class or function; empty for a registered one.
    """

    spec: Spec
    name: str = ""
    model: str | None = None
    code: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``NAME=SPEC@MODEL``, of which only the spec must be there.

        ``@`` begins the model, unless it is in double quotes, or in the path or free text that is
        a setting's value. Further ones belong to the model: ``mean@org/name@revision``.

        Raises:
            SettingError: If a name is none, a setting is not ``name=value`` or stands behind the
                model, or no model is named.
        """
        named = _NAMED.fullmatch(text)
        name, rest = ("", text) if named is None else (named[1].strip(), named[2])
        if named is not None:
            refuse_name(name, rest)
        if not rest.partition("@")[0].strip():
            raise SettingError(f"encoder must be named, as in base=mean@minilm, got {text!r}")
        own = _OF_FILE.match(rest)
        start = own.end("code") if own else 0
        mark = find_model_mark(rest, start)
        model = None if mark is None else _model(rest, mark)
        written = rest[:mark]
        if own is None:
            return cls(Spec.parse(written), name, model)
        code = own["code"].strip()
        spec = Spec.parse(f"{_name_of_code(code)}{written[start:]}")
        return cls(spec, name, model, code)

    @property
    def settings(self) -> Mapping[str, Any]:
        """The settings of the spec."""
        return self.spec.settings

    @property
    def written_spec(self) -> str:
        """The spec as it was asked for, code of the user's own included."""
        if not self.code:
            return str(self.spec)
        return f"{self.code}:{self.spec.assignments}" if self.spec.settings else self.code

    def with_spec(self, spec: Spec) -> "EncoderSpec":
        """Return the encoder with other settings."""
        return replace(self, spec=spec)

    @override
    def __str__(self) -> str:
        """Return the text that `parse` reads."""
        start = f"{self.name}=" if self.name else ""
        if self.model is None:
            return start + self.written_spec
        end = f"@{self.model}"
        mark = find_model_mark(self.written_spec + end, len(self.code))
        if mark == len(self.written_spec):
            return start + self.written_spec + end
        settings = {key: QuotedText(value) for key, value in self.spec.settings.items()}
        quoted = self.with_spec(Spec(self.spec.name, settings))
        return start + quoted.written_spec + end


@dataclass(frozen=True)
class NamedSpecs:
    """Names that a run gives its encoders, each for one spec.

    Attributes:
        given: Spec by name.
    """

    given: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, spec: str) -> None:
        """Note a name.

        Raises:
            SettingError: If another spec has it.
        """
        if name and self.given.setdefault(name, spec) != spec:
            both = f"{self.given[name]!r} and {spec!r}: rename one"
            raise SettingError(f"name {name!r} must be that of one encoder, got {both}")


def refuse_name(name: str, spec: str = "SPEC") -> None:
    """Refuse what is no plain word, or a registered encoder's name.

    Args:
        name: What an encoder is to be called.
        spec: What it is, for the message.

    Raises:
        SettingError: If it cannot be a name.
    """
    if not _WORD.fullmatch(name):
        raise SettingError(
            f"name of an encoder must be letters, digits and '_.+-', got {name!r}:"
            f" write it as in base={spec}"
        )
    if name in registry.encoders.names():
        got = f"got {name!r}, which is registered"
        raise SettingError(f"name of an encoder must be its own, {got}: choose another")


def _model(text: str, mark: int) -> str:
    """Return the model behind the mark.

    Raises:
        SettingError: If there is none, or settings are behind it.
    """
    model = text[mark + 1 :].strip()
    if not model:
        raise SettingError(f"a model must be named behind '@', got {text!r}")
    if _SETTING_BEHIND.search(model):
        raise SettingError(
            f"settings must stand before the model, got {text!r}: write NAME:SETTINGS@MODEL"
        )
    return model


def _name_of_code(code: str) -> str:
    """Return what records call code of the user's own: ``my.Encoder`` for ``./my.py:Encoder``."""
    file, _, name = code.rpartition(":")
    stem = re.split(r"[/\\]", file)[-1].removesuffix(".py")
    return f"{stem}.{name}"
