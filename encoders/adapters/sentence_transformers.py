"""Models of the package sentence-transformers, with the pooling that they bring."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any, ClassVar

import numpy as np
import torch

from harness.encoder import Context, Embeddings
from harness.encoders.adapters.sentence_transformers_prompts import (
    default_prompt,
    refused,
    require_prompt,
    route,
)
from harness.encoders.transformer.backbone import NOT_GUARANTEED
from harness.encoders.transformer.input_probes import PROBE, far_apart
from harness.encoders.transformer.loading import copy_from_disk, quiet
from harness.encoders.transformer.model_folder import (
    find_module_folder,
    hub_commit,
    stamp_model,
)
from harness.encoders.transformer.number_formats import (
    DTYPES,
    fp16_overflow,
    number_format,
    require_finite_weights,
)
from harness.encoding.spot_check import distances
from harness.errors import HarnessError, ModelError
from harness.keys.files import hash_files, require_unchanged
from harness.machine.device import choose_device, device_name
from harness.results.progress import doing
from harness.results.records.model_names import model_name
from harness.settings import setting


@dataclass(frozen=True)
class SentenceTransformerSettings:
    """Which model, and what is put before each sentence."""

    model: str = setting(
        "", help="hub name, NAME@REVISION, folder, or minilm; empty for the one of --model"
    )
    prompt: str | None = setting(
        None,
        help="text put before each sentence; empty for no prompt, none for the model's default",
        verbatim=True,
    )
    prompt_name: str = setting("", help="name of one of the model's own prompts, such as query")
    second_prompt: str | None = setting(
        None,
        help="text put before the second sentence of each pair; none: as before the first",
        verbatim=True,
    )
    second_prompt_name: str = setting(
        "", help="name of the model's own prompt for second sentences, such as document"
    )
    batch_size: int = setting(32, help="sentences in a batch", source="the package's default")

    def __post_init__(self) -> None:
        """Give the model its one name, and refuse two prompts at once and empty batches."""
        object.__setattr__(self, "model", model_name(self.model))
        if self.prompt is not None and self.prompt_name:
            raise ValueError("prompt and prompt_name exclude each other")
        if self.second_prompt is not None and self.second_prompt_name:
            raise ValueError("second_prompt and second_prompt_name exclude each other")
        if self.batch_size < 1:
            raise ValueError(f"batch_size must be 1 or more, got {self.batch_size}")

    @property
    def of_first(self) -> "SentenceTransformerSettings":
        """Those of first sentences."""
        return replace(self, second_prompt=None, second_prompt_name="")

    @property
    def of_second(self) -> "SentenceTransformerSettings":
        """Those of second sentences: prompts of their own, or else as of first ones."""
        if self.second_prompt is None and not self.second_prompt_name:
            return self.of_first
        return replace(
            self.of_first, prompt=self.second_prompt, prompt_name=self.second_prompt_name
        )


class SentenceTransformerEncoder:
    """A model of sentence-transformers, with its own pooling, normalisation and prompts.

    Source: Reimers & Gurevych (2019), https://arxiv.org/abs/1908.10084

    Args:
        context: Device, number format and limits; the model, if the settings name none.
        settings: Which model, and what prompt.

    Raises:
        HarnessError: If the package sentence-transformers is not installed.
        ModelError: If the model cannot be found.
    """

    Settings: ClassVar[type[SentenceTransformerSettings]] = SentenceTransformerSettings
    citation = "Reimers & Gurevych (2019), https://arxiv.org/abs/1908.10084"

    def __init__(self, context: Context, settings: SentenceTransformerSettings) -> None:
        if find_spec("sentence_transformers") is None:
            cure = "pip install 'sentence-harness[sentence-transformers]'"
            raise HarnessError(f"this encoder needs the package sentence-transformers: {cure}")
        self.settings = settings
        self.name = settings.model or context.model
        self.device = choose_device(context.device)
        self._context = context
        self._folder = find_module_folder(self.name, offline=context.offline)
        self._stamp = stamp_model(self._folder, recursive=True)

    @cached_property
    def model(self) -> Any:  # noqa: ANN401 - its type would import the package
        """The model on its device.

        Raises:
            ModelError: If it cannot be loaded, its weights are not finite, or it takes no input
                so long.
        """
        _ = self._checksum  # taken now: the files may change after they are loaded
        with quiet():
            from sentence_transformers import SentenceTransformer  # deferred: seconds

            with refused(self.name), doing(f"loading {self.name}"):
                model = SentenceTransformer(
                    str(self._folder),
                    device=str(self.device),
                    trust_remote_code=False,
                    local_files_only=True,
                    model_kwargs={"dtype": DTYPES[self._context.dtype]},
                )
        copy_from_disk(model)
        now = stamp_model(self._folder, recursive=True)
        require_unchanged(f"files of model {self.name!r}", self._stamp, now)
        require_finite_weights(model, self.name, self._context.dtype)
        self._limit(model)
        if not self._route:
            require_prompt(self.settings.prompt_name, model.prompts, self.name)
        return model

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        """Embed the sentences, in the order given. Shape: (n_sentences, dim)."""
        vectors = self._encode(sentences, self._batch_size)
        if self._context.dtype == "fp16" and not np.isfinite(vectors).all():
            raise fp16_overflow(self.name)
        return vectors

    def second_side(self) -> "SentenceTransformerEncoder | None":
        """Return the encoder of second sentences, if their prompt is another one."""
        of_second = self.settings.of_second
        if of_second == self.settings.of_first:
            return None
        return SentenceTransformerEncoder(self._context, of_second)

    def describe(self) -> Mapping[str, Any]:
        """Return the model, its default prompt if that was used, device and limits."""
        is_asked = self.settings.prompt is not None or bool(self.settings.prompt_name)
        default = "" if is_asked else default_prompt(self._folder, self.name)
        return {
            "model": self.name,
            "device": self.device.type,
            "device_name": device_name(self.device),
            "dtype": self._context.dtype,
            "max_length": self._context.max_length or "the model's own",
            "threads": torch.get_num_threads(),
            "not_guaranteed": NOT_GUARANTEED[self.device.type],
            "sentence_transformers": version("sentence-transformers"),
            **({"default_prompt": default} if default else {}),
            **hub_commit(self._folder),
        }

    def fingerprint(self) -> str:
        """Name everything that the vectors depend on."""
        parts = [
            f"sentence-transformers {version('sentence-transformers')} {self._checksum}",
            f"prompt {self.settings.prompt or ''!r} {self.settings.prompt_name!r}",
            *(["no prompt"] if self.settings.prompt == "" else []),
            *(f"{name} {task}" for name, task in self._route.items()),
            f"max_length {self._context.max_length}",
            f"dtype {self._context.dtype}",
            f"device {self.device.type}",
            *(f"{name} {version(name)}" for name in ("torch", "transformers")),
        ]
        return "; ".join(parts)

    def composition(self) -> str:
        """Say why other packages cannot compute the vectors."""
        return "it is a model of sentence-transformers already"

    @cached_property
    def _checksum(self) -> str:
        with doing(f"checksum of {self.name}"):
            return hash_files(self._folder, self._stamp)

    @cached_property
    def _route(self) -> dict[str, str]:
        return route(self._folder, self.settings.prompt_name, self.name)

    @cached_property
    def _batch_size(self) -> int:
        """The setting's, or 1 for a model that lets padding in."""
        short = " ".join(PROBE.split()[:5])
        (alone,), (padded, _) = self._encode([short], 1), self._encode([short, PROBE], 2)
        far = far_apart(DTYPES[self._context.dtype])
        return 1 if distances(alone, padded) > far else self.settings.batch_size

    def _encode(self, sentences: Sequence[str], batch_size: int) -> Embeddings:
        with number_format(self._context.dtype, self.device, self.name), _pooled(self.name):
            vectors = self.model.encode(
                list(sentences),
                prompt=self.settings.prompt,
                prompt_name=self.settings.prompt_name or None,
                batch_size=batch_size,
                show_progress_bar=False,
                convert_to_numpy=True,
                **self._route,
            )
        return np.asarray(vectors, dtype=np.float32)

    def _limit(self, model: Any) -> None:  # noqa: ANN401 - the package's
        asked, limit = self._context.max_length, model.max_seq_length
        if asked is None:
            return
        if limit is not None and asked > limit:
            raise ModelError(f"max_length must be {limit} or less for {self.name!r}, got {asked}")
        model.max_seq_length = asked


@contextmanager
def _pooled(name: str) -> Iterator[None]:
    """Say in one line that no module of a model makes one vector of a sentence's tokens."""
    try:
        yield
    except KeyError as error:
        if error.args != ("sentence_embedding",):
            raise
        msg = f"modules.json of model {name!r} must have a module that pools, found none"
        raise ModelError(f"{msg}: score it as mean or cls") from error
