"""A pretrained transformer, seen as a function from sentences to hidden states."""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from numpy.typing import NDArray
from torch import Tensor, nn
from transformers import PreTrainedModel

from harness.encoder import Context, Embeddings, HiddenStates, Reading
from harness.encoders.transformer.input_probes import (
    PROBE,
    first_token_is_blind,
    lets_padding_in,
)
from harness.encoders.transformer.layers import LayerChoice
from harness.encoders.transformer.loading import (
    has_drawn_pooler,
    load_config,
    load_tokenizer,
    load_transformer,
    outline,
    save_transformer,
)
from harness.encoders.transformer.model_folder import find_model, hub_commit, stamp_model
from harness.encoders.transformer.number_formats import fp16_overflow, number_format
from harness.encoders.transformer.panics import panics_refused
from harness.encoders.transformer.positions import chosen_length, input_limit
from harness.encoders.transformer.token_ids import embedding_count, pad_right, require_embeddings
from harness.encoders.transformer.trained_folder import refuse_checkpoint
from harness.errors import ModelError, SettingError
from harness.keys.files import Stamp, hash_files, require_unchanged
from harness.machine.device import choose_device, device_name
from harness.modules.composition import Composition
from harness.results.progress import doing

_TOKEN_BUDGETS = {"cpu": 1024, "cuda": 65536, "mps": 16384}  # measured to keep the device busy
_NEAR = "differences near 1e-6 in fp32 and 1e-2 in bf16 and fp16 are to be expected"
_OTHER_RUN = "another set of tasks in the run, or with vectors kept by another run"
_GPU = f"equal bits from run to run, GPU to GPU or batch budget to batch budget, with {_OTHER_RUN}"
NOT_GUARANTEED = {
    "cpu": "equal bits with another number of threads, processor, version of a library or batch"
    f" budget, with {_OTHER_RUN} (cosines differ by up to 2.4e-7 in fp32)",
    "cuda": f"{_GPU}: {_NEAR}",
    "mps": f"{_GPU}: {_NEAR}",
}
"""What the record says of equal numbers, by kind of device."""

_READ_WITHOUT_DECODER = {"longt5", "mt5", "t5", "umt5"}
"""Encoder-decoders of which transformers and sentence-transformers load the encoder alone."""


