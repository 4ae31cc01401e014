"""What is trained of an encoder, and the command that trains the rest, for messages."""

import dataclasses
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from harness.checkpoints.store import CheckpointStore
from harness.data import DataFolder, open_data
from harness.errors import MissingDataError
from harness.planning.planned_encoders import PlannedEncoder
from harness.plugins import registry
from harness.plugins.files import file_of
from harness.results.records.store import DEFAULT_FOLDER

Manifests: TypeAlias = dict[Path, dict[str, Any]]
"""What is recorded of each checkpoint, by its folder."""

_LIMITED = re.compile(r"(.*)\[(\d+)\]")


def checkpoints_of(store: CheckpointStore, planned: PlannedEncoder, model: str) -> Manifests:
    """Return the checkpoints of an encoder with these settings, of any seed and training text."""
    wanted = {
        "spec": planned.spec,
        "settings": dataclasses.asdict(planned.settings),
        "model": model,
    }
    return store.matching(wanted)


def how_trained(manifest: Mapping[str, Any]) -> str:
    """Return the seed and training text of a checkpoint: ``seed 1, on stsb[400]``."""
    return f"seed {manifest['seed']}, on {manifest.get('corpus', 'an unknown text')}"


def trained_instead(found: Manifests, corpus: str, seed: int) -> str:
    """Name the other texts that there are checkpoints on, and the options that ask for them.

    Args:
        found: Checkpoints of the encoder.
        corpus: Name of the text that there is none on.
        seed: Leave out those of other seeds.

    Returns:
        Such as ``; there is one on 'stsb[400]': use --limit 400``; empty if there is none.
    """
    names = {each.get("corpus") for each in found.values() if each["seed"] == seed}
    parts = (
        f"; there is one on {name!r}: {_how_to_ask(name, corpus)}"
        for name in sorted(name for name in names if isinstance(name, str) and name != corpus)
    )
    return "".join(parts)


def _how_to_ask(name: str, instead: str) -> str:
    """Return what asks for one text instead of another."""
    text, limit = _parts(name)
    other_text, other_limit = _parts(instead)
    options = [f"--limit {limit}"] if limit is not None else []
    if text != other_text:
        known = text in registry.corpora.names()
        options.insert(0, f"--corpus {text}" if known else f"--text with the file {text}")
    no_limit = ["leave out --limit"] if other_limit is not None and limit is None else []
    return " and ".join([*([f"use {' '.join(options)}"] if options else []), *no_limit])


def _parts(name: str) -> tuple[str, str | None]:
    """Split the name of a text into that of the whole text and the limit."""
    match = _LIMITED.fullmatch(name)
    return (match[1], match[2]) if match else (name, None)


def training_command(
    planned: PlannedEncoder,
    model: str,
    seed: int,
    *,
    data: DataFolder | None = None,
    checkpoints: Path | None = None,
    text: Path | None = None,
    corpus: str | None = None,
    limit: int | None = None,
) -> str:
    """Return the command line that makes a checkpoint; what is the default is left out.

    Args:
        planned: The encoder.
        model: Its base model as the user named it.
        seed: Seed of training.
        data: Where the training text lies; None if that is not known.
        checkpoints: Where the checkpoint is looked for.
        text: A file to train on.
        corpus: Name of a registered corpus to train on.
        limit: Most sentences or pairs.
    """
    out = checkpoints.parent if checkpoints is not None else DEFAULT_FOLDER
    options = {
        "model": model,
        "seed": seed,
        "data": data.label if data is not None and not _is_default(data) else None,
        "text": text,
        "corpus": corpus,
        "limit": limit,
        "out": out if out != DEFAULT_FOLDER else None,
        "plugin": file_of(planned.origin),
    }
    words = ["harness", "train", planned.spec]
    for name, value in options.items():
        words += [f"--{name}", str(value)] if value is not None else []
    return shlex.join(words)


def _is_default(data: DataFolder) -> bool:
    try:
        return open_data().root == data.root
    except MissingDataError:
        return False
