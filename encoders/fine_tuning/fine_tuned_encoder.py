"""A transformer whose weights are fine-tuned on text: what all such encoders share."""

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from transformers import PreTrainedModel

from harness.corpus import Corpus
from harness.encoder import Context, Embeddings, HiddenStates
from harness.encoders.transformer.backbone import Backbone, open_backbone
from harness.encoders.transformer.layers import parse_layers
from harness.encoders.transformer.length_groups import read_without_padding
from harness.encoders.transformer.loading import load_transformer, save_transformer
from harness.encoders.transformer.pooling import POOLINGS, first_token
from harness.encoding.encoding import encode_reading
from harness.errors import TrainingError
from harness.finetuning.engine import fine_tune
from harness.finetuning.example_order import draw_batches
from harness.finetuning.hyperparameters import FineTuningSettings
from harness.finetuning.job import FineTuningJob
from harness.machine.distributed import own_share, process_count
from harness.modules.composition import Composition
from harness.modules.sentence_transformers import write_modules
from harness.results.progress import doing
from harness.trainable import Training

Collate: TypeAlias = Callable[[NDArray[np.intp]], dict[str, Tensor]]
"""Makes the arguments of a module's forward pass from a batch's example indices."""


@dataclass(frozen=True)
class LossInputs:
    """What a method makes its loss from.

    Attributes:
        transformer: The weights to train, on their device.
        source: The base transformer, which stays as it is; its tokenizer cuts at `train_length`.
        corpus: The training text.
        order: Index of each example that this process sees. Shape: (steps, rows).
        seed: Seed of what the method draws.
    """

    transformer: PreTrainedModel
    source: Backbone
    corpus: Corpus
    order: NDArray[np.intp]
    seed: int

    def batch(self, rows: NDArray[np.intp]) -> dict[str, Tensor]:
        """Tokenise sentences of the training text, see `tokens`; a method's whole `Collate`."""
        return self.tokens([self.corpus.sentences[row] for row in rows])

    def tokens(self, sentences: Sequence[str]) -> dict[str, Tensor]:
        """Tokenise and pad sentences.

        Returns:
            ``input_ids`` and ``attention_mask``, of shape (n_sentences, length).
        """
        input_ids, mask = self.source.pad(self.source.tokenize(sentences))
        return {"input_ids": input_ids, "attention_mask": mask}


