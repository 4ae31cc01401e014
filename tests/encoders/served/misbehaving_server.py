"""A server of embeddings that misbehaves as it is told; run as a process of its own.

``POST /behave`` sets what it does, ``GET /seen`` returns what it was asked. Faults are used up one
per request; all else holds until the next ``/behave``.
"""

import base64
import hashlib
import json
import random
import struct
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import Any

DIM = 6


def vector_of(text: str, dim: int = DIM) -> list[float]:
    """Return numbers that only this text has."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return [byte / 64 - 2 for byte in digest[:dim]]


class Behaviour:
    """What the server does, and what it has seen."""

    def __init__(self, **told: Any) -> None:
        self.faults: list[dict[str, Any]] = told.get("faults", [])
        self.key: str | None = told.get("key")
        self.most: int | None = told.get("most")
        self.most_status: int = told.get("most_status", 413)
        self.most_says: Any = told.get("most_says", {"error": "batch size > maximum"})
        self.shuffled: bool = told.get("shuffled", False)
        self.held_after: int | None = told.get("held_after")
        self.model: str = told.get("model", "served")
        self.answered: list[str] = []
        self.sizes: list[int] = []
        self.bodies: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.times: list[float] = []
        self.logins: list[str | None] = []
        self.lock = Lock()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one piece, for which nobody waits
    behaviour = Behaviour()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""

    def do_GET(self) -> None:
        seen = {name: value for name, value in vars(self.behaviour).items() if name != "lock"}
        self.send(200, seen)

    def do_POST(self) -> None:
        content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/behave":
            Handler.behaviour = Behaviour(**content)
            self.send(200, {})
            return
        told = self.behaviour
        with told.lock:
            told.bodies.append(content)
            told.paths.append(self.path)
            told.times.append(time.monotonic())
            told.logins.append(self.headers.get("Authorization"))
            fault = told.faults.pop(0) if told.faults else {}
        texts = content["inputs"] if self.path.endswith("/embed") else content["input"]
        if told.key is not None and self.headers.get("Authorization") != f"Bearer {told.key}":
            said = self.headers.get("Authorization")
            self.send(401, {"error": {"message": f"Incorrect API key provided: {said}"}})
        elif told.most is not None and len(texts) > told.most:
            self.send(told.most_status, told.most_says)
        elif "status" in fault:
            time.sleep(fault.get("seconds", 0))
            self.send(fault["status"], fault.get("body", {}), fault.get("headers", {}))
        elif fault.get("drop"):
            self.close_connection = True
        else:
            time.sleep(fault.get("seconds", 0))
            self.answer(texts, content, fault)

    def answer(self, texts: list[str], content: dict[str, Any], fault: dict[str, Any]) -> None:
        """Send vectors, altered as the fault says."""
        told = self.behaviour
        with told.lock:
            held = told.held_after is not None and len(told.answered) >= told.held_after
            if not held and not fault:
                told.answered += texts
                told.sizes.append(len(texts))
        if held:
            time.sleep(60)
            return
        dim = content.get("dimensions", DIM)
        rows: list[Any] = [vector_of(text, dim) for text in texts]
        if content.get("encoding_format") == "base64":
            rows = [base64.b64encode(struct.pack(f"<{dim}f", *row)).decode() for row in rows]
        if self.path.endswith("/embed"):
            headers = {"x-compute-tokens": str(5 * len(texts))}
            self.send(200, fault.get("rows", rows), headers)
            return
        data = [{"index": place, "embedding": row} for place, row in enumerate(rows)]
        if told.shuffled:
            random.Random(len(told.answered)).shuffle(data)  # noqa: S311 - no secret
        for place, item in fault.get("items", []):
            data[place:] = [*([item] if item else []), *data[place + 1 :]]
        usage = {"prompt_tokens": 3 * len(texts), "total_tokens": 3 * len(texts)}
        sent = {"object": "list", "data": data, "model": told.model, "usage": usage}
        self.send(200, {**sent, **fault.get("answer", {})}, cut=fault.get("cut"))

    def send(
        self,
        status: int,
        body: Any,  # noqa: ANN401 - JSON
        headers: dict[str, str] | None = None,
        cut: int | None = None,
    ) -> None:
        """Send a body, only a part of it if `cut` says how many bytes."""
        text = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text[:cut])
        self.close_connection = self.close_connection or cut is not None


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(server.server_port, flush=True)  # noqa: T201
    server.serve_forever()
