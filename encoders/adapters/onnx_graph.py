"""A transformer as an ONNX graph: token ids in, hidden states or finished vectors out."""

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from harness.errors import ModelError, SettingError, first_line
from harness.machine.device import choose_device

_INPUTS = ("input_ids", "attention_mask", "token_type_ids", "position_ids")
_TOKENS = ("last_hidden_state", "token_embeddings")
_SENTENCES = ("sentence_embedding",)
_PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
_ERRORS_ALONE = 3  # onnxruntime's name for how much it prints


class OnnxGraph:
    """A graph, loaded by onnxruntime without any operators but its own.

    Args:
        file: The graph.
        device: As `Context` has it.
        name: How the user named the model, for messages.

    Attributes:
        device: ``cpu`` or ``cuda``.
        pools: Whether it gives sentence vectors, and not hidden states.

    Raises:
        ModelError: If it cannot be loaded, or asks for or gives something else.
        SettingError: If onnxruntime does not have the device.
    """

    def __init__(self, file: Path, device: str, name: str) -> None:
        self._name = name
        self.device = _choose_provider(device)
        self._session = _open(file, self.device, name)
        self._asked = {given.name: given.type for given in self._session.get_inputs()}
        if unknown := sorted(self._asked.keys() - {*_INPUTS}):
            msg = f"an ONNX graph must ask for no more than {', '.join(_INPUTS)}"
            raise ModelError(
                f"{msg}, that of {name!r} asks for {unknown[0]!r}: export the encoder"
            )
        given = [output.name for output in self._session.get_outputs()]
        known = [output for output in (*_SENTENCES, *_TOKENS) if output in given]
        if not known:
            msg = f"an ONNX graph must give {', '.join((*_SENTENCES, *_TOKENS))}"
            raise ModelError(f"{msg}, that of {name!r} gives {', '.join(given)}")
        self._output = known[0]
        self.pools = self._output in _SENTENCES

    def run(self, input_ids: Tensor, mask: Tensor) -> Tensor:
        """Run the graph over one batch.

        Args:
            input_ids: Token ids, padded on the right. Shape: (batch, length).
            mask: 1 for a token, 0 for padding. Shape: (batch, length).

        Returns:
            Float32 hidden states, or sentence vectors of a graph that pools. Shape:
            (batch, length, dim), or (batch, dim).

        Raises:
            ModelError: If it fails.
        """
        values = {
            "input_ids": input_ids,
            "attention_mask": mask,
            "token_type_ids": torch.zeros_like(input_ids),
            "position_ids": torch.arange(input_ids.shape[1]).expand_as(input_ids),
        }
        feeds = {
            name: values[name].numpy().astype(np.int32 if "int32" in kind else np.int64)
            for name, kind in self._asked.items()
        }
        try:
            (output,) = self._session.run([self._output], feeds)
        except Exception as error:  # onnxruntime's have no base of their own
            raise ModelError(
                f"the ONNX graph of {self._name!r} fails: {first_line(error)}"
            ) from error
        array: NDArray[np.float32] = np.asarray(output, dtype=np.float32)
        return torch.from_numpy(array)


def data_files(file: Path, name: str) -> tuple[Path, ...]:
    """Return the files that have a graph's weights, where it does not hold them itself.

    Args:
        file: The graph.
        name: How the user named the model, for messages.

    Raises:
        ModelError: If it cannot be read, or one is missing or not in its folder.
    """
    import onnx  # deferred: an extra

    try:
        graph = onnx.load(str(file), load_external_data=False).graph
    except Exception as error:  # protobuf's, and what a file of another kind leads to
        raise ModelError(f"ONNX graph {file} cannot be read: {first_line(error)}") from error
    places = {
        entry.value
        for tensor in _tensors(graph)
        if tensor.data_location == onnx.TensorProto.EXTERNAL
        for entry in tensor.external_data
        if entry.key == "location"
    }
    for place in sorted(places):
        parts = PurePosixPath(place.replace("\\", "/"))
        if parts.is_absolute() or ".." in parts.parts or ":" in place:
            raise ModelError(f"weights of {file} must be in its folder, got {place!r}")
        if not (file.parent / parts).is_file():
            raise ModelError(
                f"weights of model {name!r} must be in {file.parent / parts}: no such file"
            )
    return tuple(file.parent / place for place in sorted(places))


def _tensors(graph: Any) -> Iterator[Any]:  # noqa: ANN401 - onnx's
    """Yield the tensors of a graph, and of the graphs in its nodes."""
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)
    for node in graph.node:
        for attribute in node.attribute:
            yield from (attribute.t, *attribute.tensors)
            for part in (attribute.g, *attribute.graphs):
                if part.node or part.initializer:
                    yield from _tensors(part)


def _choose_provider(device: str) -> str:
    import onnxruntime  # deferred: an extra

    kind = choose_device(device).type
    if _PROVIDERS.get(kind) in onnxruntime.get_available_providers():
        return kind
    if device == "auto":
        return "cpu"
    raise SettingError(
        f"onnxruntime must have the device {device!r}, found none: use --device cpu"
    )


def _open(file: Path, device: str, name: str) -> Any:  # noqa: ANN401 - onnxruntime's
    import onnxruntime  # deferred: an extra

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = _ERRORS_ALONE
    providers: Sequence[str] = list(dict.fromkeys([_PROVIDERS[device], _PROVIDERS["cpu"]]))
    try:
        return onnxruntime.InferenceSession(str(file), options, providers=providers)
    except Exception as error:  # onnxruntime's have no base of their own
        raise ModelError(
            f"the ONNX graph of {name!r} cannot be loaded: {first_line(error)}"
        ) from error
