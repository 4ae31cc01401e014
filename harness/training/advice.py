"""What is trained of an encoder, and the command that trains the rest, for messages."""

import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from harness.checkpoints.store import Manifests
from harness.data import DataFolder, open_data
from harness.encoder import Context
from harness.keys.checkpoints import CheckpointKey
from harness.keys.dev import DevIdentity, is_same_dev
from harness.planning.planned_encoders import PlannedEncoder
from harness.plugins import registry
from harness.plugins.files import file_of
from harness.results.records.store import DEFAULT_FOLDER
from harness.settings import Spec
from harness.training.options import DEFAULT_DEV, NO_DEV, TrainingOptions

_LIMITED = re.compile(r"(.*)\[(\d+)\]")


def how_trained(manifest: Mapping[str, Any]) -> str:
    """Return seed, training text and dev task: ``seed 1, on stsb[400], picked by sickr-dev``."""
    dev = (manifest.get("dev") or {}).get("task", DEFAULT_DEV)
    picked = [f"picked by {dev}"] if dev != DEFAULT_DEV else []
    text = f"on {manifest.get('corpus', 'an unknown text')}"
    return ", ".join([f"seed {manifest['seed']}", text, *picked])


def trained_instead(found: Manifests, key: CheckpointKey) -> str:
    """Name the checkpoints that there are in place of one, and the options that ask for them.

    Args:
        found: Checkpoints of the encoder with the same settings; other seeds are left out.
        key: What there is none of.

    Returns:
        Such as ``; there is one on 'stsb[400]': use --limit 400``; empty if there is none.
    """
    of_seed = [each for each in found.values() if each["seed"] == key.seed]
    names = {each.get("corpus") for each in of_seed}
    parts = [
        f"; there is one on {name!r}: {_how_to_ask(name, key.corpus)}"
        for name in sorted(name for name in names if isinstance(name, str) and name != key.corpus)
    ]
    asked = (key.encoder.dtype, key.encoder.max_length)
    on_text = [each for each in of_seed if each.get("corpus") == key.corpus]
    limits = {limits_of(each) for each in on_text} - {asked}
    parts += [f"; there is one with {text}" for text in sorted(map(_limits_text, limits))]
    others = [each["dev"] for each in on_text if "dev" in each]
    cures = {_dev_options(dev) for dev in others if not is_same_dev(dev, key.dev)}
    parts += [f"; there is one whose weights were picked otherwise: {cure}" for cure in cures]
    return "".join(parts)


def _dev_options(dev: DevIdentity | None) -> str:
    """Return what asks for weights that were picked so."""
    if dev is None:
        return f"use --dev {NO_DEV}"
    if dev["task"] not in registry.tasks.names():
        return f"use --dev with the data of {dev['task']}"
    spec = Spec(dev["task"], {name: str(value) for name, value in dev.get("settings", {}).items()})
    metric = dev.get("metric", "spearman")
    return f"use --dev {spec}{'' if metric == 'spearman' else f' --dev-metric {metric}'}"


def limits_of(manifest: Mapping[str, Any]) -> tuple[str, int | None]:
    """Return the number format and the longest input that a checkpoint was trained with."""
    runtime = manifest["history"].get("runtime", {})
    dtype = manifest.get("dtype", runtime.get("dtype", "fp32"))
    return dtype, manifest.get("max_length")


def _limits_text(limits: tuple[str, int | None]) -> str:
    dtype, max_length = limits
    return " and ".join(
        [f"--dtype {dtype}", f"--max-length {max_length}" if max_length else "no --max-length"]
    )


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
    context: Context,
    *,
    data: DataFolder | None = None,
    training: TrainingOptions | None = None,
) -> str:
    """Return the command line that makes a checkpoint; what is the default is left out.

    Args:
        planned: The encoder.
        context: Its base model, number format, longest input and seed.
        data: Where the training text lies; None if that is not known.
        training: On what it is trained, and where the checkpoint is looked for; None for what
            nothing asks otherwise.
    """
    seeds = ["--seed", str(context.seed)]
    return shlex.join(["harness", "train", *_words(planned, context, data, training, seeds)])


def evaluation_command(
    planned: PlannedEncoder,
    context: Context,
    *,
    data: DataFolder,
    training: TrainingOptions,
    seeds: Sequence[int],
) -> list[str]:
    """Return the words of the command that scores checkpoints; what is the default is left out.

    Args:
        planned: The encoder.
        context: Its base model, number format and longest input.
        data: Where the training text lies.
        training: On what it was trained, and where the checkpoints are.
        seeds: Of the checkpoints: 0 to N-1, or one.
    """
    if len(seeds) > 1:
        options = ["--seeds", str(len(seeds))]
    else:
        options = ["--seed", str(seeds[0])] if seeds[0] else []
    return ["harness", "eval", *_words(planned, context, data, training, options)]


def _words(
    planned: PlannedEncoder,
    context: Context,
    data: DataFolder | None,
    training: TrainingOptions | None,
    seeds: Sequence[str],
) -> list[str]:
    out = training.checkpoints.parent if training is not None else DEFAULT_FOLDER
    options = {
        "model": context.model,
        "dtype": context.dtype if context.dtype != Context.dtype else None,
        "max-length": context.max_length,
        "data": data.label if data is not None and not _is_default(data) else None,
        **(_text_options(training) if training is not None else {}),
        "records": out if out != DEFAULT_FOLDER else None,
        "plugin": file_of(planned.origin),
    }
    spec = planned.asked.written_spec if planned.code_place else planned.spec
    words = [spec]
    for name, value in options.items():
        if name == "data":
            words += seeds
        words += [f"--{name}", str(value)] if value is not None else []
    return words


def _text_options(training: TrainingOptions) -> dict[str, object]:
    return {
        "text": training.text,
        "corpus": training.corpus,
        "limit": training.limit,
        "dev": training.dev,
        "dev-metric": training.dev_metric,
    }


def _is_default(data: DataFolder) -> bool:
    return open_data().root == data.root
