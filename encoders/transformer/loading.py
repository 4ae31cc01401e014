"""Load a model folder's parts, each whole or refused in one line, and without chatter."""

import copy
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from huggingface_hub.errors import StrictDataclassError
from safetensors import SafetensorError
from torch import nn
from transformers import AutoConfig, AutoTokenizer, PreTrainedModel
from transformers.utils import logging

from harness.encoders.transformer.number_formats import DTYPES, require_finite_weights
from harness.encoders.transformer.panics import panics_refused
from harness.encoders.transformer.text_encoder import build_encoder, read_encoder, require_encoder
from harness.errors import ModelError, first_line

ENDLESS = 10**9
"""More positions than any table has."""

_DRAWN_POOLER = "has_drawn_pooler"  # an attribute, so that a copy of the transformer has it too
UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError)
"""What libraries raise for files that they cannot make a model of."""


def load_config(folder: Path, name: str) -> Any:  # noqa: ANN401 - a class for each architecture
    """Load a model's configuration.

    Args:
        folder: Folder with ``config.json``.
        name: How the user named the model, for messages.

    Raises:
        ModelError: If it cannot be read, or is of no encoder that can be read.
    """
    with quiet():
        try:
            config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
        except UNREADABLE as error:
            raise ModelError(
                f"model {name!r} has no usable config: {first_line(error)}"
            ) from error
        except StrictDataclassError as error:
            reason = " ".join(str(error).split())  # its second line says what is wrong
            raise ModelError(f"model {name!r} has no usable config: {reason}") from error
    require_encoder(config, name)
    return config


def load_tokenizer(folder: Path, name: str) -> Any:  # noqa: ANN401 - a class for each kind
    """Load a model's tokenizer, a fast one if there is one.

    Args:
        folder: Folder with the tokenizer's files.
        name: How the user named the model, for messages.

    Raises:
        ModelError: If it cannot be read, or has no vocabulary.
    """
    with quiet(), panics_refused(name):
        try:
            tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
        except (*UNREADABLE, ImportError) as error:
            msg = f"model {name!r} has no usable tokenizer: {first_line(error)}"
            raise ModelError(msg) from error
    if len(tokenizer) <= len(tokenizer.all_special_ids):  # transformers makes one up, unasked
        raise ModelError(f"model {name!r} must have its tokenizer's vocabulary, found none")
    return tokenizer


def outline(config: Any, name: str) -> PreTrainedModel:  # noqa: ANN401 - as `load_config` returns
    """Build a transformer whose weights take no memory and have no values.

    Args:
        config: Its configuration.
        name: How the user named the model, for messages.

    Raises:
        ModelError: If there is no transformer of this kind.
    """
    with quiet(), torch.device("meta"):
        try:
            return build_encoder(copy.deepcopy(config))
        except UNREADABLE as error:
            positions = getattr(config, "max_position_embeddings", 1) or 1
            size = f"max_position_embeddings must be that of its weights, got {positions}"
            reason = first_line(error) if 0 < positions < ENDLESS else size
            raise ModelError(f"model {name!r} cannot be loaded: {reason}") from error


def load_transformer(folder: Path, name: str, dtype: str = "fp32") -> PreTrainedModel:
    """Load a transformer's weights, refusing weights that do not fill it.

    Args:
        folder: Folder with config and weights.
        name: How the user named the model, for messages.
        dtype: ``fp32``, ``bf16`` or ``fp16``.

    Raises:
        ModelError: If the weights cannot be read, are not finite, or leave part of the encoder
            random.
    """
    config = load_config(folder, name)
    with quiet():
        try:
            loaded, report = read_encoder(
                folder,
                config,
                dtype=DTYPES[dtype],
                trust_remote_code=False,
                use_safetensors=True,  # a pickle beside them is left alone
                ignore_mismatched_sizes=True,  # they are refused below, in one line
            )
        except (*UNREADABLE, SafetensorError) as error:
            raise ModelError(f"model {name!r} cannot be loaded: {first_line(error)}") from error
    for key, found, expected in sorted(report["mismatched_keys"]):
        msg = f"weights {key} of model {name!r} must be {tuple(expected)} as its config says"
        raise ModelError(f"{msg}, got {tuple(found)}")
    missing = sorted(key for key in report["missing_keys"] if "pooler" not in key)
    setattr(loaded, _DRAWN_POOLER, len(missing) < len(report["missing_keys"]))
    if missing:
        msg = f"model {name!r} has no weights for {len(missing)} parameters, first {missing[0]}"
        raise ModelError(f"{msg}: it is not a whole encoder")
    if unread := _unread_layers(loaded, report["unexpected_keys"]):
        msg = f"config of model {name!r} must name all layers of its weights, got fewer"
        raise ModelError(f"{msg}: {unread[0]} would not be read")
    copy_from_disk(loaded)
    require_finite_weights(loaded, name, dtype)
    return loaded


def has_drawn_pooler(model: nn.Module) -> bool:
    """Whether a transformer's pooler has random weights, as its files have none for it."""
    return getattr(model, _DRAWN_POOLER, False)


def save_transformer(model: PreTrainedModel, folder: Path) -> None:
    """Write config and weights, as `AutoModel.from_pretrained` loads them."""
    with quiet():
        model.save_pretrained(folder)


def _unread_layers(model: nn.Module, unexpected: Iterable[str]) -> list[str]:
    """Return those weights that the model has too, but for a layer of another number."""
    layers = {_unnumbered(key) for key in model.state_dict()}
    return sorted(
        key
        for key in unexpected
        if any(_unnumbered(key).endswith(layer) for layer in layers if "*" in layer)
    )


def _unnumbered(key: str) -> str:
    return "." + re.sub(r"(?<=\.)\d+(?=\.)", "*", key)


def copy_from_disk(module: nn.Module) -> None:
    """Give a module its weights in memory: those of safetensors change when their file does."""
    for tensor in (*module.parameters(), *module.buffers()):
        tensor.data = tensor.data.clone()


@contextmanager
def quiet() -> Iterator[None]:
    """Keep transformers' progress bars and load reports, which we judge ourselves, to itself."""
    bars, verbosity = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()
