"""Download a file: checked, tried again, resumed where it broke off."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias
from urllib.parse import urlsplit, urlunsplit

from harness.errors import DownloadError
from harness.results.files import write_atomically

if TYPE_CHECKING:
    from requests import Response

OnBytes: TypeAlias = Callable[[str, int, int | None], None]
"""Called with what is downloaded, bytes so far, and bytes in all where the server says so."""

RETRIES = 2
"""How often a failed download is tried again by default."""

_SECONDS = (10, 60)  # to connect, to hear the next bytes
_BLOCK = 1 << 14  # what is lost at most where a download breaks off
_MOST_BYTES = 4 << 30
_PARTIAL, _COMPLETE = 206, 416  # the latter: nothing follows what is already here
_REFUSALS = {400, 401, 403, 404, 405, 410, 451}


class UnreachableError(DownloadError):
    """A host cannot be reached, whatever is asked of it."""


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
    import pooch  # deferred with requests: 0.2 s, and only fetching needs them
    import requests

    pooch.get_logger().setLevel("ERROR")
    name = file_name(url)
    fetched = pooch.create(
        path=folder,
        base_url="",
        registry={name: f"sha256:{sha256}" if sha256 else None},
        urls={name: url},
        retry_if_failed=retries,
    )
    part = folder / f"{name}.part"
    transfer = _Transfer(part, size, trusted=sha256 is not None, on_bytes=on_bytes)
    try:
        return Path(fetched.fetch(name, downloader=transfer))
    except requests.ConnectionError as error:
        raise UnreachableError(f"{shown(url)} cannot be reached") from error
    except (requests.RequestException, ValueError) as error:
        reason = _reason(error).replace(url, shown(url))
        raise DownloadError(f"{shown(url)} {reason}") from error


def file_name(url: str) -> str:
    """Return a file name for a URL: no two URLs share one, and its end is the URL's own."""
    digest = hashlib.sha256(url.encode()).hexdigest()[:12]
    return f"{digest}-{own_name(url)}"


def shown(url: str) -> str:
    """Return a URL as messages may show it: without password and query, where tokens stand."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def own_name(url: str) -> str:
    """Return the name of the file that a URL points to."""
    return urlsplit(url).path.rpartition("/")[2]


class _Transfer:
    """Moves one file over HTTP; what pooch calls a downloader.

    Args:
        part: Where bytes are kept until the file is whole.
        size: Bytes of the whole file, if known.
        trusted: Whether a checksum will show if parts of two files were put together.
        on_bytes: Called with the progress.
    """

    def __init__(self, part: Path, size: int | None, *, trusted: bool, on_bytes: OnBytes) -> None:
        self._part = part
        self._mark = part.with_suffix(".mark")  # what the server said identifies the file
        self._size = size
        self._trusted = trusted
        self._on_bytes = on_bytes

    def __call__(self, url: str, output_file: str, _pooch: object) -> None:
        """Download, and leave the whole file at `output_file`.

        Raises:
            DownloadError: If the server refuses; trying again would not help.
            requests.RequestException: If the server fails; what came is kept for the next try.
            ValueError: If the file has the wrong size; nothing of it is kept.
        """
        import requests

        for path in (self._part, self._mark):
            if path.is_symlink():  # somebody else's: it may lead anywhere
                path.unlink()
        mark = self._read_mark()
        if not mark and not self._trusted:
            self._forget()  # nothing would show that the file has changed meanwhile
        here = self._part.stat().st_size if self._part.is_file() else 0
        headers = {"Accept-Encoding": "identity"}
        if here:
            headers |= {"Range": f"bytes={here}-"} | ({"If-Range": mark} if mark else {})
        with requests.get(url, headers=headers, stream=True, timeout=_SECONDS) as response:
            if response.status_code != _COMPLETE or not here:
                if response.status_code in _REFUSALS:
                    raise DownloadError(f"{shown(url)} {_answer(response)}")
                response.raise_for_status()
                resumed = response.status_code == _PARTIAL and bool(here)
                self._receive(response, here if resumed else 0, own_name(url))
        self._check_size()
        self._part.replace(output_file)
        self._forget()

    def _receive(self, response: "Response", start: int, name: str) -> None:
        """Write the body of a response, after `start` bytes that are already here."""
        import requests

        length = response.headers.get("Content-Length")
        total = start + int(length) if length and length.isdigit() else None
        validator = response.headers.get("ETag", "") or response.headers.get("Last-Modified", "")
        usable = "" if validator.startswith("W/") else validator  # weak ones allow no ranges
        write_atomically(self._mark, json.dumps(usable).encode())
        most = self._size if self._size is not None else _MOST_BYTES
        done = start
        with self._open_part(anew=not start) as file:
            for block in response.iter_content(_BLOCK):
                file.write(block)
                done += len(block)
                self._on_bytes(name, done, total or self._size)
                if done > most:
                    break  # _check_size reports it
        if total is not None and done < total and done <= most:
            raise requests.exceptions.ChunkedEncodingError

    def _open_part(self, *, anew: bool) -> BinaryIO:
        """Open the part to write at its end, never through a link."""
        if anew:
            self._part.unlink(missing_ok=True)
            return self._part.open("xb")
        return open(self._part, "ab", opener=_open_unfollowed)

    def _check_size(self) -> None:
        found = self._part.stat().st_size
        wrong = found != self._size if self._size is not None else found > _MOST_BYTES
        if wrong:
            self._forget()
            expected = self._size if self._size is not None else f"at most {_MOST_BYTES}"
            raise ValueError(f"must have {expected} bytes, got {found}")

    def _read_mark(self) -> str:
        try:
            mark: Any = json.loads(self._mark.read_bytes())
        except (OSError, ValueError, RecursionError):
            return ""
        return mark if isinstance(mark, str) else ""

    def _forget(self) -> None:
        for path in (self._part, self._mark):
            path.unlink(missing_ok=True)


def _open_unfollowed(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o666)  # Windows has no such flag


def _reason(error: Exception) -> str:
    """Say in one short line why a place did not serve a file."""
    import requests

    if isinstance(error, requests.HTTPError) and error.response is not None:
        return _answer(error.response)
    if isinstance(error, requests.Timeout):
        return "did not answer in time"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "broke off"
    if "hash" in str(error).lower():
        return "served a file with another checksum"
    return str(error)


def _answer(response: "Response") -> str:
    return f"answered {response.status_code} {response.reason}"
