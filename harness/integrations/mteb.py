"""An encoder of the harness as a model of mteb: ``mteb.evaluate(MtebModel("mean"), tasks)``."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from harness.encoder import Context, Embeddings, ReadingEncoder
from harness.errors import HarnessError, SettingError
from harness.evaluation.embedding import ready_encoder
from harness.results.mteb.meta import mteb_meta, mteb_name, mteb_revision

_PROBE = "A sentence of which only the length of the vector counts."


class MtebModel:
    """An encoder, trained if it is one that learns, with the methods that mteb calls.

    It is made once, and stays loaded. Whatever the task, each text has the encoder's own prompts,
    and none of the task's. Similarities are cosines.

    Args:
        encoder: Spec such as ``mean`` or ``sg-opt:layers=last2``.
        context: Transformer, device and limits; its seed is that of a trained encoder.
        settings: The encoder's; the spec's own come first.
        checkpoint: Folder of a trained encoder's weights; None for the one in ``out``.
        out: Folder of the records that checkpoints lie beside; None for ``runs``.
        name: Of the model, of mteb's form ``organisation/model``; None for one with encoder,
            transformer and seed.

    Raises:
        TrainingError: If the encoder must be trained and is not.
        HarnessError: If mteb is not installed, the request itself is wrong, or the encoder fails.
        SettingError: If the name is of another form.
    """

    def __init__(
        self,
        encoder: str,
        *,
        context: Context | None = None,
        settings: Mapping[str, Any] | None = None,
        checkpoint: str | Path | None = None,
        out: str | Path | None = None,
        name: str | None = None,
    ) -> None:
        if find_spec("mteb") is None:
            cure = "pip install 'sentence-harness[mteb]'"
            raise HarnessError(f"MtebModel needs the package mteb: {cure}")
        if name is not None and "/" not in name:
            raise SettingError(f"name must be of the form organisation/model, got {name!r}")
        self._name = name
        self._ready = ready_encoder(
            encoder, context=context, settings=settings, checkpoint=checkpoint, out=out
        )
        common = self._ready.planned.common
        if common.changes_vectors or common.similarity is not None:
            msg = "a model of mteb must have no dim, precision or similarity of its own"
            raise SettingError(f"{msg}, got {self._ready.planned.spec!r}")

    def encode(
        self,
        inputs: Iterable[Mapping[str, Any]],
        *,
        prompt_type: str | None = None,
        **_told: object,
    ) -> Embeddings:
        """Embed the column ``text`` of mteb's batches.

        Args:
            inputs: mteb's DataLoader.
            prompt_type: A ``document`` stands second in a pair, and has the prompt of such.
            **_told: Task, part and batch size, none of which counts.

        Returns:
            Shape: (n_texts, dim).

        Raises:
            HarnessError: If the encoder fails.
        """
        texts = [text for batch in inputs for text in batch["text"]]
        is_second = prompt_type == "document"
        return self._ready.encode(texts, is_second=is_second, stays_loaded=True)

    def similarity(self, embeddings1: Any, embeddings2: Any) -> Any:  # noqa: ANN401 - mteb's arrays
        """Return the cosine of each pair of one vector with another. Shape: (n_1, n_2)."""
        from mteb.similarity_functions import cos_sim  # deferred: an extra

        return cos_sim(embeddings1, embeddings2)

    def similarity_pairwise(self, embeddings1: Any, embeddings2: Any) -> Any:  # noqa: ANN401 - mteb's arrays
        """Return the cosines of vectors in the same place. Shape: (n,)."""
        from mteb.similarity_functions import pairwise_cos_sim  # deferred: an extra

        return pairwise_cos_sim(embeddings1, embeddings2)

    @cached_property
    def mteb_model_meta(self) -> Any:  # noqa: ANN401 - mteb's ModelMeta
        """What is known of the model; its revision is a digest of all that its vectors depend on.

        Raises:
            HarnessError: If the encoder fails.
        """
        from mteb.models import ModelMeta  # deferred: an extra

        ready, job = self._ready, self._ready.job()
        spec = ready.planned.spec
        described = job.describe()
        is_reading = isinstance(ready.encoder, ReadingEncoder)
        model = ready.context.model if is_reading else described.get("model")
        name = None if model is None else str(model)
        fields = mteb_meta(
            self._name or mteb_name(spec, name, ready.seed),
            mteb_revision(spec, job.recorded_key()),
            dim=ready.encode([_PROBE], stays_loaded=True).shape[1],
            model=name,
            max_length=described.get("max_length"),
        )
        return ModelMeta(**fields)
