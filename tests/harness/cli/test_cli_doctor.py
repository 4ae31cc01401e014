"""The doctor asks the hub as a download would: through the proxy that stands before it."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from click.testing import CliRunner

from harness.cli.main import main


class Proxy(BaseHTTPRequestHandler):
    """Answers what it is asked for, wherever that lies."""

    asked: list[str]
    status: int

    def do_HEAD(self) -> None:
        self.asked.append(self.path)
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's
        """Say nothing."""


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Proxy]]:
    """A proxy, the one way to a hub whose name only it can resolve."""
    handler = type("OwnProxy", (Proxy,), {"asked": [], "status": 200})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    for name in ("NO_PROXY", "no_proxy", "http_proxy", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{server.server_address[1]}")
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://hub.invalid")
    yield handler
    server.shutdown()
    server.server_close()
    thread.join()


def hub_line(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("HARNESS_MODEL", ".")
    result = CliRunner().invoke(main, ["doctor", "--data", "sample"])
    assert result.exit_code == 0, result.output
    (line,) = [line for line in result.stdout.splitlines() if "model hub" in line]
    return " ".join(line.split("model hub")[1].split())


@pytest.mark.parametrize("status", [200, 404])
def test_a_hub_behind_a_proxy_can_be_reached(
    proxy: type[Proxy], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy.status = status

    assert hub_line(monkeypatch) == "ok hub.invalid can be reached"
    assert proxy.asked == ["http://hub.invalid/"]


@pytest.mark.parametrize("status", [407, 503])
def test_an_answer_that_is_not_the_hub_s_is_reported(
    proxy: type[Proxy], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy.status = status

    reported = hub_line(monkeypatch)

    assert reported.startswith(f"not hub.invalid cannot be reached ({status} ")
    assert reported.endswith("): use --model minilm or a folder")


@pytest.mark.parametrize("proxy_url", ["http://127.0.0.1:9", "socks9://nowhere", "http://[", "::"])
def test_no_way_to_the_hub_is_reported_in_one_line(
    proxy: type[Proxy], proxy_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy_url)

    reported = hub_line(monkeypatch)

    assert reported.startswith("not hub.invalid cannot be reached (")
    assert reported.endswith("): use --model minilm or a folder")


@pytest.mark.parametrize(
    ("data", "model", "code", "verdict"),
    [
        ("sample", ".", 0, "ready: everything that an evaluation needs is there"),
        ("missing", ".", 1, "not ready: see data above"),
        ("sample", "own/model", 0, "ready, as far as known: see model by default above"),
    ],
)
def test_the_last_line_says_whether_all_that_is_needed_is_there(
    data: str, model: str, code: int, verdict: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARNESS_MODEL", model)

    result = CliRunner().invoke(main, ["doctor", "--offline", "--data", data])

    assert result.exit_code == code
    assert result.stdout.splitlines()[-1] == verdict
