"""Models written for mteb: an object whose ``encode`` receives the task and the prompt type."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any, ClassVar

from harness.encoder import Context, Embeddings
from harness.encoders.adapters.mteb_models import describe_model, load_by_name, make_model
from harness.encoders.adapters.mteb_tasks import (
    PromptName,
    batches,
    evaluated_part,
    prompt_type,
    running_mteb,
    task_metadata,
)
from harness.encoders.adapters.user_code import FILES_HELP, NamedFiles, UserCode, find_user_code
from harness.encoding.returned_vectors import as_embeddings
from harness.errors import SettingError
from harness.machine.device import choose_device
from harness.settings import setting

_EXAMPLE = "mteb:object=path/to/file.py:name"


@dataclass(frozen=True)
class MtebSettings:
    """Which model, and which task and prompt type it receives."""

    object: str = setting(
        "",
        help="path/to/file.py:name or module:name, a model or a function that makes one; this or"
        " model is required",
    )
    model: str = setting("", help="a model as mteb names it, made by mteb.get_model")
    task_name: str = setting(
        "STSBenchmark", help="the task passed to the model, as mteb names it; one for all tasks"
    )
    task_type: str = setting(
        "", help="another type of task than that task's own, as mteb names it"
    )
    prompt_type: PromptName = setting(
        "none", help="the prompt type passed to the model", source="none for STS in mteb"
    )
    batch_size: int = setting(32, help="sentences in a batch", source="mteb's default")
    files: tuple[str, ...] = setting((), help=FILES_HELP)

    def __post_init__(self) -> None:
        """Refuse two models at once and empty batches."""
        if self.object and self.model:
            raise ValueError("object and model exclude each other")
        if self.batch_size < 1:
            raise ValueError(f"batch_size must be 1 or more, got {self.batch_size}")


class MtebEncoder:
    """A model written for mteb, of version 1 or 2; one task and prompt type serve all tasks.

    Whatever ``mteb.evaluate`` takes is taken: models with mteb's ``encode``, metadata of a model,
    and models of sentence-transformers, in mteb's wrappers. A model of mteb 2 gets its sentences
    as a DataLoader of batches with the column ``text``, and the task's metadata; any other gets a
    list. Either receives only what its ``encode`` takes.

    Source: Muennighoff et al. (2023), https://aclanthology.org/2023.eacl-main.148

    Args:
        context: Device and network of a model that mteb loads; any other knows its own.
        settings: Which model, and what is passed to it.

    Raises:
        SettingError: If there is no such model, or it gives no vector per sentence.
        PluginError: If its module cannot be imported.
        HarnessError: If it needs mteb, and that is not installed.
    """

    Settings: ClassVar[type[MtebSettings]] = MtebSettings
    citation = "Muennighoff et al. (2023), https://aclanthology.org/2023.eacl-main.148"

    def __init__(self, context: Context, settings: MtebSettings) -> None:
        if not settings.object and not settings.model:
            raise SettingError(f"mteb needs its object: {_EXAMPLE}, or its model")
        self._settings = settings
        self._device = context.device
        self._files = NamedFiles.find(settings.files)
        self._code: UserCode | None = None
        if settings.model:
            self._model = load_by_name(settings.model, context)
        else:
            self._code = find_user_code(settings.object, example=_EXAMPLE)
            self._model = make_model(self._code.value, settings.object, context)
        self._model_encode: Callable[..., Any] = self._model.encode
        self._taken = inspect.signature(self._model_encode).parameters

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        """Call the model's ``encode``. Shape: (n_sentences, dim)."""
        settings = self._settings
        given: Any = list(sentences)
        if self._takes_metadata:
            given = batches(given, settings.batch_size, settings.prompt_type)
        arguments = self._arguments
        with running_mteb():
            returned = self._model_encode(given, **arguments)
        return as_embeddings(returned, len(sentences), settings.object or settings.model)

    def describe(self) -> Mapping[str, Any]:
        """Return the model's code and its checksum, or its name, for the record."""
        named = {"model": self._settings.model} if self._code is None else self._code.describe()
        return {**named, **describe_model(self._model)}

    def fingerprint(self) -> str | None:
        """Name everything that the vectors depend on; None if that is not known."""
        known = self._code and self._code.fingerprint(self._files, self._model)
        if not known:
            return None
        settings, packages = self._settings, self._packages()
        task_type = settings.task_type or ("" if packages else "STS")
        told = (  # as vectors kept by earlier versions are named
            f"MtebSettings(object='', task_name={settings.task_name!r}, task_type={task_type!r},"
            f" prompt_type={settings.prompt_type!r}, batch_size={settings.batch_size!r}, files=())"
        )
        return "; ".join([known, told, *packages])

    def _packages(self) -> list[str]:
        """Return the versions of the packages that choose prompts and compute vectors, and where.

        The device is that of models which mteb loads.
        """
        if not self._takes_metadata or find_spec("mteb") is None:
            return []
        wrapped = type(self._model).__module__.startswith("mteb.")
        others = ("sentence-transformers", "torch", "transformers") if wrapped else ()
        device = [f"device {choose_device(self._device).type}"] if wrapped else []
        return [*(f"{name} {version(name)}" for name in ("mteb", *others)), *device]

    @cached_property
    def _takes_metadata(self) -> bool:
        """Whether the model is called as mteb 2 calls it; it may take that as ``**kwargs``."""
        if "task_metadata" in self._taken:
            return True
        is_of_1 = "sentences" in self._taken or "task_name" in self._taken
        return hasattr(self._model, "mteb_model_meta") and not is_of_1

    @cached_property
    def _arguments(self) -> dict[str, Any]:
        """The arguments that the model's ``encode`` takes besides the sentences."""
        settings = self._settings
        known = {"prompt_type": prompt_type(settings.prompt_type)}
        known["batch_size"] = settings.batch_size
        if self._takes_metadata:
            metadata = task_metadata(settings.task_name, settings.task_type)
            split, subset = evaluated_part(metadata)
            known |= {"task_metadata": metadata, "hf_split": split, "hf_subset": subset}
            known["show_progress_bar"] = False
        else:
            known["task_name"] = settings.task_name
        if any(parameter.kind is parameter.VAR_KEYWORD for parameter in self._taken.values()):
            return known
        return {name: value for name, value in known.items() if name in self._taken}
