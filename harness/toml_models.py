"""What is wrong with a TOML file that a pydantic model describes, in one line."""

import re
from typing import get_args

from pydantic import BaseModel, ValidationError

from harness.errors import did_you_mean

_GOT = 60  # characters of a wrong value that a message shows


def describe_invalid(error: ValidationError, model: type[BaseModel]) -> str:
    """Say which key is wrong first, what it must be and what it is.

    Args:
        error: What the model's validation raised.
        model: The model of the whole file.
    """
    first = error.errors()[0]
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"])
    key, kind, message = where.removeprefix("."), first["type"], first["msg"]
    got = repr(first["input"])
    got = got if len(got) <= _GOT else f"{got[:_GOT]}..."
    if kind == "missing":
        return f"{key} must be given, got nothing"
    if kind == "extra_forbidden":
        known = sorted(_owner(model, first["loc"]).model_fields)
        hint = did_you_mean(str(first["loc"][-1]), known)
        return f"unknown key {key!r}.{hint} Known: {', '.join(known)}"
    if kind == "value_error":
        return f"{key}: {first['ctx']['error']}" if key else str(first["ctx"]["error"])
    expected = re.sub(r"^\w+ should | after validation.*", "", message)
    return f"{key} must {expected}, got {got}"


def _owner(model: type[BaseModel], loc: tuple[int | str, ...]) -> type[BaseModel]:
    """Return the model that has the key at the end of a place: the file's own, or one in it."""
    for part in loc[:-1]:
        if isinstance(part, str) and part in model.model_fields:
            hint = model.model_fields[part].annotation
            inner = [one for one in (hint, *get_args(hint)) if _is_model(one)]
            model = inner[0] if inner else model
    return model


def _is_model(hint: object) -> bool:
    return isinstance(hint, type) and issubclass(hint, BaseModel)