class Backbone:
    """A frozen transformer and its tokenizer; both load when first needed.

    Args:
        folder: Folder with config, weights and tokenizer.
        context: Device, number format and limits.
    """

    def __init__(self, folder: Path, context: Context) -> None:
        self.folder = folder
        self._stamp = stamp_model(folder)
        self.name = context.model
        self.device = choose_device(context.device)
        self.dtype = context.dtype
        self._asked_length = context.max_length
        self.token_budget = context.token_budget or _TOKEN_BUDGETS[self.device.type]

    @cached_property
    def config(self) -> Any:  # noqa: ANN401 - every architecture has a class of its own
        """The model's configuration."""
        config = load_config(self.folder, self.name)
        self.require_unchanged()
        return config

    @property
    def layer_count(self) -> int:
        """Number of layers; hidden states run from 0, the embedding output, to this."""
        return int(self.config.num_hidden_layers)

    @cached_property
    def fingerprint(self) -> str:
        """Text that differs whenever the hidden states may differ."""
        parts = [
            f"model {self.checksum}",
            f"max_length {self.max_length}",
            f"dtype {self.dtype}",
            f"device {self.device.type}",
            f"torch {torch.__version__}",
            f"transformers {transformers.__version__}",
        ]
        return "; ".join(parts)

    @cached_property
    def checksum(self) -> str:
        """Checksum of the model's files, as they were when the transformer was made.

        Raises:
            HarnessError: If one has changed since.
        """
        with doing(f"checksum of {self.name}"):
            return hash_files(self.folder, self._stamp)

    def require_unchanged(self) -> None:
        """Refuse files that are no longer those of the checksum; called after each is loaded.

        Raises:
            HarnessError: If one was written or replaced since the transformer was made.
        """
        now = stamp_model(self.folder)
        require_unchanged(f"files of model {self.name!r}", self._stamp, now)

    def describe(self) -> dict[str, str | int]:
        """Return the device, number format and limits, for the record."""
        return {
            "device": self.device.type,
            "device_name": device_name(self.device),
            "dtype": self.dtype,
            "max_length": self.max_length,
            "token_budget": self.token_budget,
            "threads": torch.get_num_threads(),
            "not_guaranteed": NOT_GUARANTEED[self.device.type],
            **hub_commit(self.folder),
        }

    @cached_property
    def tokenizer(self) -> Any:  # noqa: ANN401 - every tokenizer has a class of its own
        """The model's tokenizer."""
        tokenizer = load_tokenizer(self.folder, self.name)
        self.require_unchanged()
        return tokenizer

    @cached_property
    def max_length(self) -> int:
        """Longest input in tokens, special tokens included."""
        limit = input_limit(self.config, self._outline, self.tokenizer, self.name)
        return chosen_length(self._asked_length, limit, self.name)

    @cached_property
    def _outline(self) -> PreTrainedModel:
        return outline(self.config, self.name)

    @cached_property
    def _embedding_count(self) -> int | None:
        return embedding_count(self._outline)

    @cached_property
    def model(self) -> PreTrainedModel:
        """The transformer in eval mode on its device."""
        with doing(f"loading {self.name}"):
            return self._load()

    def _load(self) -> PreTrainedModel:
        _ = self.checksum  # taken now: the files may change after they are loaded
        # `read` may ask first, training afterwards; a pooler that is drawn must not disturb either
        with torch.inference_mode(mode=False), torch.random.fork_rng(devices=[]):
            model = load_transformer(self.folder, self.name, self.dtype)
            self.require_unchanged()
            with number_format(self.dtype, self.device, self.name):
                nn.Module.to(model, self.device)
        model.eval()
        return model

    @cached_property
    def lets_padding_in(self) -> bool:
        """Whether a sentence's hidden states depend on how far it is padded."""
        return lets_padding_in(self._compute, self.tokenize([PROBE])[0])

    def require_first_token(self) -> None:
        """Refuse to have the first token stand for a sentence where it sees no other.

        Raises:
            ModelError: If the transformer is causal.
        """
        if self._first_token_is_blind:
            raise ModelError(
                f"the first token of {self.name!r} must see the others to stand for a sentence,"
                " got a causal model: use mean, or pooling=mean where that is a setting"
            )

    @cached_property
    def _first_token_is_blind(self) -> bool:
        return first_token_is_blind(self._compute, self.tokenize([PROBE])[0])

    def tokenize(self, sentences: Sequence[str]) -> list[list[int]]:
        """Return each sentence's token ids, special tokens included, cut at `max_length`.

        Raises:
            ModelError: If the transformer has no embedding for a token.
        """
        longest = self.max_length
        with panics_refused(self.name):
            tokens = self.tokenizer(
                list(sentences),
                truncation=True,
                max_length=longest,
                padding=False,
                return_attention_mask=False,
                return_token_type_ids=False,
            )
        ids: list[list[int]] = tokens["input_ids"]
        require_embeddings(ids, self._embedding_count, self.tokenizer, self.name)
        return ids

    @torch.inference_mode()
    def read(
        self, sentences: Sequence[str], readings: Sequence[Reading]
    ) -> Iterator[tuple[NDArray[np.intp], list[Embeddings]]]:
        """Yield, batch by batch, which sentences and each reading's rows.

        Batches hold sentences of like length, longest first, at most `token_budget` tokens with
        padding; those of a transformer that lets padding in are of equal length, without any.
        When the GPU's memory runs out the budget is halved and the batch tried again.

        Raises:
            ModelError: If a single sentence does not fit the GPU's memory, or the numbers do not
                fit their format.
        """
        tokens = self.tokenize(sentences)
        order = np.argsort([-len(ids) for ids in tokens], kind="stable")
        start = 0
        while start < len(order):
            longest = max(1, len(tokens[order[start]]))
            rows = order[start : start + max(1, self.token_budget // longest)]
            if self.lets_padding_in:
                rows = rows[[len(tokens[row]) == len(tokens[rows[0]]) for row in rows]]
            try:
                states = self.forward([tokens[row] for row in rows])
                vectors = [_to_numpy(reading(states)) for reading in readings]
            except torch.OutOfMemoryError as error:
                self._halve_budget(len(rows), error)
                continue
            if not all(np.isfinite(part).all() for part in vectors):
                self._refuse_overflow(states)
            yield rows, vectors
            start += len(rows)

    def forward(self, tokens: Sequence[Sequence[int]]) -> HiddenStates:
        """Run the transformer over one batch of token ids."""
        return self._compute(tokens)

    def _compute(self, tokens: Sequence[Sequence[int]]) -> HiddenStates:
        input_ids, mask = (part.to(self.device) for part in self.pad(tokens))
        with number_format(self.dtype, self.device, self.name):
            output = self.model(
                input_ids=input_ids, attention_mask=mask, output_hidden_states=True
            )
        pooled = None if has_drawn_pooler(self.model) else getattr(output, "pooler_output", None)
        return HiddenStates(tuple(output.hidden_states), mask, input_ids, pooled)

    def pad(self, tokens: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        """Return token ids and mask, padded on the right, on the CPU. Shapes: (batch, length)."""
        pad_id, count = self.tokenizer.pad_token_id or 0, self._embedding_count
        return pad_right(tokens, pad_id if count is None or pad_id < count else 0)

    def release(self) -> None:
        """Free the weights, which load again when they are needed."""
        vars(self).pop("model", None)

    def over(self, model: PreTrainedModel) -> "Backbone":
        """Return the same tokenizer and limits over other weights, which stay where they are."""
        return self._changed(model=model)

    def layers(self, choice: LayerChoice, label: str = "") -> tuple[int, ...]:
        """Return the chosen layers as indices, 0 the embedding output.

        Args:
            choice: Any layers.
            label: How the message begins if there are none such.

        Raises:
            SettingError: If this transformer has no such layer.
        """
        try:
            return choice.resolve(self.layer_count)
        except ValueError as error:
            raise SettingError(f"{label}{error} ({self.name})") from error

    def composition(self, layers: LayerChoice, pooling: str) -> Composition | str:
        """Say how pooled vectors come about, or why other packages cannot compute them.

        Args:
            layers: Hidden states that are averaged.
            pooling: Name of the pooling.
        """
        kind = self.config.model_type
        if self.config.is_encoder_decoder and kind not in _READ_WITHOUT_DECODER:
            return f"a model of {kind} is loaded there with its decoder, whose output is another"
        return Composition(
            save=self.save,
            base=self.folder,
            layers=self.layers(layers),
            layer_count=self.layer_count,
            dim=int(self.config.hidden_size),
            pooling=pooling,
            max_length=self.max_length,
        )

    def save(self, folder: Path) -> None:
        """Write config, weights in fp32, and tokenizer, as `AutoModel.from_pretrained` loads them.

        A pooler that the model's files lack is drawn anew, always the same.
        """
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            model = load_transformer(self.folder, self.name)
        self.require_unchanged()
        save_transformer(model, folder)
        tokenizer = load_tokenizer(self.folder, self.name)  # one that was used is saved as it is
        self.require_unchanged()
        tokenizer.save_pretrained(folder)

    def limited_to(self, max_length: int) -> "Backbone":
        """Return the same transformer with longer inputs cut at so many tokens.

        Weights that are here are shared; otherwise the other one loads its own when it needs them.
        """
        return self._changed(max_length=max_length)

    def _changed(self, **values: Any) -> "Backbone":
        changed = copy.copy(self)
        vars(changed).pop("fingerprint", None)
        vars(changed).update(values)  # in place of what the cached properties would compute
        return changed

    def _refuse_overflow(self, states: HiddenStates) -> None:
        last = states.layers[-1][states.mask.bool()]
        if last.dtype == torch.float16 and not last.isfinite().all():
            raise fp16_overflow(self.name)

    def _halve_budget(self, rows: int, error: Exception) -> None:
        if rows == 1:
            raise ModelError(
                f"one sentence of {self.name!r} does not fit the memory of {self.device}:"
                " lower --max-length or use --device cpu"
            ) from error
        self.token_budget = max(1, self.token_budget // 2)
        torch.cuda.empty_cache()


@lru_cache(maxsize=2)
def _open(folder: Path, _stamp: Stamp, context: Context) -> Backbone:
    return Backbone(folder, context)


def open_backbone(context: Context) -> Backbone:
    """Return the context's transformer; encoders of equal contexts share one.

    A folder whose files have changed is another transformer.

    Raises:
        ModelError: If the model cannot be found.
        SettingError: If the device is not here.
    """
    folder = find_model(context.model, offline=context.offline)
    return _open(folder, stamp_model(folder), replace(context, seed=0))


def open_plain_backbone(context: Context) -> Backbone:
    """Return the context's transformer for an encoder that pools it as it comes.

    Raises:
        ModelError: If the model cannot be found, or is a checkpoint of a trained encoder.
        SettingError: If the device is not here.
    """
    backbone = open_backbone(context)
    refuse_checkpoint(context.model, backbone.folder)
    return backbone


def _to_numpy(vectors: Tensor) -> Embeddings:
    return vectors.float().cpu().numpy()
