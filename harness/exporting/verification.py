"""Check that an exported model gives the encoder's own vectors."""

from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from harness.encoder import Dtype, Embeddings
from harness.errors import PluginError, first_line
from harness.evaluation.embedding import ReadyEncoder
from harness.results.notices import notify

_PACKAGES = {
    "pytorch": "torch",
    "sentence_transformers": "sentence-transformers",
    "transformers": "transformers",
}
_PROBES = (
    "A man is playing a flute.",
    "",
    "  Zwölf Boxkämpfer — 漢字, ¿qué? 🙂 ",
    "Two dogs run through the snow, and a third one watches. " * 200,
    "no.",
)
"""Short and empty, of several scripts, and longer than any input."""

_TOLERANCES: dict[Dtype, float] = {"fp32": 1e-3, "bf16": 0.1, "fp16": 0.1}
"""Largest difference by the encoder's number format, as a part of the largest number; the exported
model is fp32."""


def package_versions() -> dict[str, str]:
    """Return the versions of the packages that the model is for, by the names that it has."""
    found = {}
    for name, package in _PACKAGES.items():
        try:
            found[name] = version(package)
        except PackageNotFoundError:
            continue
    return found


def verify(folder: Path, ready: ReadyEncoder) -> float | None:
    """Compare the vectors of a few sentences, padded beside each other.

    Args:
        folder: The exported model.
        ready: The encoder.

    Returns:
        The largest difference between two numbers; None if the package is not installed.

    Raises:
        HarnessError: If the model cannot be loaded, or its vectors are others.
    """
    if find_spec("sentence_transformers") is None:
        notify(
            "not checked that the exported model gives the same vectors:"
            " pip install 'sentence-harness[sentence-transformers]'"
        )
        return None
    own = ready.encode(_PROBES)
    found = _encode(folder)
    if found.shape != own.shape:
        msg = f"exported model must give vectors of {own.shape[1]} numbers, gives {found.shape[1]}"
        raise PluginError(msg)
    difference = float(np.abs(found - own).max())
    if not difference <= _TOLERANCES[ready.context.dtype] * max(1.0, float(np.abs(own).max())):
        raise PluginError(
            f"exported model must give the vectors of {ready.planned.spec!r}, but a number of them"
            f" differs by {difference:.2g}: sentence-transformers reads such a transformer in"
            " another way, and nothing was written"
        )
    return difference


def _encode(folder: Path) -> Embeddings:
    """Return the vectors that sentence-transformers computes."""
    from sentence_transformers import SentenceTransformer  # deferred: seconds
    from transformers.utils import logging

    bars = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        model = SentenceTransformer(
            str(folder), device="cpu", trust_remote_code=False, local_files_only=True
        )
        vectors = model.encode(list(_PROBES), batch_size=len(_PROBES), show_progress_bar=False)
    except Exception as error:  # each of its modules raises what it likes
        raise PluginError(f"exported model cannot be loaded: {first_line(error)}") from error
    finally:
        if bars:
            logging.enable_progress_bar()
    return np.asarray(vectors, dtype=np.float32)
