"""Adapters made with PEFT: merged once into the model that they are for, and read as a whole one.

The merged model is kept in the cache's folder under a name made of both models' checksums, so that
every encoder reads it as any other, and training starts from it.
"""

import hashlib
import json
import shutil
import tempfile
import warnings
from collections.abc import Mapping
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor
from transformers import PreTrainedModel

from harness.encoders.transformer.loading import (
    UNREADABLE,
    has_drawn_pooler,
    load_tokenizer,
    load_transformer,
    quiet,
)
from harness.encoding.vector_cache import cache_folder
from harness.errors import ModelError, first_line, unwritable
from harness.results.files import obey_umask, write_atomically
from harness.results.locks import locked

ADAPTER_CONFIG = "adapter_config.json"
_WEIGHTS = "adapter_model.safetensors"
_MERGED_KINDS = ("ADALORA", "IA3", "LOHA", "LOKR", "LORA", "OFT")
_ROOT = "base_model.model."  # before each name of an adapter's weights


def adapter_base(folder: Path, name: str) -> tuple[str, str]:
    """Return the name of the model that an adapter is for, and its revision, empty if not named.

    A relative path is looked up in the working folder, then in the adapter's.

    Args:
        folder: The adapter's folder.
        name: How the user named it, for messages.

    Raises:
        ModelError: If it names none, cannot be merged, or has no weights as safetensors.
    """
    config = _read(folder, name)
    base, kind = config.get("base_model_name_or_path"), str(config.get("peft_type"))
    if not isinstance(base, str) or not base:
        raise ModelError(f"adapter {name!r} must name its model in {ADAPTER_CONFIG}, got {base!r}")
    if kind not in _MERGED_KINDS or config.get("megatron_config"):
        kinds = ", ".join(_MERGED_KINDS)
        raise ModelError(f"adapter {name!r} must be one that can be merged ({kinds}), got {kind}")
    if not (folder / _WEIGHTS).is_file():
        raise ModelError(f"adapter {name!r} must have its weights in {_WEIGHTS}, found none")
    if find_spec("peft") is None:
        raise ModelError(
            f"model {name!r} is an adapter of {base!r}, and merging needs the package peft:"
            " pip install 'sentence-harness[peft]', or merge it into that model with peft's"
            " merge_and_unload() and save the result"
        )
    if not Path(base).is_dir() and (folder / base).is_dir():
        base = str(folder / base)
    return base, "" if Path(base).is_dir() else str(config.get("revision") or "")


def merge_adapter(folder: Path, base: Path, name: str, checksums: Mapping[str, str]) -> Path:
    """Return the folder of the base model with an adapter merged into it, in float32.

    Args:
        folder: The adapter's folder.
        base: That of the whole model that it is for.
        name: How the user named the adapter, for messages.
        checksums: Of the files of both.

    Raises:
        ModelError: If the adapter does not fit the model, or the merged one cannot be kept.
    """
    made_of = {**checksums, **{each: version(each) for each in ("peft", "transformers")}}
    note = json.dumps(made_of, sort_keys=True)
    place = cache_folder() / "merged-models"
    merged = place / hashlib.sha256(note.encode()).hexdigest()[:24]
    try:
        place.mkdir(parents=True, exist_ok=True)
        with locked(merged.with_suffix(".lock")):
            if not merged.is_dir():
                _keep_merged(folder, base, name, merged, note)
    except OSError as error:
        what = f"adapter {name!r}, merged, cannot be kept in {place}"
        raise ModelError(unwritable(what, error, "set HARNESS_CACHE to another folder")) from error
    return merged


def _keep_merged(folder: Path, base: Path, name: str, merged: Path, note: str) -> None:
    """Write the merged model into a folder that appears whole or not at all."""
    with tempfile.TemporaryDirectory(dir=merged.parent, prefix=".merging-") as work:
        whole = Path(work) / "model"
        _write_merged(folder, base, name, whole)
        write_atomically(whole / "merged_from.json", note.encode())
        obey_umask(whole)
        shutil.move(whole, merged)


def _write_merged(folder: Path, base: Path, name: str, target: Path) -> None:
    with torch.random.fork_rng(devices=[]):  # of adapters and poolers that are drawn first
        model = load_transformer(base, str(base))
        lacks_pooler = has_drawn_pooler(model)
        merged = _merge(model, folder, name)
    weights = merged.state_dict()
    if lacks_pooler:  # so that nobody takes random weights for the model's
        weights = {key: weight for key, weight in weights.items() if "pooler" not in key}
    with quiet():
        merged.save_pretrained(target, state_dict=weights)
    has_tokenizer = (folder / "tokenizer_config.json").is_file()
    load_tokenizer(folder if has_tokenizer else base, name).save_pretrained(target)


def _merge(model: PreTrainedModel, folder: Path, name: str) -> PreTrainedModel:
    """Return the model with the adapter in its weights.

    Raises:
        ModelError: If a weight of either has no place in the other, or they cannot be merged.
    """
    import peft  # deferred: seconds, and an extra

    try:
        with quiet(), warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # what peft asks of transformers
            config = peft.PeftConfig.from_pretrained(str(folder))
            modules = {path.rpartition(".")[2] for path, _ in model.named_modules()}
            config.modules_to_save = sorted(modules & {*(config.modules_to_save or ())}) or None
            adapted = peft.PeftModel(model, config, autocast_adapter_dtype=False)
            own = peft.get_peft_model_state_dict(adapted, save_embedding_layers=False)
            given = _as_named(load_file(folder / _WEIGHTS), own, model)
            if wrong := sorted(own.keys() ^ given.keys()):
                got = "none" if wrong[0] in own else "some"
                raise ValueError(f"it must fit its model layer by layer, got {got} for {wrong[0]}")
            peft.set_peft_model_state_dict(adapted, given)
            merged: PreTrainedModel = adapted.eval().merge_and_unload(safe_merge=True)
    except (*UNREADABLE, ImportError, SafetensorError) as error:
        raise ModelError(f"adapter {name!r} cannot be merged: {first_line(error)}") from error
    return merged


def _as_named(
    given: Mapping[str, Tensor], own: Mapping[str, Tensor], model: PreTrainedModel
) -> dict[str, Tensor]:
    """Return an adapter's weights by their names in the encoder, those of a head left out.

    An adapter that was trained under a head, or in a whole encoder-decoder, has more before them.
    """
    parts, named = {part for part, _ in model.named_children()}, {}
    for key, weight in given.items():
        path = key.removeprefix(_ROOT)
        plain = path.removeprefix(f"{model.base_model_prefix}.")
        paths = [path, plain, plain.removeprefix("encoder.")]
        found = next((each for each in paths if _ROOT + each in own), None)
        if found is not None or any(each.partition(".")[0] in parts for each in paths):
            named[_ROOT + (found or path)] = weight
    return named


def _read(folder: Path, name: str) -> dict[str, Any]:
    try:
        config = json.loads((folder / ADAPTER_CONFIG).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"adapter {name!r} has no usable {ADAPTER_CONFIG}: {first_line(error)}"
        ) from error
    return config if isinstance(config, dict) else {}
