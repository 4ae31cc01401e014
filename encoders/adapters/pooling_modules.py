"""What a sentence-transformers model says of its own pooling, where its modules cannot be run."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.encoders.transformer.own_code import listed_modules
from harness.encoders.transformer.pooling import POOLINGS, PoolingName
from harness.errors import ModelError
from harness.modules.sentence_transformers import POOLING_MODES

_MODES: dict[str, PoolingName] = {POOLING_MODES[name]: name for name in POOLINGS}
_FLAGS = {  # as files before version 5 have them
    "pooling_mode_cls_token": "cls",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_lasttoken": "lasttoken",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
}


@dataclass(frozen=True)
class OwnPooling:
    """How a model makes a sentence vector of its tokens' vectors.

    Attributes:
        pooling: Its name.
        normalises: Whether vectors are brought to length 1.
    """

    pooling: PoolingName
    normalises: bool


@dataclass(frozen=True)
class TextLimits:
    """What a model does to text before it reads it.

    Attributes:
        max_length: Longest input in tokens; None if it names none.
        lowers: Whether text is put in lower case first.
    """

    max_length: int | None
    lowers: bool


def own_pooling(folder: Path, name: str) -> OwnPooling | None:
    """Read a model's modules; None of a model that lists none.

    Args:
        folder: The model's folder.
        name: How the user named the model, for messages.

    Raises:
        ModelError: If they do something else than pool tokens and normalise.
    """
    modules = [(kind.rpartition(".")[2], path) for kind, path in listed_modules(folder)]
    if not modules:
        return None
    kinds = [kind for kind, _ in modules]
    if kinds not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
        raise _refusal(name, " and ".join(kinds))
    config = _read(folder / modules[1][1] / "config.json")
    mode = config.get("pooling_mode") or [_FLAGS[flag] for flag in _FLAGS if config.get(flag)]
    modes = [mode] if isinstance(mode, str) else list(mode)
    if len(modes) != 1 or modes[0] not in _MODES:
        raise _refusal(name, f"pooling {' and '.join(map(str, modes)) or 'of no kind'}")
    return OwnPooling(_MODES[modes[0]], normalises="Normalize" in kinds)


def text_limits(folder: Path) -> TextLimits:
    """Read what the first module does to text; nothing of a model that lists no modules.

    Args:
        folder: The model's folder.
    """
    path = next((path for _, path in listed_modules(folder)), "")
    limits = _read(folder / path / "sentence_bert_config.json")
    longest = limits.get("max_seq_length")
    return TextLimits(
        longest if isinstance(longest, int) else None, lowers=limits.get("do_lower_case") is True
    )


def _refusal(name: str, got: str) -> ModelError:
    return ModelError(
        f"modules of model {name!r} must pool by {', '.join(_MODES)} and at most normalise, got"
        f" {got}: name a pooling, as in onnx:pooling=mean, or score it as sentence-transformers"
    )


def _read(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
