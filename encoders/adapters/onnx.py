"""Models exported to ONNX, run by onnxruntime itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from torch import Tensor

from harness.encoder import Context, Embeddings
from harness.encoders.adapters.onnx_graph import OnnxGraph, data_files
from harness.encoders.adapters.pooling_modules import (
    OwnPooling,
    TextLimits,
    own_pooling,
    text_limits,
)
from harness.encoders.adapters.sentence_transformers_prompts import default_prompt
from harness.encoders.transformer.input_probes import PROBE, far_apart
from harness.encoders.transformer.loading import load_config, load_tokenizer, outline
from harness.encoders.transformer.model_folder import find_onnx_model, hub_commit, stamp_onnx_model
from harness.encoders.transformer.pooling import POOLINGS
from harness.encoders.transformer.positions import chosen_length, input_limit
from harness.encoders.transformer.token_ids import pad_right
from harness.encoding.spot_check import distances
from harness.errors import HarnessError, SettingError
from harness.keys.files import hash_files, require_unchanged
from harness.results.notices import notify
from harness.results.progress import doing
from harness.results.records.model_names import model_name
from harness.settings import setting

_TOKEN_BUDGETS = {"cpu": 1024, "cuda": 65536}
_NOT_GUARANTEED = "equal bits with another number of threads, processor, or version of a library"


@dataclass(frozen=True)
class OnnxSettings:
    """Which graph, and how its hidden states become one vector."""

    model: str = setting(
        "", help="hub name, NAME@REVISION or folder; empty for the one of --model"
    )
    file: str = setting(
        "",
        help="graph in the model's folder, such as onnx/model_quantized.onnx; empty for model.onnx"
        " or onnx/model.onnx",
    )
    pooling: Literal["own", "mean", "cls", "max", "last"] = setting(
        "own",
        help="how the tokens of a sentence become one vector; own: as the graph does it, or the"
        " modules of a sentence-transformers model say",
    )

    def __post_init__(self) -> None:
        """Give the model its one name."""
        object.__setattr__(self, "model", model_name(self.model))


class OnnxEncoder:
    """A transformer exported to ONNX, as optimum and sentence-transformers lay it out.

    Args:
        context: Device and limits; the model, if the settings name none.
        settings: Which graph, and how it is pooled.

    Raises:
        HarnessError: If a package of the extra onnx is not installed.
        ModelError: If there is no such graph, or its weights lie outside its folder.
        SettingError: If no pooling is named and the model has none of its own.
    """

    Settings: ClassVar[type[OnnxSettings]] = OnnxSettings

    def __init__(self, context: Context, settings: OnnxSettings) -> None:
        if not (find_spec("onnxruntime") and find_spec("onnx")):
            cure = "pip install 'sentence-harness[onnx]'"
            raise HarnessError(f"this encoder needs the packages onnxruntime and onnx: {cure}")
        self.settings = settings
        self.name = settings.model or context.model
        self._context = context
        self._folder, self._file = find_onnx_model(
            self.name, settings.file, offline=context.offline
        )
        self._needed = (self._file, *data_files(self._file, self.name))
        self._stamp = stamp_onnx_model(self._folder, self._needed)

    @cached_property
    def graph(self) -> OnnxGraph:
        """The graph on its device."""
        _ = self._checksum  # taken now: the files may change after they are loaded
        with doing(f"loading {self.name}"):
            graph = OnnxGraph(self._file, self._context.device, self.name)
        self._require_unchanged()
        if self.settings.pooling != "own" and graph.pools:
            msg = f"pooling must be own for {self.name!r}, whose graph gives finished vectors"
            raise SettingError(f"{msg}, got {self.settings.pooling}")
        if left_out := default_prompt(self._folder, self.name):
            notify(
                f"model {self.name!r} has the default prompt {left_out!r}, which is put before"
                " sentences only if it is set as prompt"
            )
        return graph

    @cached_property
    def tokenizer(self) -> Any:  # noqa: ANN401 - every tokenizer has a class of its own
        """The model's tokenizer."""
        own = (self._file.parent / "tokenizer_config.json").is_file()
        tokenizer = load_tokenizer(self._file.parent if own else self._folder, self.name)
        self._require_unchanged()
        return tokenizer

    @cached_property
    def max_length(self) -> int:
        """Longest input in tokens, special tokens included.

        Raises:
            ModelError: If the model takes no input as long as was asked for.
        """
        config = load_config(self._folder, self.name)
        limit = input_limit(config, outline(config, self.name), self.tokenizer, self.name)
        if self.settings.pooling == "own":
            limit = min(limit, self._text_limits.max_length or limit)
        return chosen_length(self._context.max_length, limit, self.name)

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        """Embed the sentences, in the order given. Shape: (n_sentences, dim)."""
        tokens = self._tokenize(sentences)
        order = np.argsort([-len(ids) for ids in tokens], kind="stable")
        budget = self._context.token_budget or _TOKEN_BUDGETS[self.graph.device]
        parts, start = [], 0
        while start < len(order):
            most = 1 if self._reads_alone else max(1, budget // max(1, len(tokens[order[start]])))
            parts.append(self._read([tokens[row] for row in order[start : start + most]]))
            start += most
        vectors: Embeddings = torch.cat(parts)[torch.from_numpy(order).argsort()].numpy()
        return vectors

    def describe(self) -> Mapping[str, Any]:
        """Return the model, device and limits, for the record."""
        return {
            "model": self.name,
            "device": self.graph.device,
            "dtype": "the graph's own",
            "file": self._file.relative_to(self._folder).as_posix(),
            "max_length": self.max_length,
            "threads": torch.get_num_threads(),
            "not_guaranteed": _NOT_GUARANTEED,
            "onnxruntime": version("onnxruntime"),
            **hub_commit(self._folder),
        }

    def fingerprint(self) -> str:
        """Name everything that the vectors depend on."""
        parts = [
            f"onnx {self._file.relative_to(self._folder).as_posix()} {self._checksum}",
            f"pooling {self.settings.pooling}",
            f"max_length {self.max_length}",
            f"device {self.graph.device}",
            *(f"{name} {version(name)}" for name in ("onnxruntime", "transformers")),
        ]
        return "; ".join(parts)

    @cached_property
    def _own(self) -> OwnPooling | None:
        return own_pooling(self._folder, self.name)

    @cached_property
    def _text_limits(self) -> TextLimits:
        return text_limits(self._folder)

    @cached_property
    def _checksum(self) -> str:
        with doing(f"checksum of {self.name}"):
            return hash_files(self._folder, self._stamp)

    def _require_unchanged(self) -> None:
        now = stamp_onnx_model(self._folder, self._needed)
        require_unchanged(f"files of model {self.name!r}", self._stamp, now)

    @cached_property
    def _reads_alone(self) -> bool:
        """Whether sentences in a batch change each other's vectors, as in a quantized graph."""
        long, short = self._tokenize([PROBE, " ".join(PROBE.split()[:5])])
        alone, together = self._read([short]), self._read([long, short])[1:]
        return bool(distances(alone.numpy(), together.numpy())[0] > far_apart(torch.float32))

    def _tokenize(self, sentences: Sequence[str]) -> list[list[int]]:
        lowers = self.settings.pooling == "own" and self._text_limits.lowers
        ids: list[list[int]] = self.tokenizer(
            [sentence.lower() for sentence in sentences] if lowers else list(sentences),
            truncation=True,
            max_length=self.max_length,
            padding=False,
            return_attention_mask=False,
        )["input_ids"]
        return ids

    def _read(self, tokens: Sequence[Sequence[int]]) -> Tensor:
        """Embed one batch. Shape: (batch, dim)."""
        input_ids, mask = pad_right(tokens, self.tokenizer.pad_token_id or 0)
        output = self.graph.run(input_ids, mask)
        if self.graph.pools:
            return output
        if self.settings.pooling != "own":
            return POOLINGS[self.settings.pooling](output, mask)
        if self._own is None:
            msg = (
                f"pooling must be named for {self.name!r}, whose graph gives every token's vector"
            )
            raise SettingError(f"{msg} and which has no modules.json: onnx:pooling=mean")
        vectors = POOLINGS[self._own.pooling](output, mask)
        return torch.nn.functional.normalize(vectors) if self._own.normalises else vectors
