import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

TOKEN = "hf_" + 32 * "x"
PUSH = """
import sys
from pathlib import Path
from harness.exporting.hub import push_folder

print(push_folder(Path(sys.argv[1]), "me/it", "cls", private=True))
"""


class Hub(ThreadingHTTPServer):
    """A hub on loopback, which keeps what it is sent; `status` other than 200 refuses all."""

    status = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.address = f"http://127.0.0.1:{self.server_address[1]}"
        self.seen: dict[str, Any] = {}
        self.tokens: set[str] = set()


class _Handler(BaseHTTPRequestHandler):
    server: Hub

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.tokens.add(self.headers["Authorization"].removeprefix("Bearer "))
        self.server.seen[self.path] = body
        found: dict[str, Any] = {"url": f"{self.server.address}/me/it", "warnings": []}
        if self.path.endswith("/preupload/main"):
            asked = [each["path"] for each in json.loads(body)["files"]]
            found = {
                "files": [
                    {
                        "path": path,
                        "uploadMode": "lfs" if path.endswith("safetensors") else "regular",
                        "shouldIgnore": False,
                    }
                    for path in asked
                ]
            }
        elif self.path.endswith("/objects/batch"):
            upload = {"href": f"{self.server.address}/store"}
            found = {
                "transfer": "basic",
                "objects": [
                    {**each, "actions": {"upload": upload}} for each in json.loads(body)["objects"]
                ],
            }
        elif "/commit/" in self.path:
            found = {"commitUrl": f"{self.server.address}/me/it/commit/1", "commitOid": "1"}
        self._answer(found)

    def do_PUT(self) -> None:
        self.server.seen[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer({})

    def _answer(self, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "it"
    (folder / "1_Pooling").mkdir(parents=True)
    (folder / "1_Pooling/config.json").write_text("{}")
    (folder / "README.md").write_text("---\nlicense: mit\n---\n# It\n")
    (folder / "model.safetensors").write_bytes(b"weights")
    return folder


def push(folder: Path, endpoint: str) -> "subprocess.CompletedProcess[str]":
    own = {"HF_ENDPOINT": endpoint, "HF_TOKEN": TOKEN, "HF_HUB_DISABLE_XET": "1"}
    environment = {**os.environ, **own, "HF_HUB_OFFLINE": "0"}
    return subprocess.run(
        [sys.executable, "-c", PUSH, str(folder)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_all_files_of_the_folder_come_to_the_hub_in_one_commit(hub: Hub, model: Path) -> None:
    done = push(model, hub.address)

    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{hub.address}/me/it\n"
    made = json.loads(hub.seen["/api/repos/create"])
    assert (made["organization"], made["name"], made["visibility"]) == ("me", "it", "private")
    lines = map(json.loads, hub.seen["/api/models/me/it/commit/main"].splitlines())
    head, *files = [line["value"] for line in lines]
    assert head["summary"] == "Export cls with harness"
    assert {each["path"] for each in files} == {
        "README.md",
        "1_Pooling/config.json",
        "model.safetensors",
    }
    assert hub.seen["/store"] == b"weights"
    assert hub.tokens == {TOKEN}
    assert TOKEN not in done.stdout + done.stderr


def test_a_hub_that_refuses_is_one_line_without_the_token(hub: Hub, model: Path) -> None:
    hub.status = 401
    done = push(model, hub.address)

    last = done.stderr.strip().splitlines()[-1]
    what = f"export {model} is written, but cannot be pushed to 'me/it' ("
    assert last.startswith(f"harness.errors.HarnessError: {what}")
    assert last.endswith("): run 'hf auth login', or set HF_TOKEN")
    assert TOKEN not in done.stderr


def test_a_hub_that_cannot_be_reached_is_one_line(model: Path) -> None:
    done = push(model, "http://127.0.0.1:9")

    last = done.stderr.strip().splitlines()[-1]
    assert "is written, but cannot be pushed to 'me/it' (" in last
    assert last.endswith("): try again")
