"""Whitening: sentence vectors rotated and scaled until no direction stands out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from torch import Tensor

from harness.encoder import Context
from harness.encoders.learned_maps.mapped_encoder import MappedEncoder, MappedSettings
from harness.encoders.learned_maps.whitening_map import RankError, Whitening, fit_whitening
from harness.encoders.transformer.layers import LAYERS_HELP
from harness.errors import TrainingError
from harness.modules.composition import AffineMap, Composition
from harness.settings import setting
from harness.trainable import Training

_USUAL_K = 256  # Su et al. (2021) keep it of BERT-base's 768


@dataclass(frozen=True)
class WhiteningSettings(MappedSettings):
    """Which vectors are whitened, and how many directions stay."""

    layers: str = setting(
        "embedding-last", help=LAYERS_HELP, source="released code of Su et al. (2021)"
    )
    k: int | None = setting(
        None,
        help="directions of largest variance to keep; none keeps all",
        source="Su et al. (2021): all, or 256 (base) and 384 (large)",
    )

    def __post_init__(self) -> None:
        """Refuse text that names no layers, and no directions at all."""
        super().__post_init__()
        if self.k is not None and self.k < 1:
            raise ValueError(f"k must be 1 or more, got {self.k}")


class WhiteningEncoder(MappedEncoder):
    """A frozen transformer's vectors, rotated and scaled until no direction stands out.

    x -> (x - mean) U S^(-1/2), which has mean 0 and covariance 1 on the text that it is fitted
    to, each distinct sentence once.

    Source: Su et al. (2021), Whitening Sentence Representations, https://arxiv.org/abs/2103.15316

    Args:
        context: The transformer, device and limits.
        settings: Which vectors are whitened, and how many directions stay.
    """

    Settings: ClassVar[type[WhiteningSettings]] = WhiteningSettings
    citation = "Su et al. (2021), https://arxiv.org/abs/2103.15316"

    def __init__(self, context: Context, settings: WhiteningSettings) -> None:
        super().__init__(context, settings)
        self._k = settings.k
        self._map: Whitening | None = None

    def learn(self, vectors: Tensor, rows: Tensor, training: Training) -> Mapping[str, Any]:  # noqa: ARG002 - repeats and seed change nothing
        """Fit the map.

        Raises:
            TrainingError: If the vectors span fewer than k directions.
        """
        try:
            fitted = fit_whitening(vectors.cpu(), self._k)  # float64, which not every GPU has
        except RankError as error:
            raise TrainingError(
                f"whitening must have k of at most {error.rank}, the directions that these"
                f" {len(vectors)} vectors of {vectors.shape[1]} dimensions vary in, got"
                f" {error.k}: --set k={min(_USUAL_K, error.rank)}"
            ) from error
        except ValueError as error:
            raise TrainingError(f"vectors cannot be whitened: {error}") from error
        self.take(fitted._asdict())
        return {"k": fitted.kernel.shape[1]}

    def transform(self, vectors: Tensor) -> Tensor:
        """Map vectors. Shape: (n, dim) to (n, k)."""
        return self._fitted().whiten(vectors)

    def weights(self) -> dict[str, Tensor]:
        """Return mean, shape (dim,), and kernel, shape (dim, k)."""
        return self._fitted()._asdict()

    def take(self, weights: Mapping[str, Tensor]) -> None:
        """Take over what `weights` returned."""
        self._map = Whitening(
            *(weights[name].to(self.source.device) for name in Whitening._fields)
        )

    def composition(self) -> Composition | str:
        """Say how the vectors come about: W x + b, W the kernel transposed, b = -mean kernel."""
        mean, kernel = (part.double() for part in self._fitted())
        pooled = self._pooled.composition()
        affine = AffineMap(kernel.T, -mean @ kernel)
        return pooled if isinstance(pooled, str) else replace(pooled, affine=affine)

    def _fitted(self) -> Whitening:
        if self._map is None:
            raise TrainingError("whitening must be fitted or loaded first")
        return self._map
