"""Which class reads a model's text: of an encoder-decoder its encoder, without the decoder."""

import copy
import re
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoModel, PreTrainedModel

from harness.errors import ModelError

_ENCODER_MODELS = {
    "longt5": "LongT5EncoderModel",
    "mt5": "MT5EncoderModel",
    "t5": "T5EncoderModel",
    "umt5": "UMT5EncoderModel",
}
"""Families that have a class of their encoder alone; its files say so or hold the decoder too."""

_LIKE_BART = {
    *("bart", "blenderbot", "blenderbot-small", "m2m_100"),
    *("mbart", "mvp", "pegasus", "plbart"),
}
"""Families whose encoder is a part of the whole model, its weights named as below."""

_NAMES_LIKE_BART = {r"^model\.": "", r"^encoder\.": "", r"^shared\.": "embed_tokens."}
_DECODER = re.compile(r"(^|\.)decoder\.")


def require_encoder(config: Any, name: str) -> None:  # noqa: ANN401 - a class for each kind
    """Refuse a model that is neither an encoder with layers nor has one that can be read alone.

    Args:
        config: Its configuration.
        name: How the user named the model, for messages.

    Raises:
        ModelError: If it is neither.
    """
    kind = config.model_type
    if kind in _ENCODER_MODELS or kind in _LIKE_BART:
        return
    if config.is_encoder_decoder or not hasattr(config, "num_hidden_layers"):
        known = ", ".join(sorted({*_ENCODER_MODELS, *_LIKE_BART}))
        raise ModelError(
            f"model {name!r} must be an encoder, or have one that is read alone ({known}),"
            f" got {kind!r}"
        )


def build_encoder(config: Any) -> PreTrainedModel:  # noqa: ANN401 - a class for each kind
    """Return the transformer of a configuration, with new weights."""
    kind = _encoder_class(config)
    if kind is AutoModel:
        model: PreTrainedModel = AutoModel.from_config(config, trust_remote_code=False)
        return model
    built: PreTrainedModel = kind(copy.deepcopy(config))  # some change it
    return built


def read_encoder(
    folder: Path,
    config: Any,  # noqa: ANN401 - a class for each kind
    **options: Any,
) -> tuple[PreTrainedModel, dict[str, Any]]:
    """Load the weights of a model's encoder alone, as `from_pretrained` does.

    Args:
        folder: The model's folder.
        config: Its configuration.
        options: What `from_pretrained` takes.

    Returns:
        The transformer, and the loading report, in which a decoder's weights are not mentioned.
    """
    kind = _encoder_class(config)
    if config.model_type in _LIKE_BART:
        options["key_mapping"] = _NAMES_LIKE_BART
    model, report = kind.from_pretrained(folder, output_loading_info=True, **options)
    if "key_mapping" in options:
        vars(model).pop("_weight_conversions")  # else saving writes names with the patterns' signs
    if kind is not AutoModel:
        unexpected = report["unexpected_keys"]
        report["unexpected_keys"] = {key for key in unexpected if not _DECODER.search(key)}
    return model, report


def _encoder_class(config: Any) -> Any:  # noqa: ANN401 - a class for each kind
    if config.model_type in _ENCODER_MODELS:
        return getattr(transformers, _ENCODER_MODELS[config.model_type])
    if config.model_type in _LIKE_BART:
        with torch.device("meta"):
            whole = AutoModel.from_config(copy.deepcopy(config), trust_remote_code=False)
        return type(whole.get_encoder())
    return AutoModel
