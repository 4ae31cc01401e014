"""Where a served model is asked: checked, and written in one way."""

from ipaddress import ip_address
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from httpx2 import URL

Api: TypeAlias = Literal["openai", "tei"]

_PATHS: dict[Api, str] = {"openai": "/embeddings", "tei": "/embed"}
_EXAMPLE = "https://HOST/v1"


def read_address(text: str, api: Api) -> tuple[str, Api]:
    """Return a server's address in one form, however it was written, and its interface.

    Args:
        text: With or without ``/v1``, the path of the requests, or a slash at the end.
        api: The interface, unless the path is another one's.

    Returns:
        An address that `request_url` takes, and the interface.

    Raises:
        ValueError: If it is no such address, holds a login, or would be asked without encryption
            over a network. The message quotes nothing that may hold a key.
    """
    url = _parsed(text)
    path = url.path.rstrip("/")
    for one, suffix in _PATHS.items():
        if path.endswith(suffix):
            api, path = one, path.removesuffix(suffix)
            if one == "openai" and not path:
                path = suffix  # served there, and not below /v1
    if api == "openai" and not path:
        path = "/v1"
    return str(url.copy_with(path=path or "/")).rstrip("/"), api


def request_url(address: str, api: Api) -> str:
    """Return where requests are sent, of an address that `read_address` returned."""
    path = _PATHS[api]
    return address if address.endswith(path) else address + path


def is_on_this_machine(address: str) -> bool:
    """Whether an address is on the loopback device, which no network sees."""
    from httpx2 import URL

    return _is_loopback(URL(address).host)


def _parsed(text: str) -> "URL":
    import httpx2  # deferred: 0.1 s, and only this encoder needs it

    try:
        url = httpx2.URL(text.strip())
    except (httpx2.InvalidURL, UnicodeError):
        raise ValueError(f"url must be like {_EXAMPLE}, got one that cannot be read") from None
    if url.userinfo:
        cure = "name the environment variable with the key as key_env"
        raise ValueError(f"url must hold no user or password, which would be recorded: {cure}")
    if url.query or url.fragment:
        raise ValueError("url must end with its path: what follows ? or # would be recorded")
    if url.scheme not in {"https", "http"} or not url.host:
        raise ValueError(f"url must be like {_EXAMPLE}: scheme and host first")
    if url.scheme == "http" and not _is_loopback(url.host):
        cure = "only 127.0.0.1, ::1 and localhost are asked without encryption"
        raise ValueError(f"url must begin with https://, got http:// and another machine: {cure}")
    return url


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
