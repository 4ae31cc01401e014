"""A plain Python function as an encoder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from harness.encoder import Context, Embeddings
from harness.encoders.adapters.user_code import FILES_HELP, NamedFiles, find_user_code
from harness.errors import SettingError
from harness.plugins.function_encoder import FunctionEncoder
from harness.settings import setting

_EXAMPLE = "callable:function=path/to/file.py:name"


@dataclass(frozen=True)
class CallableSettings:
    """Which function."""

    function: str = setting(
        "", help="path/to/file.py:name or module:name, a function of a list of sentences; required"
    )
    files: tuple[str, ...] = setting((), help=FILES_HELP)


class CallableEncoder:
    """A plain Python function from a list of sentences to an array, a tensor or a list of rows.

    Each sentence's row must not depend on the others, which come in any order and number.

    Args:
        context: Ignored: the function knows its own model.
        settings: Which function.

    Raises:
        SettingError: If there is no such function.
        PluginError: If its module cannot be imported.
    """

    Settings: ClassVar[type[CallableSettings]] = CallableSettings

    def __init__(self, context: Context, settings: CallableSettings) -> None:  # noqa: ARG002 - contract
        if not settings.function:
            raise SettingError(f"callable needs its function: {_EXAMPLE}")
        self._files = NamedFiles.find(settings.files)
        self._code = find_user_code(settings.function, example=_EXAMPLE)
        if not callable(self._code.value):
            got = type(self._code.value).__name__
            raise SettingError(f"{settings.function} must be a function, got {got}")
        self._encoder = FunctionEncoder(self._code.value, settings.function)

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        """Call the function. Shape: (n_sentences, dim)."""
        return self._encoder.encode(sentences)

    def describe(self) -> Mapping[str, Any]:
        """Return the function and its module's checksum, for the record."""
        return self._code.describe()

    def fingerprint(self) -> str | None:
        """Name everything that the vectors depend on; None if that is not known."""
        return self._code.fingerprint(self._files)
