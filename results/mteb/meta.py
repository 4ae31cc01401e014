"""What mteb is told of an encoder: its name, its revision, and what else is known."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any

from harness.results.files import file_words, last_words
from harness.results.mteb.tasks import MTEB_PARTS

ORGANISATION = "sentence-harness"
NO_REVISION = "no_revision_available"  # as mteb says it


def mteb_name(encoder: str, model: str | None, seed: int | None) -> str:
    """Return a name of mteb's form ``organisation/model``, with all that sets encoders apart."""
    parts = [file_words(encoder), *([last_words(model)] if model else [])]
    parts += [f"seed{seed}"] if seed is not None else []
    return f"{ORGANISATION}/{'-'.join(parts)}"


def mteb_revision(encoder: str, fingerprint: str | None) -> str:
    """Return a digest of all that vectors depend on, as the revision of the model.

    Args:
        encoder: The whole spec: the settings that every encoder has are not in the fingerprint.
        fingerprint: What an encoder's own vectors depend on; None if that is not known.
    """
    if fingerprint is None:
        return NO_REVISION
    return hashlib.sha256(f"{encoder}; {fingerprint}".encode()).hexdigest()[:40]


def mteb_meta(
    name: str,
    revision: str,
    *,
    dim: int,
    model: str | None,
    max_length: object,
    seen_tasks: Iterable[str] = (),
) -> dict[str, Any]:
    """Return the fields of mteb's ``ModelMeta``; None stands for what is not known.

    Args:
        name: As `mteb_name` returns it.
        revision: As `mteb_revision` returns it.
        dim: Length of the vectors.
        model: The transformer, if the encoder reads one.
        max_length: Longest input in tokens; any text where it is the model's own.
        seen_tasks: Registered tasks whose text is in the training text, as far as is known.
    """
    tasks = [MTEB_PARTS[task].task for task in seen_tasks if task in MTEB_PARTS]
    unknown = dict.fromkeys(_UNKNOWN)
    known: Mapping[str, Any] = {
        "name": name,
        "revision": revision,
        "embed_dim": dim,
        "max_tokens": max_length if isinstance(max_length, int) else None,
        "framework": ["PyTorch", "Transformers"] if model else ["NumPy"],
        "similarity_fn_name": "cosine",
        "use_instructions": False,
        "training_datasets": sorted(set(tasks)) or None,
        "adapted_from": model and public_name(model),
        "modalities": ["text"],
        "model_type": ["dense"],
    }
    return {**unknown, **known}


def public_name(model: str) -> str:
    """Return a transformer's name, of a folder only the last part."""
    return PurePath(model).name if model.startswith(("/", ".", "~")) else model


_UNKNOWN = (
    "loader",
    "release_date",
    "languages",
    "n_parameters",
    "memory_usage_mb",
    "license",
    "open_weights",
    "public_training_code",
    "public_training_data",
    "reference",
)
