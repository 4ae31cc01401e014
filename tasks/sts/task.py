"""Semantic textual similarity: how well similarity of vectors ranks pairs as people do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from harness.data import DataFile, DataFolder
from harness.errors import ScoringError, quoted
from harness.processed_vectors import VectorSimilarity
from harness.results.families import PROTOCOLS
from harness.results.records.record import SCORED_ZERO, TRACKS
from harness.results.statistics.binary_metrics import BINARY_METRICS
from harness.results.statistics.protocols import PAIR_METRICS, protocol_scores
from harness.settings import setting
from harness.task import OnProgress, Sides, StsSizes, TaskResult, Vectors, no_progress
from harness.tasks.sts.files import ScoredPairs
from harness.tasks.sts.similarity import Similarity, rounding, similarities
from harness.tasks.text_form import TextForm, text_form


@dataclass(frozen=True)
class StsSettings:
    """How pairs are compared."""

    similarity: Similarity = setting(
        "cosine",
        help="how two vectors are compared; cosine-tied: float64, identical sentences tie",
        source="Conneau & Kiela (2018)",
    )
    nan: Literal["fail", "zero"] = setting(
        "fail",
        help="a pair with a zero or non-finite vector fails the task, or scores 0 as in SentEval",
    )
    kendall: bool = setting(default=False, help="also compute Kendall's tau-b")


class StsTask:
    """One STS data set, read and checked.

    Args:
        title: Its name in messages.
        splits: Split name to its pairs, in the order of the shared task.
        settings: How pairs are compared.
        expected: Published number of scored pairs in each split.
        cased: Whether SentEval keeps the text's case; None for text that it does not have.
        binary: Whether gold is 1 or 0 for every pair, and the metrics of such are computed too.
        tracks: Whether the splits are tracks, each reported by itself.
    """

    def __init__(
        self,
        title: str,
        splits: Mapping[str, ScoredPairs],
        settings: StsSettings,
        expected: Mapping[str, int],
        *,
        cased: bool | None = None,
        binary: bool = False,
        tracks: bool = False,
    ) -> None:
        self._title = title
        self._splits = splits
        self._settings = settings
        self._expected = expected
        self._cased = cased
        self._binary = binary
        self._tracks = tracks

    @property
    def splits(self) -> Mapping[str, ScoredPairs]:
        """The pairs of each split."""
        return self._splits

    @property
    def files(self) -> tuple[DataFile, ...]:
        """The files of all splits."""
        return tuple(file for pairs in self._splits.values() for file in pairs.files)

    @property
    def sentences(self) -> tuple[str, ...]:
        """Both sides of every scored pair."""
        sides = [(*pairs.first, *pairs.second) for pairs in self._splits.values()]
        return tuple(sentence for side in sides for sentence in side)

    @property
    def sides(self) -> Sides:
        """The first sentences of the scored pairs, and the second ones."""
        every = self._splits.values()
        return Sides(
            [sentence for pairs in every for sentence in pairs.first],
            [sentence for pairs in every for sentence in pairs.second],
        )

    @property
    def item_texts(self) -> dict[str, list[tuple[str, str]]]:
        """Both sentences of every scored pair, by split."""
        return {
            name: list(zip(pairs.first, pairs.second, strict=True))
            for name, pairs in self._splits.items()
        }

    @property
    def scored_pairs(self) -> tuple[tuple[str, str, float], ...]:
        """Every pair of every split with its gold score, from 0 to 5."""
        return tuple(
            (first, second, float(gold))
            for pairs in self._splits.values()
            for first, second, gold in zip(pairs.first, pairs.second, pairs.gold, strict=True)
        )

    def score(self, vectors: Vectors, *, on_progress: OnProgress = no_progress) -> TaskResult:  # noqa: ARG002 - quick
        """Correlate similarities with gold under every protocol.

        A split whose gold scores or similarities are all equal has no correlation, nor have
        protocols that average it in; ``all`` and the other splits have theirs.

        Raises:
            ScoringError: If a vector is zero or not finite (unless ``nan=zero``), or there is no
                correlation over all pairs either.
        """
        found = self._similarities(vectors)
        system = {name: np.nan_to_num(values, nan=0.0) for name, values in found.items()}
        metrics = ["spearman", "pearson", *(["kendall"] if self._settings.kendall else [])]
        metrics += BINARY_METRICS if self._binary else ()
        columns = [(system[name], pairs.gold) for name, pairs in self._splits.items()]
        scores: dict[str, dict[str, float]] = {}
        for metric in metrics:
            by_protocol = protocol_scores(columns, metric)
            scores[metric] = {
                protocol: score
                for protocol, score in by_protocol.items()
                if len(columns) > 1 or protocol == "all"  # of one split all three are the same
            }
        undefined = self._undefined(system)
        if not np.isfinite([by_protocol["all"] for by_protocol in scores.values()]).all():
            reasons = "; ".join(
                f"all {what} of split {name} are equal" for name, what in undefined.items()
            )
            raise ScoringError(
                f"{self._title}: {reasons or 'similarities are too large to be compared'}"
            )
        return TaskResult(
            scores=scores,
            splits={
                name: {"pairs": len(pairs.gold)}
                | {metric: PAIR_METRICS[metric](system[name], pairs.gold) for metric in metrics}
                for name, pairs in self._splits.items()
            },
            items={
                name: {"system": system[name].tolist(), "gold": pairs.gold.tolist()}
                for name, pairs in self._splits.items()
            },
            details={
                **self._details(),
                **self._rounding(vectors, found),
                **_scored_zero(found),
                **({"undefined_splits": undefined} if undefined else {}),
            },
        )

    def _undefined(self, system: Mapping[str, NDArray[np.float64]]) -> dict[str, str]:
        """Return the splits without a correlation, and of what all values are equal there."""
        undefined = {}
        for name, pairs in self._splits.items():
            sides = {"gold scores": pairs.gold, "similarities": system[name]}
            equal = [what for what, values in sides.items() if (values == values[0]).all()]
            if equal:
                undefined[name] = " and ".join(equal)
        return undefined

    def _similarities(self, vectors: Vectors) -> dict[str, NDArray[np.float64]]:
        """Return each split's similarities, nan where --nan zero lets a pair score 0."""
        found: dict[str, NDArray[np.float64]] = {}
        bad: list[str] = []
        for name, pairs in self._splits.items():
            sides = vectors.pair(pairs.first, pairs.second)
            values = similarities(*sides, self._similarity(vectors))
            bad += [pairs.first[row] for row in np.flatnonzero(np.isnan(values))]
            found[name] = values
        if bad and self._settings.nan == "fail":
            total = sum(len(pairs.gold) for pairs in self._splits.values())
            raise ScoringError(
                f"{self._title}: {len(bad)} of {total} pairs have a zero or non-finite vector,"
                f" the first at {quoted(bad[0])}; --nan zero scores such pairs 0, as SentEval does"
            )
        return found

    def _similarity(self, vectors: Vectors) -> VectorSimilarity:
        """How these vectors are compared: the encoder's own way comes before the task's."""
        return vectors.similarity or self._settings.similarity

    def _rounding(
        self, vectors: Vectors, found: Mapping[str, NDArray[np.float64]]
    ) -> dict[str, dict[str, dict[str, float]]]:
        """Return the splits whose similarities differ by rounding alone; nothing for none."""
        rounded = {}
        for name, pairs in self._splits.items():
            values = found[name][np.isfinite(found[name])]
            spread = float(np.ptp(values)) if len(values) else 0.0
            sides = vectors.pair(pairs.first, pairs.second)
            limit = rounding(*sides, self._similarity(vectors))
            if spread <= limit:
                rounded[name] = {"spread": spread, "rounding": limit}
        return {"rounding": rounded} if rounded else {}

    def _details(self) -> dict[str, Any]:
        counts = {name: len(pairs.gold) for name, pairs in self._splits.items()}
        differing = {
            name: {"pairs": counts[name], "published": published}
            for name, published in self._expected.items()
            if counts[name] != published
        }
        details = {"unpublished_counts": differing} if differing else {}
        return {**details, **({TRACKS: True} if self._tracks else {}), **self._text}

    @cached_property
    def _text(self) -> dict[str, TextForm]:
        """Form of the text, the same for every encoder; nothing where it has no other."""
        if self._cased is None:
            return {}
        forms = {
            text_form((*pairs.first, *pairs.second), cased=self._cased)
            for pairs in self._splits.values()
        }
        return {"text": "raw" if "raw" in forms else "tokenised"}


