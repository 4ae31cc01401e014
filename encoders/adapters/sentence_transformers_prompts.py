"""What the files of a sentence-transformers model say of prompts, and of ways for each side."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.errors import ModelError, SettingError, first_line

_TASKS = {"query": "query", **dict.fromkeys(("document", "passage", "corpus"), "document")}


def default_prompt(folder: Path, name: str) -> str:
    """Return what the package puts before a sentence where nothing is asked for.

    Args:
        folder: The model's.
        name: What messages call the model.

    Raises:
        ModelError: If the file that says so cannot be read.
    """
    with refused(name):
        said = _read_json(folder / "config_sentence_transformers.json")
        prompts, chosen = said.get("prompts") or {}, said.get("default_prompt_name")
        return str(prompts.get(chosen) or "")


def route(folder: Path, prompt_name: str, name: str) -> dict[str, str]:
    """Return which way through the model a prompt's name takes, as an argument of ``encode``.

    The package's ``encode_query`` and ``encode_document`` choose it likewise.

    Args:
        folder: The model's.
        prompt_name: Such as ``query`` or ``document``; empty for none.
        name: What messages call the model.

    Returns:
        Nothing for another prompt, or a model with one way for all.

    Raises:
        ModelError: If the list of modules cannot be read.
    """
    task = _TASKS.get(prompt_name)
    with refused(name):
        modules = _read_json(folder / "modules.json") if task else {}
        has_ways = any(str(module["type"]).endswith(".Router") for module in modules)
    return {"task": task} if task and has_ways else {}


def require_prompt(prompt_name: str, prompts: Mapping[str, str | None], name: str) -> None:
    """Refuse the name of a prompt that a model lacks, or of an empty one where it has no other.

    Args:
        prompt_name: What is asked for; empty for nothing.
        prompts: The model's.
        name: What messages call the model.

    Raises:
        SettingError: If there is no such prompt.
    """
    known = sorted(each for each, text in prompts.items() if text)
    if prompt_name and (prompt_name not in prompts or not known):
        names = ", ".join(known) or "none"
        raise SettingError(f"prompt_name must be one of {name!r} ({names}), got {prompt_name!r}")


@contextmanager
def refused(name: str) -> Iterator[None]:
    """Say in one line why the package refuses a model."""
    try:
        yield
    except Exception as error:  # each of its modules raises what it likes
        raise ModelError(f"model {name!r} cannot be loaded: {first_line(error)}") from error


def _read_json(path: Path) -> Any:  # noqa: ANN401 - whatever the package wrote
    """Read one of a model's own files; empty where it has none."""
    return json.loads(path.read_bytes()) if path.is_file() else {}
