"""BERT-flow: a Glow maps sentence vectors to a Gaussian, whose space is isotropic."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from harness.encoder import Context, Embeddings
from harness.encoders.learned_maps.flow_fitting import FlowTraining, train_flow
from harness.encoders.learned_maps.glow import Glow, parse_glow_size
from harness.encoders.learned_maps.mapped_encoder import MappedEncoder, MappedSettings
from harness.encoders.transformer.layers import LAYERS_HELP
from harness.errors import TrainingError
from harness.finetuning.hyperparameters import check_setting
from harness.settings import setting
from harness.trainable import Training

_SOURCE = "Li et al. (2020), released code"


@dataclass(frozen=True)
class FlowSettings(MappedSettings):
    """Which vectors the flow is fitted on, its size and its training."""

    layers: str = setting(
        "first-last", help=LAYERS_HELP, source=f"{_SOURCE}, whose avg-last-2 reads h^1 and h^l"
    )
    config: str = setting(
        "l3-d3-w32", help="levels, steps a level, hidden units of a coupling", source=_SOURCE
    )
    learning_rate: float = setting(1e-3, help="of AdamW, falling linearly to 0", source=_SOURCE)
    weight_decay: float = setting(0.01, help="of AdamW", source=_SOURCE)
    max_grad_norm: float = setting(
        1.0, help="gradients are scaled down to this norm; 0 never", source=_SOURCE
    )
    batch_size: int = setting(64, help="sentences a step", source=f"{_SOURCE}, 32 pairs")
    epochs: int = setting(1, help="passes over the text", source=_SOURCE)
    held_out: float = setting(
        0.0,
        help="fraction of the distinct sentences not trained on, to measure bits per dimension on",
    )

    def __post_init__(self) -> None:
        """Refuse a size, layers and amounts that cannot be."""
        super().__post_init__()
        parse_glow_size(self.config)
        if min(self.batch_size, self.epochs) < 1:
            msg = f"batch_size and epochs must be 1 or more, got {self.batch_size}, {self.epochs}"
            raise ValueError(msg)
        check_setting("held_out", 0 <= self.held_out < 1, "0 or more and below 1", self)
        check_setting("learning_rate", 0 < self.learning_rate < 1, "between 0 and 1", self)
        for name in ("weight_decay", "max_grad_norm"):
            check_setting(name, getattr(self, name) >= 0, "0 or more", self)


class FlowEncoder(MappedEncoder):
    """A frozen transformer's vectors, mapped to a Gaussian by a flow fitted to them.

    The flow is a Glow, fitted by maximum likelihood to stored vectors; the sentence vectors are
    its latent vectors, all levels side by side.

    Source: Li et al. (2020), On the Sentence Embeddings from Pre-trained Language Models,
    https://arxiv.org/abs/2011.05864

    Args:
        context: The transformer, device and limits.
        settings: Which vectors the flow is fitted on, its size and its training.
    """

    Settings: ClassVar[type[FlowSettings]] = FlowSettings
    citation = "Li et al. (2020), BERT-flow, https://arxiv.org/abs/2011.05864"

    def __init__(self, context: Context, settings: FlowSettings) -> None:
        super().__init__(context, settings)
        self.settings = settings
        self._glow: Glow | None = None

    def learn(self, vectors: Tensor, rows: Tensor, training: Training) -> Mapping[str, Any]:
        """Fit the flow by maximum likelihood.

        Raises:
            TrainingError: If the vectors have too few dimensions, or the loss is not finite.
        """
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(training.seed)
            glow = self._new(vectors.shape[1])
        options = FlowTraining(
            learning_rate=self.settings.learning_rate,
            weight_decay=self.settings.weight_decay,
            max_grad_norm=self.settings.max_grad_norm,
            batch_size=self.settings.batch_size,
            epochs=self.settings.epochs,
            held_out=self.settings.held_out,
        )
        history = train_flow(glow, vectors, rows, options, training)
        self._glow = glow
        return history

    def transform(self, vectors: Tensor) -> Tensor:
        """Map vectors to latent vectors. Shape: (n, dim) both."""
        latent: Tensor = self._fitted()(vectors)[0]
        return latent

    def invert(self, latent: Embeddings) -> Embeddings:
        """Map latent vectors back to the pooled vectors. Shape: (n, dim) both."""
        with torch.inference_mode():
            pooled = self._fitted().inverse(torch.from_numpy(latent).to(self.source.device))
        return np.asarray(pooled.cpu())

    def weights(self) -> dict[str, Tensor]:
        """Return the flow's parameters by name."""
        return dict(self._fitted().state_dict())

    def take(self, weights: Mapping[str, Tensor]) -> None:
        """Take over what `weights` returned.

        Raises:
            TrainingError: If they are of a flow of another size.
        """
        try:
            glow = self._new(len(weights["levels.0.0.norm.bias"]))
            glow.load_state_dict(dict(weights))
        except (KeyError, RuntimeError) as error:
            raise TrainingError(f"weights must be of a flow {self.settings.config}") from error
        self._glow = glow.eval()

    def composition(self) -> str:
        """Say why other packages cannot compute the vectors."""
        return "a flow, which is invertible, is no module of sentence-transformers"

    def _new(self, dim: int) -> Glow:
        try:
            return Glow(dim, parse_glow_size(self.settings.config)).to(self.source.device)
        except ValueError as error:
            raise TrainingError(f"flow does not fit: {error}: --set config=l1-d3-w32") from error

    def _fitted(self) -> Glow:
        if self._glow is None:
            raise TrainingError("flow must be fitted or loaded first")
        return self._glow
