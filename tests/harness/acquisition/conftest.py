"""A real HTTP server on the loopback device, and a small data set to serve."""

import hashlib
import io
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from harness.acquisition.manifest import Manifest


@dataclass
class Loopback:
    """What a server serves, how it misbehaves, and what it was asked.

    Attributes:
        url: Its address, without a slash at the end.
        files: Path, from the slash on, to content.
        folder: Served besides, if given.
        etag: Validator of every file; empty for none.
        ranges: Whether it knows ranges.
        break_after: Bytes of a body after which it hangs up, once for each number.
        failures: Statuses that it answers with first.
        reason: What it says with a failure, in place of the usual words.
        moved: Path to the address that it redirects to.
        asked: Path and Range header of every request.
        logins: Authorization header of every request.
    """

    url: str
    files: dict[str, bytes] = field(default_factory=dict)
    folder: Path | None = None
    etag: str = '"one"'
    ranges: bool = True
    break_after: list[int] = field(default_factory=list)
    failures: list[int] = field(default_factory=list)
    reason: str | None = None
    moved: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    logins: list[str | None] = field(default_factory=list)

    def content(self, path: str) -> bytes | None:
        if path in self.files:
            return self.files[path]
        if self.folder is not None and (self.folder / path.lstrip("/")).is_file():
            return (self.folder / path.lstrip("/")).read_bytes()
        return None


class _Handler(BaseHTTPRequestHandler):
    loopback: Loopback

    def do_GET(self) -> None:
        served, wanted = self.loopback, self.headers.get("Range")
        served.asked.append((self.path, wanted))
        served.logins.append(self.headers.get("Authorization"))
        content = served.content(self.path)
        if self.path in served.moved:
            self.send_response(302)
            self.send_header("Location", served.moved[self.path])
            self.end_headers()
            return
        if served.failures or content is None:
            status = served.failures.pop(0) if served.failures else 404
            self.send_response(status, served.reason)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        start = 0
        if wanted and served.ranges and self.headers.get("If-Range", served.etag) == served.etag:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
        if start >= len(content) > 0:
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        if served.etag:
            self.send_header("ETag", served.etag)
        self.end_headers()
        body = content[start:]
        self.wfile.write(body[: served.break_after.pop(0)] if served.break_after else body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's
        """Say nothing."""


@pytest.fixture
def make_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Loopback]]:
    """Start servers that end with the test; no proxy of the environment stands before them."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setattr("harness.acquisition.downloads.time.sleep", lambda seconds: None)
    running = []

    def start() -> Loopback:
        handler = type("Handler", (_Handler,), {})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        loopback = Loopback(f"http://127.0.0.1:{server.server_address[1]}")
        handler.loopback = loopback  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        running.append((server, thread))
        return loopback

    yield start
    for server, thread in running:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def server(make_server: Callable[[], Loopback]) -> Loopback:
    return make_server()


@dataclass(frozen=True)
class Tiny:
    """A made-up data set of two files and a read-me.

    Attributes:
        published: File name to bytes, as its publisher has it.
        prepared: File name to bytes, as SentEval lays it out.
    """

    published: dict[str, bytes]
    prepared: dict[str, bytes]

    def zipped(self) -> bytes:
        """Return a zip of the published files in a folder."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, content in self.published.items():
                archive.writestr(f"release/{name}", content)
        return buffer.getvalue()

    def manifest(self, *urls: str, **more: Any) -> Manifest:
        """Return a manifest with one archive at these places."""
        files = [
            {
                "name": name,
                "rows": content.count(b"\n"),
                "bytes": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
                "prepare": "sts" if "input" in name else "none",
                "documentation": name == "readme.txt",
            }
            for name, content in self.prepared.items()
        ]
        data_set = {
            "name": "tiny",
            "title": "A tiny set",
            "suite": "tinies",
            "collection": "senteval",
            "folder": "STS/tiny",
            "licence": "free for all",
            "citation": "Nobody (2000)",
            "origin": "this test",
            "archives": ["release"] if urls else [],
            "files": files,
        }
        archives = {"release": {"urls": urls, **more}} if urls else {}
        return Manifest.model_validate({"data_sets": [data_set], "archives": archives})

    def read(self, root: Path) -> dict[str, bytes]:
        """Return the set's files below a data folder."""
        folder = root / "senteval/downstream/STS/tiny"
        return {path.name: path.read_bytes() for path in folder.glob("*")}


@pytest.fixture
def tiny() -> Tiny:
    same = {"STS.gs.tiny.txt": b"1.5\n", "readme.txt": b"Read me.\n"}
    return Tiny(
        {"STS.input.tiny.txt": b"The U.S.\tA dog barks.\n", **same},
        {"STS.input.tiny.txt": b"the u.s .\ta dog barks .\n", **same},
    )


@pytest.fixture
def real(shared: Path) -> Path:
    """The folder with real data."""
    return shared / "data"
