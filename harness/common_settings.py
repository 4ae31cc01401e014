"""Settings that every encoder has besides its own: what comes before and after its encoding."""

import dataclasses
from dataclasses import dataclass
from typing import Any

from harness.encoder import Embeddings
from harness.processed_vectors import BITS, Precision, VectorSimilarity, quantise, shorten
from harness.settings import changed_settings, setting


@dataclass(frozen=True)
class CommonSettings:
    """What the harness does around any encoder, which knows nothing of it.

    Kept vectors and trained weights are those of the encoder itself, so that none of these
    settings is part of their keys. An encoder's own setting of the same name comes first.
    """

    prompt: str = setting("", help="text put before each sentence", verbatim=True)
    second_prompt: str | None = setting(
        None,
        help="text put before the second sentence of each pair, such as a document's where the"
        " first is a query; none: as prompt",
        verbatim=True,
    )
    dim: int | None = setting(
        None,
        help="keep the first N dimensions of each vector, at length 1; none: all, as they are",
        source="Kusupati et al. (2022), Matryoshka",
    )
    precision: Precision = setting(
        "float32",
        help="round vectors as a vector store keeps them: int8 and uint8 to 255 steps of each"
        " dimension's range over the task's sentences, binary and ubinary to one bit",
        source="sentence-transformers' quantize_embeddings",
    )
    similarity: VectorSimilarity | None = setting(
        None,
        help="how two vectors are compared, whatever the task's own similarity is; none: as the"
        " task says, bits by their Hamming distance",
    )

    def __post_init__(self) -> None:
        """Refuse what cannot be, and give one meaning one form.

        A second prompt stands only where it is another, and what compares bits is named.
        """
        if self.second_prompt == self.prompt:
            object.__setattr__(self, "second_prompt", None)
        if self.dim is not None and self.dim < 1:
            raise ValueError(f"dim must be 1 or more, got {self.dim}")
        if self.precision in BITS and self.similarity is None:
            object.__setattr__(self, "similarity", "hamming")
        if self.similarity == "hamming" and self.precision not in BITS:
            bits = " or ".join(BITS)
            raise ValueError(f"similarity=hamming needs precision={bits}, got {self.precision}")

    @property
    def changes_vectors(self) -> bool:
        """Whether vectors are shortened or rounded."""
        return self.dim is not None or self.precision != "float32"

    def process(self, vectors: Embeddings) -> Embeddings:
        """Shorten and round vectors, each dimension's range being that of these vectors.

        Args:
            vectors: Shape: (n, width).

        Returns:
            Shape: (n, dim).

        Raises:
            SettingError: If the vectors have fewer dimensions than are to be kept.
        """
        kept = vectors if self.dim is None else shorten(vectors, self.dim)
        return quantise(kept, self.precision)

    def describe(self, count: int) -> dict[str, str]:
        """Return what a record says of vectors that were rounded, `count` of a task."""
        if self.precision not in ("int8", "uint8"):
            return {}
        return {"ranges": f"of each dimension over the task's {count} distinct sentences"}

    @property
    def prompts(self) -> tuple[str, str]:
        """What is put before a first sentence, and before a second one."""
        return self.prompt, self.prompt if self.second_prompt is None else self.second_prompt

    def changed(self) -> dict[str, Any]:
        """Return the settings that differ from the defaults, by name."""
        return changed_settings(self)


COMMON_NAMES = frozenset(each.name for each in dataclasses.fields(CommonSettings))
