"""The files by which sentence-transformers reads a folder as a chain of modules.

They are as its version 6 writes them; older ones do not know its modules by these names. The
package itself is not needed.
"""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.modules.composition import Composition
from harness.results.files import write_atomically

POOLING_MODES = {"mean": "mean", "cls": "cls", "max": "max", "last": "lasttoken"}
"""What the package calls a pooling, by the name that `Composition` has."""

ROOT_FILES = ("modules.json", "sentence_bert_config.json", "config_sentence_transformers.json")
"""What lies beside a transformer's own files, and is not read with it alone."""

_TRANSFORMER = "sentence_transformers.base.modules.transformer.Transformer"
_LAYERS = (
    "sentence_transformers.sentence_transformer.modules.weighted_layer_pooling"
    ".WeightedLayerPooling"
)
_POOLING = "sentence_transformers.sentence_transformer.modules.pooling.Pooling"
_DENSE = "sentence_transformers.base.modules.dense.Dense"
_NORMALIZE = "sentence_transformers.base.modules.normalize.Normalize"
_WEIGHTS = "model.safetensors"


def write_modules(folder: Path, composition: Composition, versions: Mapping[str, str]) -> None:
    """Write what makes a transformer's folder a model of sentence-transformers.

    Args:
        folder: Where the transformer's config, weights and tokenizer are.
        composition: How the vectors come about; its pooling is one of `POOLING_MODES`.
        versions: Of the packages that the model was made with, by the names that the package
            has for them; empty to leave them out.
    """
    chain = [_TRANSFORMER]
    if reads_last := composition.layers == (composition.layer_count,):
        chain += [_POOLING]
    else:
        chain += [_LAYERS, _POOLING]
    chain += [_DENSE] if composition.affine else []
    chain += [_NORMALIZE] if composition.normalised else []
    places = ["", *(f"{n}_{kind.rpartition('.')[2]}" for n, kind in enumerate(chain[1:], 1))]
    modules = [
        {"idx": n, "name": str(n), "path": place, "type": kind}
        for n, (place, kind) in enumerate(zip(places, chain, strict=True))
    ]
    write = {_LAYERS: _write_layers, _POOLING: _write_pooling, _DENSE: _write_dense}
    for place, kind in zip(places[1:], chain[1:], strict=True):
        (folder / place).mkdir()
        write.get(kind, _write_normalize)(folder / place, composition)
    _write(folder / "modules.json", modules)
    _write(folder / "sentence_bert_config.json", _transformer(composition, last=reads_last))
    _write(folder / "config_sentence_transformers.json", _model(versions))


def _transformer(composition: Composition, *, last: bool) -> dict[str, Any]:
    """Return how the transformer is read; the tokenizer's own files stay as they are."""
    found = {
        "transformer_task": "feature-extraction",
        "modality_config": {
            "text": {"method": "forward", "method_output_name": "last_hidden_state"}
        },
        "module_output_name": "token_embeddings",
        "max_seq_length": composition.max_length,
        "processor_kwargs": {"padding_side": "right"},
    }
    return found if last else {**found, "config_kwargs": {"output_hidden_states": True}}


def _model(versions: Mapping[str, str]) -> dict[str, Any]:
    found = {
        "default_prompt_name": None,
        "model_type": "SentenceTransformer",
        "prompts": {"document": "", "query": ""},
        "similarity_fn_name": "cosine",
    }
    return {"__version__": dict(versions), **found} if versions else found


def _write_layers(folder: Path, composition: Composition) -> None:
    counts, start = Counter(composition.layers), min(composition.layers)
    weights = [float(counts[layer]) for layer in range(start, composition.layer_count + 1)]
    config = {
        "embedding_dimension": composition.dim,
        "layer_start": start,
        "num_hidden_layers": composition.layer_count,
    }
    _write(folder / "config.json", config)
    import torch  # deferred: --help need not pay

    _write_weights(folder, {"layer_weights": torch.tensor(weights)})


def _write_pooling(folder: Path, composition: Composition) -> None:
    config = {
        "embedding_dimension": composition.dim,
        "pooling_mode": POOLING_MODES[composition.pooling],
        "include_prompt": True,
    }
    _write(folder / "config.json", config)


def _write_dense(folder: Path, composition: Composition) -> None:
    if composition.affine is None:
        raise ValueError("composition must have an affine map, got none")
    mapped, dim = composition.affine.weight.shape
    config = {
        "in_features": dim,
        "out_features": mapped,
        "bias": True,
        "activation_function": "torch.nn.modules.linear.Identity",
        "module_input_name": "sentence_embedding",
        "module_output_name": "sentence_embedding",
    }
    _write(folder / "config.json", config)
    weight, bias = composition.affine
    _write_weights(folder, {"linear.weight": weight, "linear.bias": bias})


def _write_normalize(folder: Path, composition: Composition) -> None:  # noqa: ARG001 - as the others
    name = "sentence_embedding"
    _write(folder / "config.json", {"module_input_name": name, "module_output_name": name})


def _write_weights(folder: Path, weights: Mapping[str, Any]) -> None:
    from safetensors.torch import save  # deferred: torch

    ready = {name: each.detach().float().cpu().contiguous() for name, each in weights.items()}
    write_atomically(folder / _WEIGHTS, save(ready, metadata={"format": "pt"}))


def _write(path: Path, content: object) -> None:
    write_atomically(path, (json.dumps(content, indent=2) + "\n").encode())
