"""Look whether a folder holds a whole model, before any of it is loaded."""

import json
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from harness.encoders.transformer.own_code import listed_modules
from harness.errors import ModelError

_POINTER = b"version https://git-lfs"
_POINTER_BYTES = 1024  # the most that Git LFS writes
_OTHER_WEIGHTS = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.h5", "*.msgpack", "*.gguf", "*.onnx")


def transformer_folder(folder: Path) -> Path:
    """Return where a model's transformer is: in old sentence-transformers models, a folder in it.

    Their own folder had no config, or one without any architecture.
    """
    for _, path in listed_modules(folder)[:1]:
        module, parts = folder / path, PurePosixPath(path).parts
        if parts and ".." not in parts and not PurePosixPath(path).is_absolute():
            return module if (module / "config.json").is_file() else folder
    return folder


def require_whole_model(
    name: str, folder: Path, files: Sequence[Path], configs: Sequence[str]
) -> None:
    """Refuse what holds no whole model, or holds it in a form that is not read.

    Args:
        name: How the user named the model, for messages.
        folder: The model's folder.
        files: Those of its files that are read.
        configs: Names of files, one of which it must have.

    Raises:
        ModelError: If it is an adapter, a file is a pointer of Git LFS, it has no config, or its
            weights are no safetensors.
    """
    if adapter := next((path for path in files if path.name == "adapter_config.json"), None):
        raise ModelError(
            f"model {name!r} must be a whole model, got an adapter of {_base(adapter)}: merge it"
            " into that model with peft's merge_and_unload() and save the result"
        )
    refuse_pointers(name, folder, files)
    if not any((folder / config).is_file() for config in configs):
        msg = f"model folder {name!r} must hold {' or '.join(configs)}, found none"
        raise ModelError(msg)
    if not any(path.name.endswith((".safetensors", ".safetensors.index.json")) for path in files):
        raise ModelError(
            f"model {name!r} must have its weights as safetensors, {found_weights(folder)}"
        )


def refuse_pointers(name: str, folder: Path, files: Sequence[Path]) -> None:
    """Refuse files that Git LFS has not fetched.

    Args:
        name: How the user named the model, for messages.
        folder: The model's folder.
        files: Those of its files that are read.

    Raises:
        ModelError: If one is a pointer.
    """
    if pointer := next(filter(_is_pointer, files), None):
        file = pointer.relative_to(folder).as_posix()
        raise ModelError(
            f"file {file} of model {name!r} must be the file itself, got a pointer of Git LFS:"
            " run 'git lfs pull' in its folder"
        )


def is_other_format(path: Path) -> bool:
    """Whether a file has weights in a format that a transformer is never read from."""
    return any(path.match(pattern) for pattern in _OTHER_WEIGHTS)


def _is_pointer(path: Path) -> bool:
    if not path.is_file() or path.stat().st_size > _POINTER_BYTES:
        return False
    return path.read_bytes().startswith(_POINTER)


def _base(adapter: Path) -> str:
    try:
        base = json.loads(adapter.read_text("utf-8"))["base_model_name_or_path"]
    except (OSError, ValueError, KeyError, TypeError):
        return "another model"
    return repr(base)


def found_weights(folder: Path) -> str:
    """Say in what form that is not read a model's weights are, and what to do.

    Args:
        folder: The model's folder, where those are missing that should be read.
    """
    if any(folder.rglob("*.onnx")):
        return "found an ONNX graph: score it with the encoder onnx"
    if found := next(folder.rglob("openvino*.xml"), None):
        return f"found {found.name}, but OpenVINO is not read: safetensors and ONNX are"
    if any(folder.glob("*.safetensors")):
        return "found safetensors: score it with mean, cls or sentence-transformers"
    others = (path.name for kind in _OTHER_WEIGHTS for path in sorted(folder.rglob(kind)))
    other = next(others, None)
    if other is None:
        return "found none"
    cure = "transformers.AutoModel.from_pretrained(FOLDER).save_pretrained(FOLDER)"
    return f"found {other}, which is never opened: if you trust it, convert it with {cure}"
