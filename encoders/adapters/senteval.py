"""Scripts and modules written for SentEval, with ``prepare`` and ``batcher``, as they are."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, ClassVar

import numpy as np

from harness.encoder import Context, Embeddings
from harness.encoders.adapters.script import Script
from harness.encoders.adapters.senteval_stand_in import PACKAGE, SE, SentEvalStandIn
from harness.encoders.adapters.senteval_tasks import (
    asked_classifier,
    describe_classifier,
    other_classifier,
    senteval_name,
)
from harness.encoding.returned_vectors import as_embeddings, stack_parts
from harness.errors import SettingError
from harness.results.notices import notify
from harness.settings import Spec, setting


@dataclass(frozen=True)
class SentEvalSettings:
    """Which script, and how it is run."""

    module: str = setting(
        "", help="file path/to/file.py, or an importable module, that calls SE or defines batcher"
    )
    args: str = setting("", help='arguments of the script, as in args="--pooler cls"')
    batch_size: int | None = setting(
        None, help="sentences in a batch; none: the script's own, or 128", source="SentEval"
    )

    def __post_init__(self) -> None:
        """Refuse empty batches, and arguments whose quotes do not close."""
        if self.batch_size is not None and self.batch_size < 1:
            raise ValueError(f"batch_size must be 1 or more, got {self.batch_size}")
        try:
            shlex.split(self.args)
        except ValueError as error:
            raise ValueError(
                f"args must be arguments as a shell reads them, got {self.args!r}: {error}"
            ) from error


class SentEvalEncoder:
    """A script written for SentEval, unchanged, or a module with its ``prepare`` and ``batcher``.

    The script is run as ``__main__`` with its arguments until it calls ``eval`` of SentEval's
    ``SE``; what ``SE`` was given is the encoder. A script that does not call it is a module that
    defines ``batcher`` and perhaps ``prepare`` and ``params_senteval``. The package senteval is
    not needed.

    SentEval calls ``prepare`` once a task, with the task's sentences. Here it is called once, with
    the distinct sentences of all tasks of the run, and the record says so; score a task alone
    where that matters. As vectors may then depend on the other sentences, none are kept between
    runs.

    Source: Conneau & Kiela (2018), https://aclanthology.org/L18-1269

    Args:
        context: Ignored: the script knows its own model.
        settings: Which script.

    Raises:
        SettingError: If there is no such script, or it neither calls ``SE`` nor has a ``batcher``.
        PluginError: If it fails.
    """

    Settings: ClassVar[type[SentEvalSettings]] = SentEvalSettings
    citation = "Conneau & Kiela (2018), https://aclanthology.org/L18-1269"

    def __init__(self, context: Context, settings: SentEvalSettings) -> None:  # noqa: ARG002 - contract
        if not settings.module:
            raise SettingError("senteval needs its module: senteval:module=path/to/file.py")
        self._name = settings.module
        stand_in = SentEvalStandIn()
        made = stand_in.engine_type.engines
        arguments = shlex.split(settings.args)
        self._script = Script(settings.module, arguments, finder=stand_in, apart=[PACKAGE])
        module = self._script.run()
        asks = bool(made) or hasattr(module, "params_senteval")
        self._engine = made[-1] if made else self._engine_of(module, stand_in.engine_type)
        self._params = self._engine.params
        if settings.batch_size is not None:
            self._params.batch_size = settings.batch_size
        self._asked = asked_classifier(self._params) if asks else {}
        self._prepared = 0
        self._tasks: list[str] = []

    def expect_tasks(self, tasks: Sequence[Spec]) -> None:
        """Set ``current_task`` if it is one task; report what the script asks for in vain."""
        self._tasks = list(dict.fromkeys(senteval_name(task.name) for task in tasks))
        if len(self._tasks) == 1:
            self._params.current_task = self._tasks[0]
        elif self._script.mentions("current_task"):
            notify(
                f"{self._name} asks for current_task, which is not set as {len(self._tasks)} tasks"
                " are scored at once: score one task at a time"
            )
        if other := other_classifier(self._asked, tasks):
            notify(f"{self._name} asks for {other}")

    def prepare(self, sentences: Sequence[str]) -> None:
        """Call the script's ``prepare`` with the words of all sentences."""
        samples = [sentence.split() for sentence in sentences]
        prepare = self._engine.prepare
        if prepare is not None:
            self._script.call("prepare", lambda: prepare(self._params, samples))
        self._prepared = len(sentences)

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        """Call ``batcher``, sentences of like length together. Shape: (n_sentences, dim)."""
        if not self._prepared:
            self.prepare(sentences)
        words = [sentence.split() for sentence in sentences]
        order = sorted(range(len(words)), key=lambda row: len(words[row]))
        size = self._params.batch_size
        batches = [
            [words[row] for row in order[start : start + size]]
            for start in range(0, len(order), size)
        ]
        parts = self._script.call("batcher", lambda: [self._embed(batch) for batch in batches])
        return stack_parts(parts)[np.argsort(order)]

    def describe(self) -> Mapping[str, Any]:
        """Return the script, what it was shown and what it asks for, for the record."""
        calls = (
            f"called once, with the {self._prepared} distinct sentences of all tasks of the run"
        )
        described = {
            **self._script.describe(),
            "prepare": calls if self._engine.prepare else "none in the module",
        }
        if self._asked:
            described["classifier_asked_for"] = describe_classifier(self._asked)
        if self._tasks:
            count = len(self._tasks)
            described["current_task"] = self._tasks[0] if count == 1 else f"none: {count} at once"
        return described

    def _engine_of(self, module: ModuleType, engine_type: type[SE]) -> SE:
        """Return what a module would hand over.

        Raises:
            SettingError: If it has no ``batcher``.
        """
        batcher = getattr(module, "batcher", None)
        if not callable(batcher):
            raise SettingError(
                f"{self._name} must define batcher(params, batch), or call senteval.engine.SE with"
                " one"
            )
        given = getattr(module, "params_senteval", {})
        params = given if isinstance(given, Mapping) else {}
        return engine_type(params, batcher, getattr(module, "prepare", None))

    def _embed(self, batch: list[list[str]]) -> Embeddings:
        returned = self._engine.batcher(self._params, batch)
        return as_embeddings(returned, len(batch), "batcher", one_row=True)
