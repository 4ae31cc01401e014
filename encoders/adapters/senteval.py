"""Modules written for SentEval, with its ``prepare`` and ``batcher``, as they are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from harness.encoder import Context, Embeddings
from harness.encoders.adapters.senteval_stand_in import senteval_imported
from harness.encoders.adapters.user_code import find_user_code
from harness.encoding.returned_vectors import as_embeddings, stack_parts
from harness.errors import SettingError
from harness.settings import setting


@dataclass(frozen=True)
class SentEvalSettings:
    """Which module."""

    module: str = setting(
        "", help="file path/to/file.py, or an importable module, that defines batcher; required"
    )
    batch_size: int = setting(
        128, help="sentences in a batch", source="SentEval's params.batch_size"
    )

    def __post_init__(self) -> None:
        """Refuse empty batches."""
        if self.batch_size < 1:
            raise ValueError(f"batch_size must be 1 or more, got {self.batch_size}")


class Params(dict[str, Any]):
    """SentEval's ``params``: a dictionary whose keys are attributes too, None where absent."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever was put there
        """Return the value of a key."""
        if name.startswith("__"):  # copying and pickling ask for what is no parameter
            raise AttributeError(name)
        return self.get(name)

    def __setattr__(self, name: str, value: Any) -> None:  # noqa: ANN401 - as above
        """Set the value of a key."""
        self[name] = value

    def __delattr__(self, name: str) -> None:
        """Remove a key."""
        del self[name]


class SentEvalEncoder:
    """A module written for SentEval, unchanged: its ``prepare(params, samples)`` and ``batcher``.

    SentEval calls ``prepare`` once a task, with the task's sentences. Here it is called once, with
    the distinct sentences of all tasks of the run, and the record says so; score a task alone
    where that matters. As vectors may then depend on the other sentences, none are kept between
    runs. The package senteval itself is not needed.

    Source: Conneau & Kiela (2018), https://aclanthology.org/L18-1269

    Args:
        context: Ignored: the module knows its own model.
        settings: Which module.

    Raises:
        SettingError: If there is no such module, or it has no ``batcher``.
        PluginError: If it cannot be imported.
    """

    Settings: ClassVar[type[SentEvalSettings]] = SentEvalSettings
    citation = "Conneau & Kiela (2018), https://aclanthology.org/L18-1269"

    def __init__(self, context: Context, settings: SentEvalSettings) -> None:  # noqa: ARG002 - contract
        example = "senteval:module=path/to/file.py"
        if not settings.module:
            raise SettingError(f"senteval needs its module: {example}")
        with senteval_imported():
            self._code = find_user_code(settings.module, example=example, named=False)
        batcher = self._function("batcher")
        if batcher is None:
            raise SettingError(f"{settings.module} must define batcher(params, batch)")
        self._batcher = batcher
        self._settings = settings
        given = getattr(self._code.value, "params_senteval", {})
        self._params = Params(
            {
                "usepytorch": True,
                "seed": 1111,
                "kfold": 5,
                "nhid": 0,
                **(given if isinstance(given, Mapping) else {}),
                "batch_size": settings.batch_size,
            }
        )
        self._prepared = 0

    def prepare(self, sentences: Sequence[str]) -> None:
        """Call the module's ``prepare`` with the words of all sentences."""
        prepare = self._function("prepare")
        if prepare is not None:
            prepare(self._params, [sentence.split() for sentence in sentences])
        self._prepared = len(sentences)

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        """Call ``batcher``, sentences of like length together. Shape: (n_sentences, dim)."""
        if not self._prepared:
            self.prepare(sentences)
        words = [sentence.split() for sentence in sentences]
        order = sorted(range(len(words)), key=lambda row: len(words[row]))
        size = self._settings.batch_size
        parts = []
        for start in range(0, len(order), size):
            batch = [words[row] for row in order[start : start + size]]
            parts.append(as_embeddings(self._batcher(self._params, batch), len(batch), "batcher"))
        return stack_parts(parts)[np.argsort(order)]

    def describe(self) -> Mapping[str, Any]:
        """Return the module and what ``prepare`` was shown, for the record."""
        calls = (
            f"called once, with the {self._prepared} distinct sentences of all tasks of the run"
        )
        prepare = self._function("prepare")
        return {**self._code.describe(), "prepare": calls if prepare else "none in the module"}

    def _function(self, name: str) -> Callable[..., Any] | None:
        function: Callable[..., Any] | None = getattr(self._code.value, name, None)
        return function