class FineTunedEncoder(ABC):
    """Reads sentence vectors from a fine-tuned transformer; a subclass says with what loss.

    Args:
        context: The base transformer, device and limits.
        settings: Hyperparameters.
    """

    Settings: ClassVar[type[FineTuningSettings]]
    corpus: ClassVar[str]
    layers: str = "last"
    pace: Callable[[int, int], float] | None = None
    pool: ClassVar[Callable[..., Tensor]] = staticmethod(first_token)

    def __init__(self, context: Context, settings: FineTuningSettings) -> None:
        self.source: Backbone = open_backbone(context)
        self._base = self.source.folder
        self.settings = settings
        self._context = context
        self._layers = parse_layers(self.layers)
        self._tuned: PreTrainedModel | None = None  # from `fit` until `load`
        self._ready = False

    @abstractmethod
    def objective(self, inputs: LossInputs) -> tuple[nn.Module, Collate]:
        """Return the module whose forward pass is the loss, and what makes its arguments."""

    def count(self, corpus: Corpus) -> tuple[int, str]:
        """Return how many examples a text has for this method, and what to call them."""
        return len(corpus.sentences), "sentences"

    def fitted_settings(self, examples: int) -> FineTuningSettings:
        """Return the settings with a batch no larger than a small sample of a text."""
        size = max(2, min(self.settings.batch_size, examples))
        return replace(self.settings, batch_size=size)

    @property
    def base(self) -> str | None:
        """Spec of the encoder that is trained first, if any."""
        return self.settings.base

    @property
    def context(self) -> Context:
        """What the encoder was made with."""
        return self._context

    def start_from(self, folder: Path) -> None:
        """Begin training at the weights of another encoder's checkpoint."""
        self.source = Backbone(folder, self._context)

    def base_fingerprint(self) -> str:
        """Name the weights that training starts from."""
        return f"model {self.source.checksum}"

    def fit(self, corpus: Corpus, training: Training) -> Mapping[str, Any]:
        """Fine-tune a copy of the base transformer; `load` then makes it the encoder's own.

        Raises:
            TrainingError: If the text is too little, or training fails.
            ModelError: If the first token is to be trained, and sees no other.
        """
        examples, kind = self.count(corpus)
        settings = self.fitted_settings(examples) if corpus.is_sample else self.settings
        text = f"training text {corpus.name!r}"
        order = draw_batches(examples, settings, training.seed, text=text, kind=kind)
        torch.manual_seed(training.seed)  # a pooler missing from the base model is drawn at random
        with doing(f"loading {self.source.name}"):
            tuned = load_transformer(self.source.folder, self.source.name)
        self.source.require_unchanged()
        nn.Module.to(tuned, self.source.device)
        self._prepare(self.source.over(tuned))
        length = min(settings.train_length, self.source.max_length)
        source = self.source.limited_to(length)
        inputs = LossInputs(tuned, source, corpus, own_share(order), training.seed)
        module, collate = self.objective(inputs)
        job = FineTuningJob(
            module,
            order,
            collate,
            save=lambda folder: save_transformer(tuned, folder),
            restore=lambda folder: _restore(tuned, folder),
            dev_score=self._dev_score(tuned, training),
            pace=self.pace,
        )
        device, dtype = self.source.device, self._context.dtype
        try:
            history = fine_tune(job, settings, training, device=device, dtype=dtype)
        finally:
            source.release()  # what the method read of the base transformer, it has read
        self._tuned = tuned
        return {**history, "processes": process_count(), "runtime": self.source.describe()}

    def save(self, folder: Path) -> None:
        """Write config, weights and tokenizer, as `AutoModel.from_pretrained` loads them.

        With how they are pooled beside them, so that sentence-transformers loads the folder too.
        """
        if self._tuned is None:
            raise TrainingError("there are no new weights to save: train first")
        save_transformer(self._tuned, folder)
        self.source.tokenizer.save_pretrained(folder)
        composition = self.composition()
        if not isinstance(composition, str):
            write_modules(folder, composition, {})

    def load(self, folder: Path) -> None:
        """Read hidden states from the weights that `save` wrote."""
        self.source = Backbone(folder, self._context)
        self._tuned, self._ready = None, True

    def release(self) -> None:
        """Free the trained weights, which load again when they are needed."""
        if self._ready:
            self.source.release()

    def read(self, states: HiddenStates) -> Tensor:
        """Read the sentence vectors of one batch. Shape: (batch, dim).

        Raises:
            TrainingError: If the encoder is not trained.
            ModelError: If it reads the first token, and that sees no other.
        """
        if not self._ready:
            raise TrainingError(f"{type(self).__name__} must be trained before it encodes")
        if self.pool is first_token:
            self.source.require_first_token()
        return self.pool(self._layers.average(states.layers), states.mask)

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        """Embed the sentences, in the order given. Shape: (n_sentences, dim)."""
        return encode_reading(self, sentences)

    def fingerprint(self) -> str:
        """Name everything that the vectors depend on."""
        return f"{type(self).__name__} layers {self.layers}; {self.source.fingerprint}"

    def composition(self) -> Composition | str:
        """Say how the vectors come about: averaged layers of the trained weights, pooled."""
        names = [name for name, pooling in POOLINGS.items() if pooling is self.pool]
        if not names:
            return "its pooling is none that has a name"
        found = self.source.composition(self._layers, names[0])
        return found if isinstance(found, str) else replace(found, base=self._base)

    def _prepare(self, trained: Backbone) -> None:
        """Look how the transformer reads, before it is trained."""
        with torch.inference_mode():
            if self.pool is first_token:
                trained.require_first_token()
            if trained.lets_padding_in:
                read_without_padding(trained.model)

    def _dev_score(self, tuned: PreTrainedModel, training: Training) -> Callable[[], float] | None:
        """Return what scores the weights in training, where they are."""
        dev_score = training.dev_score
        if dev_score is None:
            return None
        reader = copy.copy(self)
        vars(reader).update(source=self.source.over(tuned), _ready=True)
        return lambda: dev_score(reader)


def freeze(transformer: nn.Module, *parts: str) -> None:
    """Leave parts of a transformer as they are, such as the pooler, which no loss reaches."""
    for name, parameter in transformer.named_parameters():
        if name.startswith(tuple(f"{part}." for part in parts)):
            parameter.requires_grad = False


def _restore(model: PreTrainedModel, folder: Path) -> None:
    saved = load_transformer(folder, str(folder))
    model.load_state_dict(saved.state_dict())
