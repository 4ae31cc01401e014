"""Refuse a model that brings its own code, which is never run: without it, it is another model."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from harness.errors import ModelError

_CLASSES = ("AutoConfig", "AutoModel", "AutoTokenizer")  # the others are not of text
_PACKAGE = "sentence_transformers."


def refuse_own_code(
    folder: Path, name: str, files: Sequence[str] = ("config.json", "tokenizer_config.json")
) -> None:
    """Refuse a transformer whose config or tokenizer names code of its own.

    Where the config names a built-in architecture besides, transformers would load that instead.

    Args:
        folder: Folder with ``config.json``.
        name: How the user named the model, for messages.
        files: Those of its files that are read.

    Raises:
        ModelError: If it brings its own code.
    """
    for file in files:
        if code := _mapped(_read(folder / file).get("auto_map")):
            plain = _read(folder / "config.json").get("model_type", "model")
            cure = f"if the plain {plain} is meant, remove auto_map from a copy of {file}"
            raise _refusal(name, f"{file}: {code}", cure)
    for kind, _ in listed_modules(folder)[:1]:  # the transformer; what follows reads its output
        _require_own(kind, _PACKAGE, f"modules.json: {kind}", name)


def refuse_own_modules(folder: Path, name: str) -> None:
    """Refuse a model of sentence-transformers with code of its own in any of its modules.

    Args:
        folder: Folder with ``modules.json``, or that of a transformer alone.
        name: How the user named the model, for messages.

    Raises:
        ModelError: If it brings its own code.
    """
    left, seen = [folder], set[Path]()
    while left:
        module = left.pop()
        if module.resolve() in seen:
            continue
        seen.add(module.resolve())
        refuse_own_code(module, name)
        for kind, path in (*listed_modules(module), *_routes(module)):
            _require_own(kind, _PACKAGE, f"{module.name}: {kind}", name)
            left.append(module / path)
        if activation := _dense_activation(module):  # the package would take tanh instead
            _require_own(activation, "torch.", f"{module.name}/config.json: {activation}", name)


def listed_modules(folder: Path) -> list[tuple[str, str]]:
    """Return type and folder of each module in ``modules.json``; none if there is no such file."""
    content = _load(folder / "modules.json")
    modules = content if isinstance(content, list) else []
    return [
        (str(module.get("type", "")), str(module.get("path", "")))
        for module in modules
        if isinstance(module, dict)
    ]


def _routes(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield type and folder of each module that a router chooses among."""
    types = _read(folder / "router_config.json").get("types")
    for path, kind in types.items() if isinstance(types, dict) else ():
        yield str(kind), path


def _dense_activation(folder: Path) -> str:
    config = _read(folder / "config.json")
    return str(config.get("activation_function", "")) if "in_features" in config else ""


def _mapped(auto_map: object) -> str:
    """Return the class that an ``auto_map`` names for text; old tokenizers have a list."""
    if isinstance(auto_map, dict):
        named = [code for key, code in auto_map.items() if key.startswith(_CLASSES)]
    else:
        named = [auto_map]
    codes = [code for each in named for code in (each if isinstance(each, list) else [each])]
    return next((str(code) for code in codes if code), "")


def _require_own(kind: str, package: str, where: str, name: str) -> None:
    if not kind.startswith(package):
        raise _refusal(name, where, f"only what {package.strip('.')} brings is run")


def _refusal(name: str, where: str, cure: str) -> ModelError:
    return ModelError(
        f"model {name!r} brings its own code ({where}), which is never run:"
        f" its vectors would be another model's; {cure}"
    )


def _read(folder_file: Path) -> dict[str, Any]:
    content = _load(folder_file)
    return content if isinstance(content, dict) else {}


def _load(file: Path) -> object:
    try:
        return json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):  # what loads the model says what is wrong with the file
        return None
