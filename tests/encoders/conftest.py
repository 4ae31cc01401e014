"""A served model, a real process that misbehaves on purpose, and a model exported to ONNX."""

import json
import shutil
import subprocess
import sys
import urllib.request
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from runpy import run_path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from transformers import AutoModel

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


INPUTS = ["input_ids", "attention_mask", "token_type_ids"]


class Exported(nn.Module):
    """What a graph computes: hidden states, or their normalised mean."""

    def __init__(self, model: nn.Module, *, pools: bool) -> None:
        super().__init__()
        self.model, self.pools = model, pools

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Tensor:
        states: Tensor = self.model(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        if not self.pools:
            return states
        mask = attention_mask.unsqueeze(-1).to(states.dtype)
        return nn.functional.normalize((states * mask).sum(1) / mask.sum(1))


@pytest.fixture(scope="session")
def exported_onnx(tiny_bert: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tiny BERT's graphs: of hidden states, and of sentence vectors."""
    for package in ("onnx", "onnxruntime"):
        pytest.importorskip(package, reason="the extra onnx is not installed")
    folder = tmp_path_factory.mktemp("onnx") / "model"
    shutil.copytree(tiny_bert, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    model = AutoModel.from_pretrained(tiny_bert).eval()
    example = tuple(torch.ones(2, 5, dtype=torch.int64) for _ in INPUTS)
    for file, output, pools in (
        ("model.onnx", "last_hidden_state", False),
        ("pooled.onnx", "sentence_embedding", True),
    ):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of this exporter; the newer one needs onnxscript
            torch.onnx.export(
                Exported(model, pools=pools),
                example,
                str(folder / file),
                input_names=INPUTS,
                output_names=[output],
                dynamic_axes={name: {0: "batch", 1: "length"} for name in INPUTS},
                dynamo=False,
            )
    return folder
