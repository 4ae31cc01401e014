"""One request to a server, and what its answer means."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any

from harness.encoders.served.address import is_on_this_machine
from harness.encoders.served.api_key import ApiKey
from harness.encoders.served.retries import read_retry_after
from harness.encoders.served.usage import Usage
from harness.errors import PluginError, first_line, shorten

if TYPE_CHECKING:
    from httpx2 import Response

_CONNECT_SECONDS = 10.0
_MOST_SHOWN = 300  # characters of a server's message
_MOST_OF_A_NAME = 100
_PASSING = {408, 425, 429}
_NO_MONEY = b"insufficient_quota"  # with 429; waiting does not help
_TOO_LARGE = 413
_PERHAPS_TOO_LARGE = {400, 422}
_SIZE_WORDS = re.compile(r"too (many|large|long|big)|exceed|max|limit|length|batch", re.IGNORECASE)


class ServerError(PluginError):
    """A server refuses what it is asked, or cannot be asked; trying again would not help."""


class PassingError(Exception):
    """A request failed in a way that another try may mend.

    Args:
        reason: What happened, as the end of a sentence about the server.
        wait: Seconds that the server asks to wait; None if it does not.
        is_unreachable: Whether no connection was made.
    """

    def __init__(
        self, reason: str, wait: float | None = None, *, is_unreachable: bool = False
    ) -> None:
        super().__init__(reason)
        self.wait = wait
        self.is_unreachable = is_unreachable


class TooLargeError(Exception):
    """A server refuses so many texts, or so long ones, in one request."""


class Connection:
    """Sends requests to one address, from several threads if need be.

    Redirects are not followed: the key is for the host that the user named. Proxies and
    certificates are those of the environment, but nothing on this machine is asked by a proxy.

    Args:
        url: Where requests are sent.
        key: Goes with each request.
        timeout: Seconds that one may take.
        usage: Counts them, and what the server says of them.

    Attributes:
        url: The same.
    """

    def __init__(self, url: str, key: ApiKey, timeout: float, usage: Usage) -> None:
        import httpx2  # deferred: 0.1 s, and only this encoder needs it

        self.url, self._key, self._timeout, self._usage = url, key, timeout, usage
        limits = httpx2.Timeout(timeout, connect=min(timeout, _CONNECT_SECONDS))
        try:
            host = httpx2.URL(url).netloc.decode()
            direct = {f"all://{host}": None} if is_on_this_machine(url) else None
            self._client = httpx2.Client(
                timeout=limits, mounts=direct, limits=httpx2.Limits(max_connections=None)
            )
        except (ImportError, ValueError, OSError, httpx2.InvalidURL):
            what = "proxy or certificates of the environment cannot be used"
            raise ServerError(f"{url} was not asked: {what}") from None

    def close(self) -> None:
        """Close what is open."""
        self._client.close()

    def post(self, body: Mapping[str, Any], most_bytes: int) -> Any:  # noqa: ANN401 - JSON
        """Send JSON, and return the JSON of the answer.

        Args:
            body: What is sent.
            most_bytes: Size of the largest answer that is read.

        Raises:
            PassingError: If another try may help.
            TooLargeError: If less in one request may help.
            ServerError: If nothing here helps.
        """
        headers = {"Content-Type": "application/json", **self._key.headers()}
        content = json.dumps(body).encode()
        self._usage.add_request()
        with (
            self._explained(),
            self._client.stream("POST", self.url, content=content, headers=headers) as response,
        ):
            text = self._read(response, most_bytes, monotonic() + self._timeout)
        answer = _parsed(text)
        self._usage.add_answer(answer, response.headers)
        if isinstance(answer, dict) and isinstance(answer.get("model"), str):
            self._usage.model = self._shown(answer["model"], _MOST_OF_A_NAME)
        if not response.is_success:
            self._refuse(response, answer, text)
        if answer is None:
            raise PassingError("answered what is no JSON")
        return answer

    def _read(self, response: "Response", most_bytes: int, until: float) -> bytes:
        parts, size = [], 0
        for part in response.iter_bytes():
            parts.append(part)
            size += len(part)
            if size > most_bytes:
                msg = f"must answer with at most {most_bytes} bytes, got more"
                raise ServerError(f"{self.url} {msg}")
            if monotonic() > until:
                raise PassingError("did not answer in time")
        return b"".join(parts)

    def _refuse(self, response: "Response", answer: Any, text: bytes) -> None:  # noqa: ANN401 - JSON
        """Raise what a status that is no success means."""
        status, message = response.status_code, _message_of(answer, text)
        answered = f"answered {status}{f', {self._shown(message)!r}' if message else ''}"
        if (status in _PASSING and _NO_MONEY not in text) or status >= 500:  # noqa: PLR2004 - HTTP's
            wait = read_retry_after(response.headers.get("Retry-After", ""))
            raise PassingError(answered, wait)
        if status == _TOO_LARGE or (status in _PERHAPS_TOO_LARGE and _SIZE_WORDS.search(message)):
            raise TooLargeError(answered)
        if 300 <= status < 400:  # noqa: PLR2004
            to = self._shown(response.headers.get("Location", "").partition("?")[0])
            raise ServerError(f"{self.url} redirects to {to!r}: give the address itself as url")
        raise ServerError(f"{self.url} {answered}")

    def _shown(self, text: str, most: int = _MOST_SHOWN) -> str:
        """Return text of the server without the key, which it may repeat, and not long."""
        return shorten(self._key.hidden(text).strip(), most)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Say in a few words why there was no answer."""
        import httpx2

        try:
            yield
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError) as error:
            reason = f"cannot be reached ({self._shown(first_line(error))})"
            raise PassingError(reason, is_unreachable=True) from error
        except httpx2.TimeoutException as error:
            raise PassingError("did not answer in time") from error
        except httpx2.HTTPError as error:
            raise PassingError("broke the connection off") from error


def _parsed(text: bytes) -> Any:  # noqa: ANN401 - JSON
    """Return JSON; None for what is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _message_of(said: Any, text: bytes) -> str:  # noqa: ANN401 - JSON
    """Return what a server says of an error, in any of the common forms; else its first line."""
    if said is None:
        return (text.decode("utf-8", "replace").strip().splitlines() or [""])[0]
    for name in ("error", "message", "detail"):
        if isinstance(said, dict) and said.get(name):
            said = said[name]
    return said if isinstance(said, str) else json.dumps(said) if said else ""
