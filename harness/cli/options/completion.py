"""What the shell offers for a word that is half typed: specs, settings, models, records."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from io import StringIO
from os import environ
from pathlib import Path
from typing import Any, Literal, TypeAlias

import click
from click.shell_completion import CompletionItem

from harness.common_settings import CommonSettings
from harness.plugins import registry
from harness.results.records.store import DEFAULT_FOLDER
from harness.settings import SettingField, setting_fields

Completer: TypeAlias = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]
Kind: TypeAlias = Literal["encoder", "task"]

_OWN_NAME = re.compile(r"[^=:@,\"/\\]+=")
_HEAD_BYTES = 1000
_ENCODER, _NAME = (re.compile(rf'"{key}": ("(?:[^"\\]|\\.)*")') for key in ("encoder", "name"))


@dataclass(frozen=True)
class _Typed:
    """A word cut at the last mark: what stays, and what is still open."""

    kept: str
    open: str


def completer(candidates: Callable[[click.Context, str], Iterable[str]]) -> Completer:
    """Return what offers those candidates that begin as typed; files if there are none.

    It prints nothing and never fails: a shell has no place for an error.
    """

    def complete(
        ctx: click.Context, _param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        found: list[str] = []
        with suppress(Exception), redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            found = [one for one in candidates(ctx, incomplete) if one.startswith(incomplete)]
        if found:
            return [CompletionItem(one) for one in dict.fromkeys(found)]
        return [CompletionItem(incomplete, type="file")]

    return complete


def spec_candidates(kind: Kind, incomplete: str) -> Iterator[str]:
    """Yield specs that continue what is typed: names, settings, their values, models."""
    own = _OWN_NAME.match(incomplete) if kind == "encoder" else None
    kept, rest = (own[0], incomplete[own.end() :]) if own else ("", incomplete)
    yield from (f"{kept}{one}" for one in _names_after_comma(kind, rest))
    if kind == "encoder" and "@" in rest:
        spec, _, _ = rest.rpartition("@")
        yield from (f"{kept}{spec}@{model}" for model in _models())
    elif ":" in rest:
        name = _plugin_before_settings(kind, rest)
        settings = rest[len(name) + 1 :]
        yield from (f"{kept}{name}:{one}" for one in _assignments(_fields(kind, name), settings))


def assignment_completer(kind: Kind) -> Completer:
    """Return what completes ``NAME=VALUE`` for the encoders or tasks of the command line."""

    def candidates(ctx: click.Context, incomplete: str) -> Iterator[str]:
        given = ctx.params.get(f"{kind}s") or ctx.params.get(kind) or ()
        specs = [given] if isinstance(given, str) else [str(one) for one in given]
        for name in dict.fromkeys(_plugin_before_settings(kind, spec) for spec in specs):
            yield from _assignments(_fields(kind, name), incomplete)

    return completer(candidates)


def recorded_encoders(ctx: click.Context, _incomplete: str) -> Iterator[str]:
    """Yield the encoders of the records in the command's folder, by the heads of the files."""
    folder = Path(ctx.params.get("records") or ctx.params.get("folder") or DEFAULT_FOLDER)
    for path in sorted(folder.glob("*.json")):
        with suppress(OSError, ValueError), path.open("rb") as file:
            head = file.read(_HEAD_BYTES).decode("utf-8", "ignore")
            for pattern in (_NAME, _ENCODER):
                if found := pattern.search(head):
                    yield json.loads(found[1])


def _names_after_comma(kind: Kind, text: str) -> Iterator[str]:
    if "=" in text:
        return
    found: list[registry.Registry[Any]] = (
        [registry.encoders] if kind == "encoder" else [registry.tasks, registry.suites]
    )
    before, comma, _ = text.rpartition(",")
    for name in sorted(name for each in found for name in each.names()):
        yield f"{before}{comma}{name}"


def _plugin_before_settings(kind: Kind, text: str) -> str:
    """Return the longest registered name before a colon: names of tracks have one themselves."""
    text = text[own.end() :] if (own := _OWN_NAME.match(text)) else text
    names = (registry.encoders if kind == "encoder" else registry.tasks).names()
    return max((n for n in names if f"{text}:".startswith(f"{n}:")), key=len, default="")


def _fields(kind: Kind, name: str) -> list[SettingField]:
    if not name:
        return []
    if kind == "task":
        return [*registry.tasks.load(name).setting_fields]
    return [*registry.encoders.load(name).setting_fields, *setting_fields(CommonSettings)]


def _assignments(fields: Iterable[SettingField], text: str) -> Iterator[str]:
    """Yield the settings not yet given, or the values of the one that is being typed."""
    typed = _cut(text)
    name, equals, _ = typed.open.partition("=")
    given = set(re.findall(r"(?:^|,)([\w-]+)=", typed.kept))
    for each in fields:
        if not equals and each.name not in given:
            yield f"{typed.kept}{each.name}="
        elif equals and each.name == name.replace("-", "_"):
            yield from (f"{typed.kept}{name}={value}" for value in _values(each))


def _cut(text: str) -> _Typed:
    before, comma, last = text.rpartition(",")
    return _Typed(f"{before}{comma}", last)


def _values(field: SettingField) -> list[str]:
    """Return the values of a choice; none where any text or number will do."""
    values = re.split(r" or |\|", field.type)
    return values if "|" in field.type else []


def _models() -> Iterator[str]:
    """Yield minilm, and the models in the cache of the hub."""
    yield "minilm"
    home = Path(environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface")
    for folder in sorted(Path(environ.get("HF_HUB_CACHE") or home / "hub").glob("models--*")):
        yield folder.name.removeprefix("models--").replace("--", "/")


complete_model = completer(lambda _ctx, _text: _models())
complete_corpus = completer(lambda _ctx, _text: registry.corpora.names())
complete_recorded = completer(recorded_encoders)
