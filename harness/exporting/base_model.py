"""What is known of the model that an export comes from: hub name, licence, languages."""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata, packages_distributions
from pathlib import Path
from typing import Any

from harness.encoder import Context
from harness.errors import PluginError
from harness.machine.boundary import blaming

_HUB_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")
_HUB_NAMES = {"minilm": "sentence-transformers/all-MiniLM-L6-v2"}
_README = "README.md"


@dataclass(frozen=True)
class BaseModel:
    """A model as others know it.

    Attributes:
        name: What to call it; of a folder its last part alone.
        hub_name: Its name on the hub; None for a folder.
        licence: Its licence; None if it is not known.
        licence_source: Where that is said.
        languages: Codes of its languages; empty if they are not known.
    """

    name: str
    hub_name: str | None
    licence: str | None
    licence_source: str
    languages: tuple[str, ...]


def describe_base(context: Context, folder: Path) -> BaseModel:
    """Return what is known of a model.

    Args:
        context: Names it, and says whether a network may be asked.
        folder: Its files.
    """
    hub_name = _hub_name(context.model)
    said = _front_matter(_find_readme(folder, hub_name, offline=context.offline))
    licence, source = said.get("license"), f"its {_README}"
    if not isinstance(licence, str):
        package = _package_of(folder)
        licence, source = _package_licence(package), f"the metadata of the package {package}"
    languages = said.get("language") or []
    codes = [languages] if isinstance(languages, str) else languages
    return BaseModel(
        name=hub_name or Path(context.model).name,
        hub_name=hub_name,
        licence=licence,
        licence_source=source,
        languages=tuple(map(str, codes if isinstance(codes, list) else ())),
    )


def _hub_name(model: str) -> str | None:
    """Return a model's name on the hub, without a revision; None of a folder."""
    if model in _HUB_NAMES:
        return _HUB_NAMES[model]
    name = model.partition("@")[0]
    is_folder = Path(model).expanduser().is_dir()
    return name if _HUB_NAME.fullmatch(name) and not is_folder else None


def _find_readme(folder: Path, hub_name: str | None, *, offline: bool) -> Path | None:
    """Return a model's README: that of its folder, or of the hub."""
    if (folder / _README).is_file():
        return folder / _README
    if hub_name is None or folder.parent.name != "snapshots":
        return None
    from huggingface_hub import hf_hub_download  # deferred: --help need not pay

    try:
        found = hf_hub_download(hub_name, _README, revision=folder.name, local_files_only=offline)
    except OSError:  # no network, or no README: then nothing is known
        return None
    return Path(found)


def _front_matter(readme: Path | None) -> Mapping[str, Any]:
    """Return what stands at the head of a README; nothing if that cannot be read."""
    if readme is None:
        return {}
    from huggingface_hub import metadata_load  # deferred: --help need not pay

    try:
        with blaming(f"{readme} cannot be read"):
            return metadata_load(readme) or {}
    except PluginError:  # what others wrote there says nothing then
        return {}


def _package_of(folder: Path) -> str | None:
    """Return the installed package that a folder is part of."""
    for place in map(Path, sys.path):
        if place.is_absolute() and folder.is_relative_to(place) and folder != place:
            top = folder.relative_to(place).parts[0]
            return next(iter(packages_distributions().get(top, ())), None)
    return None


def _package_licence(package: str | None) -> str | None:
    if package is None:
        return None
    try:
        said = metadata(package)
    except PackageNotFoundError:
        return None
    named = [said[key] for key in ("License-Expression", "License") if key in said]
    return named[0].splitlines()[0].strip().lower() if named else None
