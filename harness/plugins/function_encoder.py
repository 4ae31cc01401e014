"""A plain function as an encoder."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any, TypeGuard

from harness.encoder import Embeddings
from harness.encoding.returned_vectors import as_embeddings


class FunctionEncoder:
    """Embeds with a function from a list of sentences to an array, a tensor or a list of rows.

    Args:
        function: Each sentence's row must not depend on the others.
        name: What messages call it; None for its own name.
    """

    def __init__(self, function: Callable[[list[str]], Any], name: str | None = None) -> None:
        self._function = function
        self.__name__ = name or str(getattr(function, "__name__", type(function).__name__))

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        """Call the function. Shape: (n_sentences, dim)."""
        return as_embeddings(self._function(list(sentences)), len(sentences), self.__name__)


def is_plain_function(value: object) -> TypeGuard[Callable[[list[str]], Any]]:
    """Whether a value is called with sentences alone: no class, and one required argument."""
    if not callable(value) or inspect.isclass(value) or hasattr(value, "encode"):
        return False
    needed = [
        parameter
        for parameter in inspect.signature(value).parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind in {parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD}
    ]
    return len(needed) == 1
