"""Models written for mteb: an object whose ``encode`` receives the task and the prompt type."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

from torch.utils.data import DataLoader

from harness.encoder import Context, Embeddings
from harness.encoders.adapters.user_code import FILES_HELP, NamedFiles, find_user_code
from harness.encoding.returned_vectors import as_embeddings
from harness.errors import SettingError
from harness.settings import setting

_EXAMPLE = "mteb:object=path/to/file.py:name"


@dataclass(frozen=True)
class MtebSettings:
    """Which model, and which task and prompt type it receives."""

    object: str = setting(
        "",
        help="path/to/file.py:name or module:name, a model or a function that makes one; required",
    )
    task_name: str = setting(
        "STSBenchmark", help="the task passed to the model, as mteb names it; one for all tasks"
    )
    task_type: str = setting("STS", help="that task's type, as mteb names it")
    prompt_type: Literal["none", "query", "document"] = setting(
        "none", help="the prompt type passed to the model", source="none for STS in mteb"
    )
    batch_size: int = setting(32, help="sentences in a batch", source="mteb's default")
    files: tuple[str, ...] = setting((), help=FILES_HELP)

    def __post_init__(self) -> None:
        """Refuse empty batches."""
        if self.batch_size < 1:
            raise ValueError(f"batch_size must be 1 or more, got {self.batch_size}")


@dataclass(frozen=True)
class TaskMetadata:
    """What models of mteb 2 read of a task to choose their prompt."""

    name: str
    type: str
    prompt: None = None


class MtebEncoder:
    """A model written for mteb, of version 1 or 2; one task and prompt type serve all tasks.

    A model of mteb 2 gets its sentences as a DataLoader of batches with the column ``text``, as
    its ``encode`` says by its parameter ``task_metadata``; any other gets a list. Either receives
    only what its ``encode`` takes.

    Source: Muennighoff et al. (2023), https://aclanthology.org/2023.eacl-main.148

    Args:
        context: Ignored: the model knows its own device.
        settings: Which model, and what is passed to it.

    Raises:
        SettingError: If there is no such object, or it has no ``encode``.
        PluginError: If its module cannot be imported.
    """

    Settings: ClassVar[type[MtebSettings]] = MtebSettings
    citation = "Muennighoff et al. (2023), https://aclanthology.org/2023.eacl-main.148"

    def __init__(self, context: Context, settings: MtebSettings) -> None:  # noqa: ARG002 - contract
        if not settings.object:
            raise SettingError(f"mteb needs its object: {_EXAMPLE}")
        self._files = NamedFiles.find(settings.files)
        self._code = find_user_code(settings.object, example=_EXAMPLE)
        model = self._code.value
        if inspect.isclass(model) or not hasattr(model, "encode"):
            model = model() if callable(model) else model
        if not hasattr(model, "encode"):
            got = type(model).__name__
            raise SettingError(f"{settings.object} must have a method encode, {got} has none")
        self._model = model
        self._model_encode: Callable[..., Any] = model.encode
        self._settings = settings

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        """Call the model's ``encode``. Shape: (n_sentences, dim)."""
        taken = inspect.signature(self._model_encode).parameters
        given = list(sentences)
        if "task_metadata" in taken:
            texts: Any = DataLoader(
                [{"text": text} for text in given],  # type: ignore[arg-type] # a list will do
                batch_size=self._settings.batch_size,
            )
        else:
            texts = given
        returned = self._model_encode(texts, **self._arguments(taken))
        return as_embeddings(returned, len(given), self._settings.object)

    def describe(self) -> Mapping[str, Any]:
        """Return the model's code and its checksum, for the record."""
        return self._code.describe()

    def fingerprint(self) -> str | None:
        """Name everything that the vectors depend on; None if that is not known."""
        known = self._code.fingerprint(self._files, self._model)
        return known and f"{known}; {replace(self._settings, object='', files=())}"

    def _arguments(self, taken: Mapping[str, inspect.Parameter]) -> dict[str, Any]:
        """Return the arguments that the model's ``encode`` takes besides the sentences."""
        settings = self._settings
        prompt_type = None if settings.prompt_type == "none" else settings.prompt_type
        known = {
            "task_name": settings.task_name,
            "task_metadata": TaskMetadata(settings.task_name, settings.task_type),
            "hf_split": "test",
            "hf_subset": "default",
            "prompt_type": prompt_type,
            "batch_size": settings.batch_size,
        }
        if any(parameter.kind is parameter.VAR_KEYWORD for parameter in taken.values()):
            version_1 = ("task_name", "prompt_type", "batch_size")
            version_2 = ("task_metadata", "hf_split", "hf_subset", "prompt_type", "batch_size")
            names: tuple[str, ...] = version_2 if "task_metadata" in taken else version_1
            return {name: known[name] for name in names}
        return {name: value for name, value in known.items() if name in taken}
