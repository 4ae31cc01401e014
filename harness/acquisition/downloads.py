"""Download a file: checked, tried again, resumed where it broke off."""

import hashlib
import json
import os
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias
from urllib.parse import unquote, urlsplit, urlunsplit

from harness.data import checksum
from harness.errors import DownloadError, shorten
from harness.results.files import is_there, read_file, write_atomically

if TYPE_CHECKING:
    from httpx2 import Client, Response

OnBytes: TypeAlias = Callable[[str, int, int | None], None]
"""Called with what is downloaded, bytes so far, and bytes in all where the server says so."""

RETRIES = 2
"""How often a failed download is tried again by default."""

_CONNECT_SECONDS, _READ_SECONDS = 10, 60
_MOST_PAUSE_SECONDS = 10  # before the next try
_BLOCK = 1 << 14  # what is lost at most where a download breaks off
_MOST_BYTES = 4 << 30
_PARTIAL, _COMPLETE = 206, 416  # the latter: nothing follows what is already here
_REFUSALS = {400, 401, 403, 404, 405, 410, 451}


class UnreachableError(DownloadError):
    """A host cannot be reached, whatever is asked of it."""


class _PassingError(Exception):
    """A download failed in a way that another try may mend."""

    def __init__(self, reason: str, kind: type[DownloadError] = DownloadError) -> None:
        super().__init__(reason)
        self.kind = kind


def download(
    url: str,
    folder: Path,
    *,
    sha256: str | None = None,
    size: int | None = None,
    retries: int = RETRIES,
    on_bytes: OnBytes = lambda name, done, total: None,
) -> Path:
    """Download a file.

    A download that broke off resumes where it was, in this call or a later one, if the server
    still has the same file.

    Args:
        url: Where it is.
        folder: Where it is put, under a name made from its URL; partial files stay there.
        sha256: What its checksum must be.
        size: What its size must be, in bytes.
        retries: How often it is tried again.
        on_bytes: Called with the progress.

    Returns:
        The file.

    Raises:
        UnreachableError: If there is no such host, or it does not answer.
        DownloadError: If no file with that checksum and size is served.
    """
    target = folder / file_name(url)
    _remove_unless_plain(target)
    if target.is_file() and sha256 in {None, checksum(target)}:
        return target
    transfer = _Transfer(target.with_name(f"{target.name}.part"), size, sha256, on_bytes)
    for attempt in count(1):
        try:
            transfer.run(url)
            break
        except _PassingError as error:
            if attempt > retries:
                raise error.kind(f"{shown(url)} {error}") from error
            time.sleep(min(attempt, _MOST_PAUSE_SECONDS))
    return transfer.part.replace(target)


def file_name(url: str) -> str:
    """Return a file name for a URL: no two URLs share one, and its end is the URL's own."""
    address, _ = _without_login(url)
    digest = hashlib.sha256(address.encode()).hexdigest()[:12]
    return f"{digest}-{own_name(url)}"


