"""A served model: a real process on the loopback device, which misbehaves on purpose."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from runpy import run_path
from typing import Any

import numpy as np
import pytest

from harness.encoder import Embeddings

SCRIPT = Path(__file__).parent / "served" / "misbehaving_server.py"


@dataclass
class Served:
    """A server that answers as it was told last."""

    url: str

    def behave(self, **told: Any) -> None:
        """Have it do what `Behaviour` of the script says, and forget what it has seen."""
        self._ask("/behave", json.dumps(told).encode())

    @property
    def seen(self) -> dict[str, Any]:
        """What it was asked, and whether that is used up which it was told."""
        seen: dict[str, Any] = self._ask("/seen", None)
        return seen

    def spec(self, **settings: Any) -> str:
        """Return an encoder that asks it, and waits for nothing."""
        given = {"url": f"{self.url}/v1", "name": "served", "backoff": 0.001, **settings}
        return "endpoint:" + ",".join(f"{name}={value}" for name, value in given.items())

    @staticmethod
    def vectors(texts: Sequence[str], dim: int = 6) -> Embeddings:
        """Return what it must answer."""
        return np.array([VECTOR_OF(text, dim) for text in texts], np.float32)

    def _ask(self, path: str, content: bytes | None) -> Any:  # noqa: ANN401 - JSON
        asked = urllib.request.Request(self.url + path, content)  # noqa: S310 - on this machine
        with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310
            return json.load(answer)


VECTOR_OF = run_path(str(SCRIPT))["vector_of"]


@pytest.fixture(scope="session")
def server_process() -> Iterator[Served]:
    """The process."""
    command = [sys.executable, "-I", str(SCRIPT)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield Served(f"http://127.0.0.1:{process.stdout.readline().strip()}")
        process.kill()


@pytest.fixture
def served(server_process: Served) -> Served:
    """A server that does nothing wrong unless it is told to."""
    server_process.behave()
    return server_process
