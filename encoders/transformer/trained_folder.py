"""Know a checkpoint that ``harness train`` wrote where it is given as a model.

Training may start from a checkpoint, and a method may build on its hidden states. But an encoder
that pools a model as it comes would read other vectors than those that were trained.
"""

import json
import logging
import shlex
from pathlib import Path

from harness.errors import ModelError

_MANIFEST = "training.json"
_LOG = logging.getLogger(__name__)


def refuse_checkpoint(name: str, folder: Path, *, below: bool = False) -> None:
    """Refuse a checkpoint in place of a plain model.

    Args:
        name: How the user named the model.
        folder: Its folder.
        below: Whether to refuse a folder that has checkpoints in it too.

    Raises:
        ModelError: If it is one; names the command that reads it as it was trained.
    """
    places = sorted(folder.glob(f"*/{_MANIFEST}")) if below else []
    for path in [folder / _MANIFEST, *places]:
        if is_of := _describe(path):
            got = "" if path.parent == folder else "a folder with "
            raise ModelError(f"model {name!r} must be a plain model, got {got}{is_of}")


def note_checkpoint(reader: str, folder: Path) -> None:
    """Say that something reads a checkpoint in its own way.

    Args:
        reader: What reads it.
        folder: A model's folder, a checkpoint or not.
    """
    if is_of := _describe(folder / _MANIFEST):
        _LOG.warning("%s reads %s in its own way, %s", reader, folder, is_of)


def _describe(path: Path) -> str | None:
    """Return whose checkpoint a ``training.json`` is of, and how to read it as it was trained.

    Returns:
        None if there is none, or another program wrote it.
    """
    if not path.is_file():
        return None
    try:
        manifest = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return f"a checkpoint whose {path.name} cannot be read: restore it, or train again"
    if not isinstance(manifest, dict) or not {"spec", "model", "seed"} <= manifest.keys():
        return None
    spec, model, seed = (str(manifest[name]) for name in ("spec", "model", "seed"))
    words = ["harness", "eval", spec, "--model", model, "--seed", seed]
    if path.parents[1].name == "checkpoints":
        words += ["--records", str(path.parents[2])]
    text = f", on {manifest['corpus']}" if "corpus" in manifest else ""
    cure = f"read it as it was trained with {shlex.join(words)}"
    return f"a checkpoint of {spec!r} (seed {seed}{text}): {cure}"