def shown(url: str) -> str:
    """Return a URL as messages may show it: without password and query, where tokens stand."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def own_name(url: str) -> str:
    """Return the name of the file that a URL points to."""
    return urlsplit(url).path.rpartition("/")[2]


class _Transfer:
    """Moves one file over HTTP.

    Args:
        part: Where bytes are kept, also when it fails.
        size: Bytes of the whole file, if known.
        sha256: Its checksum, if known.
        on_bytes: Called with the progress.
    """

    def __init__(
        self, part: Path, size: int | None, sha256: str | None, on_bytes: OnBytes
    ) -> None:
        self.part = part
        self._mark = part.with_suffix(".mark")  # what the server said identifies the file
        self._size = size
        self._sha256 = sha256
        self._on_bytes = on_bytes

    def run(self, url: str) -> None:
        """Download, and leave the whole file as the part.

        Raises:
            DownloadError: If the server refuses; trying again would not help.
            _PassingError: If it fails; what came is kept for the next try, but for a wrong file.
        """
        for path in (self.part, self._mark):
            _remove_unless_plain(path)
        mark = self._read_mark()
        if not mark and self._sha256 is None:
            self._forget()  # nothing would show that the file has changed meanwhile
        here = self.part.stat().st_size if self.part.is_file() else 0
        headers = {"Accept-Encoding": "identity"}
        if here:
            headers |= {"Range": f"bytes={here}-"} | ({"If-Range": mark} if mark else {})
        address, login = _without_login(url)
        with (
            _explained(url),
            _client(url, login) as client,
            client.stream("GET", address, headers=headers) as response,
        ):
            if response.status_code != _COMPLETE or not here:
                if response.status_code in _REFUSALS:
                    raise DownloadError(f"{shown(url)} answered {answer(response)}")
                if not response.is_success:
                    raise _PassingError(f"answered {answer(response)}")
                resumed = response.status_code == _PARTIAL and bool(here)
                self._receive(response, here if resumed else 0, own_name(url))
        self._check()
        self._mark.unlink(missing_ok=True)

    def _receive(self, response: "Response", start: int, name: str) -> None:
        """Write the body of a response, after `start` bytes that are already here."""
        length = response.headers.get("Content-Length")
        total = start + int(length) if length else None
        validator = response.headers.get("ETag", "") or response.headers.get("Last-Modified", "")
        usable = "" if validator.startswith("W/") else validator  # weak ones allow no ranges
        write_atomically(self._mark, json.dumps(usable).encode())
        most = self._size if self._size is not None else _MOST_BYTES
        done = start
        with self._open_part(anew=not start) as file:
            for block in response.iter_raw(_BLOCK):
                file.write(block)
                done += len(block)
                self._on_bytes(name, done, total or self._size)
                if done > most:
                    break  # _check reports it

    def _open_part(self, *, anew: bool) -> BinaryIO:
        """Open the part to write at its end, never through a link."""
        if anew:
            self.part.unlink(missing_ok=True)
            return self.part.open("xb")
        return open(self.part, "ab", opener=_open_unfollowed)

    def _check(self) -> None:
        """Refuse a file of another size or checksum; nothing of it is kept."""
        found = self.part.stat().st_size
        wrong = found != self._size if self._size is not None else found > _MOST_BYTES
        if wrong:
            self._forget()
            expected = self._size if self._size is not None else f"at most {_MOST_BYTES}"
            raise _PassingError(f"must have {expected} bytes, got {found}")
        if self._sha256 not in {None, checksum(self.part)}:
            self._forget()
            raise _PassingError("served a file with another checksum")

    def _read_mark(self) -> str:
        try:
            mark: Any = json.loads(read_file(self._mark)) if is_there(self._mark) else ""
        except OSError as error:
            msg = f"{self._mark} cannot be read ({error.strerror or error})"
            raise DownloadError(msg) from error
        except (ValueError, RecursionError):
            return ""
        return mark if isinstance(mark, str) else ""

    def _forget(self) -> None:
        for path in (self.part, self._mark):
            path.unlink(missing_ok=True)


def _remove_unless_plain(path: Path) -> None:
    """Remove what is no plain file with one name: it is somebody else's, and may lead anywhere."""
    with suppress(FileNotFoundError):
        found = path.lstat()
        if stat.S_ISDIR(found.st_mode):
            shutil.rmtree(path)
        elif not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
            path.unlink()


def _open_unfollowed(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o666)  # Windows has no such flag


def _without_login(url: str) -> tuple[str, tuple[str, str] | None]:
    """Split a URL from its user and password, so that no library can show them."""
    parts = urlsplit(url)
    login, at, host = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    address = urlunsplit(parts._replace(netloc=host))
    return address, (unquote(user), unquote(password)) if at else None


def _client(url: str, login: tuple[str, str] | None) -> "Client":
    import httpx2  # deferred: 0.1 s, and only fetching needs it

    timeout = httpx2.Timeout(_READ_SECONDS, connect=_CONNECT_SECONDS)
    try:
        return httpx2.Client(auth=login, timeout=timeout, follow_redirects=True)
    except (ImportError, ValueError, httpx2.InvalidURL) as error:
        msg = f"{shown(url)} was not asked for: the proxy of the environment cannot be used"
        raise DownloadError(msg) from error


@contextmanager
def _explained(url: str) -> Iterator[None]:
    """Say in one short line why a place did not serve a file."""
    import httpx2

    try:
        yield
    except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError) as error:
        raise _PassingError("cannot be reached", UnreachableError) from error
    except httpx2.TimeoutException as error:
        raise _PassingError("did not answer in time") from error
    except (httpx2.InvalidURL, httpx2.UnsupportedProtocol, httpx2.TooManyRedirects) as error:
        raise DownloadError(f"{shown(url)} leads to no address on the web") from error
    except httpx2.TransportError as error:
        raise _PassingError("broke off") from error


def answer(response: "Response") -> str:
    """Return a server's status with its words, as a terminal may show them."""
    words = "".join(filter(str.isprintable, response.reason_phrase))
    return f"{response.status_code} {shorten(words)}".rstrip()