def _scored_zero(
    found: Mapping[str, NDArray[np.float64]],
) -> dict[str, dict[str, int]]:
    """Return how many pairs of each split had no similarity; nothing for none."""
    missing = {name: int(np.isnan(values).sum()) for name, values in found.items()}
    counts = {name: count for name, count in missing.items() if count}
    return {SCORED_ZERO: counts} if counts else {}


@dataclass(frozen=True)
class StsDefinition:
    """What is registered under an STS task's name.

    Attributes:
        title: Name in tables.
        summary: One line about it.
        citation: The paper to cite.
        pairs: Published number of scored pairs in each split, in the task's order; None where
            none is.
        reader: Reads one split.
        family: Tasks of one family share a table.
        parts: Splits of the data set's ``train``, ``valid`` and ``test`` parts, where the task
            stands for more than the test part.
        cased: Whether SentEval keeps the text's case; None for text that it does not have.
        tracks: Whether the splits are tracks, each reported by itself.
    """

    title: str
    summary: str
    citation: str
    pairs: Mapping[str, int | None]
    reader: Callable[[DataFolder, str], ScoredPairs]
    family: str = "sts"
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    cased: bool | None = None
    tracks: bool = False

    Settings: ClassVar[type[StsSettings]] = StsSettings

    @property
    def description(self) -> str:
        """Splits with their published numbers of pairs, and protocols."""
        splits = ", ".join(f"{name} {pairs or ''}".strip() for name, pairs in self.pairs.items())
        protocols = "; ".join(f"{name}, {meaning}" for name, meaning in PROTOCOLS.items())
        shown = protocols if len(self.pairs) > 1 else f"all, {PROTOCOLS['all']}"
        return f"Pairs: {splits}\nProtocols: {shown}"

    def sizes(self, data: DataFolder) -> StsSizes:
        """Count the pairs of the data set, as `sts_sizes` shows them."""
        parts = self.parts or {"test": tuple(self.pairs)}
        read = {
            part: [self.reader(data, split) for split in splits] for part, splits in parts.items()
        }
        scored = {part: sum(len(pairs.gold) for pairs in files) for part, files in read.items()}
        written = sum(pairs.files[0].rows for files in read.values() for pairs in files)
        return StsSizes(
            **{part: scored.get(part, 0) for part in ("train", "valid", "test")},
            sentences=2 * written,
        )

    def __call__(self, data: DataFolder, settings: StsSettings) -> StsTask:
        """Read and check the splits."""
        splits = {name: self.reader(data, name) for name in self.pairs}
        published = {name: pairs for name, pairs in self.pairs.items() if pairs is not None}
        expected = {} if data.is_sample else published
        return StsTask(
            self.title, splits, settings, expected, cased=self.cased, tracks=self.tracks
        )
