"""The command that trains what is not trained yet, for the messages that advise it."""

import shlex
from pathlib import Path

from harness.data import DataFolder, open_data
from harness.errors import MissingDataError
from harness.planning.planned_encoders import PlannedEncoder
from harness.plugins.files import file_of
from harness.results.records.store import DEFAULT_FOLDER


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
