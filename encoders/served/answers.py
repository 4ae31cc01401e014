"""Read vectors out of a server's answer, and refuse any that is not what was asked for."""

import base64
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.encoder import Embeddings
from harness.encoders.served.address import Api


class WrongAnswerError(Exception):
    """An answer breaks the interface; the message says what it must have."""


def read_vectors(answer: Any, count: int, api: Api) -> Embeddings:  # noqa: ANN401 - JSON
    """Return the vectors of an answer, in the order of the texts.

    Args:
        answer: The JSON of it. With OpenAI's interface each vector carries the index of its text;
            with TEI's they are a list in the order of the texts.
        count: How many texts were asked for.
        api: The interface.

    Returns:
        Shape: (count, dim).

    Raises:
        WrongAnswerError: If a vector is missing, doubled, surplus, of another length, or not of
            finite numbers.
    """
    vectors = answer if api == "tei" else _by_index(answer, count)
    if not isinstance(vectors, list) or len(vectors) != count:
        got = len(vectors) if isinstance(vectors, list) else type(vectors).__name__
        raise WrongAnswerError(f"must have {count} vectors, got {got}")
    rows = [_read_vector(vector) for vector in vectors]
    dims = sorted({len(row) for row in rows})
    if len(dims) != 1:
        raise WrongAnswerError(f"must have vectors of one dimension, got {dims[0]} and {dims[-1]}")
    return np.stack(rows)


def _by_index(answer: Any, count: int) -> list[Any]:  # noqa: ANN401 - JSON
    """Return the vectors of OpenAI's interface in the order of their indexes."""
    items = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise WrongAnswerError("must have a list of objects under data")
    found: dict[int, Any] = {}
    for item in items:
        index = item.get("index")
        if type(index) is not int or not 0 <= index < count or index in found:
            msg = f"must have each index from 0 to {count - 1} once"
            raise WrongAnswerError(f"{msg}, got {str(index)[:20]!r} too many")
        found[index] = item.get("embedding")
    if len(found) != count:
        raise WrongAnswerError(f"must have {count} vectors, got {len(found)}")
    return [found[index] for index in range(count)]


def _read_vector(given: Any) -> NDArray[np.float32]:  # noqa: ANN401 - JSON
    """Return one vector, given as numbers or as base64 of float32. Shape: (dim,)."""
    try:
        if isinstance(given, str):
            array = np.frombuffer(base64.b64decode(given, validate=True), "<f4")
        else:
            array = np.array(given)
    except ValueError as error:
        raise WrongAnswerError("must have vectors as numbers or base64 of float32") from error
    if array.ndim != 1 or not len(array) or array.dtype.kind not in "fiu":
        raise WrongAnswerError("must have vectors as numbers or base64 of float32")
    with np.errstate(over="ignore"):  # refused below
        vector = array.astype(np.float32)
    if not np.isfinite(vector).all():
        raise WrongAnswerError("must have finite numbers in float32's range")
    return vector
