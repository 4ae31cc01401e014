"""Take any object that ``mteb.evaluate`` takes as a model with a method ``encode``."""

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from huggingface_hub import constants

from harness.encoder import Context
from harness.encoders.adapters.mteb_tasks import importing_mteb, running_mteb
from harness.errors import HarnessError, SettingError, first_line
from harness.machine.device import choose_device

_WRAPPERS = {
    "SentenceTransformer": "SentenceTransformerEncoderWrapper",
    "SparseEncoder": "SparseEncoderWrapper",
}
"""What mteb puts around models of the package sentence-transformers."""
_NO_SENTENCE_VECTORS = {
    "CrossEncoder": "scores pairs of sentences",
    "cross-encoder": "scores pairs of sentences",
    "MultiVectorEncoder": "gives a vector per token",
    "late-interaction": "gives a vector per token",
}
"""Kinds of models, as the two packages name them, and what they do instead."""


def load_by_name(name: str, context: Context) -> Any:  # noqa: ANN401 - any class
    """Load the model that mteb knows by this name.

    Raises:
        HarnessError: If mteb is not installed.
        SettingError: If the model cannot be found, or runs code of its own from the hub.
    """
    _require_mteb(f"mteb:model={name}")
    with importing_mteb(), _offline(context):
        import mteb  # deferred: seconds

        try:
            meta = mteb.get_model_meta(name, fetch_from_hf=not context.offline)
        except Exception as error:  # hub, network, and mteb's own
            raise SettingError(
                f"model must be one that mteb knows, got {name!r}: {first_line(error)}"
            ) from error
    if meta.loader is None:
        raise SettingError(f"model must be one that mteb can load, got {name!r}")
    if meta.loader_kwargs.get("trust_remote_code"):
        raise SettingError(
            f"model {name!r} must need no code of its own, mteb runs some from the hub: if you"
            " trust it, make the model in a file and name that with mteb:object="
        )
    return as_model(meta, f"model {name!r}", context)


def make_model(value: Any, name: str, context: Context) -> Any:  # noqa: ANN401 - a user's own
    """Return the model that a user's object is, or that their class or function makes.

    Args:
        value: The object.
        name: What messages call it.
        context: Device, for a model that mteb is to load.

    Raises:
        SettingError: If it is no model of sentence vectors.
        HarnessError: If it needs mteb, and that is not installed.
    """
    is_model = any(hasattr(value, method) for method in ("encode", "predict", "load_model"))
    makes_one = inspect.isclass(value) or not is_model
    if makes_one and callable(value):
        with running_mteb():
            value = value()
    return as_model(value, name, context)


def as_model(value: Any, name: str, context: Context) -> Any:  # noqa: ANN401 - any class
    """Return what mteb calls in place of an object: loaded, or wrapped; `make_model` has more."""
    kind = _sentence_transformers_kind(value)
    is_meta = hasattr(value, "load_model") and not hasattr(value, "encode")
    _require_sentence_vectors(name, kind, value if is_meta else _metadata(value))
    if is_meta:
        with importing_mteb(), _offline(context):
            value = value.load_model(device=str(choose_device(context.device)))
    elif wrapper := _WRAPPERS.get(kind):
        _require_mteb(f"{name}, a {kind},")
        with importing_mteb():
            from mteb import models  # deferred: seconds

            value = getattr(models, wrapper)(value)
    if not hasattr(value, "encode"):
        got = type(value).__name__
        raise SettingError(f"{name} must have a method encode, {got} has none")
    return value


def describe_model(model: Any) -> dict[str, str]:  # noqa: ANN401 - any class
    """Return the name and revision that a model's own metadata give, for the record."""
    meta = _metadata(model)
    found = {f"mteb_{part}": getattr(meta, part, None) for part in ("name", "revision")}
    return {part: str(value) for part, value in found.items() if value is not None}


def _metadata(model: object) -> object:
    """Return mteb's metadata of a model; None if it has none."""
    return getattr(model, "mteb_model_meta", None)


def _require_sentence_vectors(name: str, kind: str, meta: object) -> None:
    """Refuse models of which mteb, or their class, says that they do something else.

    Raises:
        SettingError: If it is one.
    """
    types = getattr(meta, "model_type", None) or ()
    for each in (kind, *(types if "dense" not in types else ())):
        if each in _NO_SENTENCE_VECTORS:
            does = _NO_SENTENCE_VECTORS[each]
            raise SettingError(f"{name} must give a vector per sentence, a {each} {does}")


def _sentence_transformers_kind(value: object) -> str:
    """Return the class of the package sentence-transformers that a model is of, if it is."""
    package = sys.modules.get("sentence_transformers")  # imported by whoever made the model
    kinds = (*_WRAPPERS, "CrossEncoder", "MultiVectorEncoder")
    return next((kind for kind in kinds if isinstance(value, getattr(package, kind, ()))), "")


def _require_mteb(what: str) -> None:
    if find_spec("mteb") is None:
        raise HarnessError(f"{what} needs the package mteb: pip install 'sentence-harness[mteb]'")


@contextmanager
def _offline(context: Context) -> Iterator[None]:
    """Keep the hub's client from asking the network where that is asked for."""
    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = before or context.offline
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before
