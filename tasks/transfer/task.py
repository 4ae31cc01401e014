"""SentEval's transfer tasks: how well a linear classifier on frozen vectors does."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from harness.data import DataFile, DataFolder
from harness.errors import ScoringError
from harness.machine.device import choose_device
from harness.results.progress import Counted
from harness.settings import setting
from harness.task import OnProgress, Sides, TaskResult, Vectors, no_progress
from harness.tasks.classifiers.features import Features, LabelledFeatures
from harness.tasks.classifiers.folds import Rows
from harness.tasks.classifiers.result import TransferResult
from harness.tasks.classifiers.settings import (
    SENTEVAL,
    SENTEVAL_FAST,
    SKLEARN,
    HeadSettings,
    LogisticSettings,
)
from harness.tasks.classifiers.split_protocols import TransferClassifier
from harness.tasks.transfer.files import LabelledSentences

CLASSIFIERS: dict[str, HeadSettings | LogisticSettings] = {
    settings.name: settings for settings in (SENTEVAL, SENTEVAL_FAST, SKLEARN)
}

SplitProtocol: TypeAlias = Literal["nested_k_fold", "k_fold_then_test", "train_dev_test"]

_EVEN = 1e-3  # relative difference of fold sizes that no shown digit of an accuracy depends on

Parts = Mapping[str, LabelledSentences]
"""``all``; ``train`` and ``test``; or ``train``, ``dev`` and ``test``."""


@dataclass(frozen=True)
class TransferSettings:
    """Which classifier is trained on the vectors."""

    classifier: Literal["senteval", "senteval-fast", "sklearn"] = setting(
        "senteval",
        help="classifier of the transfer tasks: SentEval's in torch (10 folds), its fast settings"
        " (5), or scikit-learn's",
        source="Conneau & Kiela (2018)",
    )
    loss: Literal["mean", "sum"] = setting(
        "mean",
        help="cross entropy of a batch: mean as SentEval on today's torch, sum as on torch < 0.4;"
        " weight decay is 64 times weaker against sum",
    )
    device: str = setting("auto", help="where the classifiers are trained: auto, cpu, cuda, mps")


class TransferTask:
    """One transfer data set, read, checked and in SentEval's order.

    Args:
        definition: What it is.
        parts: Its rows.
        settings: Which classifier.
    """

    def __init__(
        self, definition: "TransferDefinition", parts: Parts, settings: TransferSettings
    ) -> None:
        self._definition = definition
        self.parts = {name: part.sorted_as_senteval() for name, part in parts.items()}
        self._settings = settings

    @property
    def files(self) -> tuple[DataFile, ...]:
        """The files of all parts."""
        return tuple(file for part in self.parts.values() for file in part.files)

    @property
    def sentences(self) -> tuple[str, ...]:
        """Every sentence of every row."""
        columns = [column for part in self.parts.values() for column in part.columns]
        return tuple(sentence for column in columns for sentence in column)

    @property
    def sides(self) -> Sides:
        """The sentences of the first column, and of the second where rows are pairs."""
        return column_sides(self.parts.values())

    @property
    def item_texts(self) -> dict[str, list[tuple[str, ...]]]:
        """The sentence or the pair of every row that is tested."""
        return {"test": list(zip(*self._tested.columns, strict=True))}

    @property
    def _tested(self) -> LabelledSentences:
        """The rows on which a classifier is tested: of nested folds all."""
        return self.parts.get("test") or self.parts["all"]

    def score(self, vectors: Vectors, *, on_progress: OnProgress = no_progress) -> TaskResult:
        """Train the classifiers and test them.

        Raises:
            ScoringError: If the vectors or classes allow no classifier.
        """
        try:
            result = self._classify(vectors, on_progress)
        except ValueError as error:
            raise ScoringError(f"{self._definition.title}: {error}") from error
        scores = {"accuracy": result.accuracy}
        if self._definition.f1 and result.f1 is not None:
            scores["f1"] = result.f1
        tested = self._tested
        return TaskResult(
            scores=scores,
            dev_scores={"accuracy": result.dev_accuracy},
            splits={
                name: {"rows": len(part.labels)}
                | ({"accuracy": result.accuracy} if part is tested else {})
                for name, part in self.parts.items()
            },
            items={"test": _items(result, tested.labels)},
            details=self._details(result),
        )

    def _classify(self, vectors: Vectors, on_progress: OnProgress) -> TransferResult:
        settings = CLASSIFIERS[self._settings.classifier]
        if isinstance(settings, HeadSettings):
            settings = dataclasses.replace(settings, loss=self._settings.loss)
        rows, start = {}, 0
        for name, part in self.parts.items():
            rows[name] = np.arange(start, start + len(part.labels))
            start += len(part.labels)
        data = LabelledFeatures(
            np.concatenate([pair_features(vectors, part) for part in self.parts.values()]),
            np.concatenate([part.labels for part in self.parts.values()]).astype(np.int64),
            self._definition.classes,
        )
        done = 0

        def progress(heads: int) -> None:
            nonlocal done
            done += heads
            total = classifier.heads_to_train()[self._definition.split_protocol]
            on_progress(Counted(f"scoring {self._definition.title}", "classifiers"), done, total)

        device = choose_device(self._settings.device)
        classifier = TransferClassifier(data, settings, device=device, progress=progress)
        return _SPLIT_PROTOCOLS[self._definition.split_protocol](classifier, rows)

    def _details(self, result: TransferResult) -> dict[str, object]:
        dev, test = result.senteval_percent()
        details: dict[str, object] = {
            "protocol": result.protocol,
            "split_protocol": self._definition.split_protocol,
            "strength": "C" if result.protocol == SKLEARN.name else "L2",
            "chosen_strengths": list(result.strengths),
            "fold_accuracies": list(result.accuracies),
            "fold_dev_accuracies": list(result.dev_accuracies),
            "rounds": list(result.rounds),
            "heads": result.heads,
            "unconverged": result.unconverged,
            "senteval_percent": {"dev": dev, "test": test},
        }
        return details | ({} if result.protocol == SKLEARN.name else {"loss": self._settings.loss})


def _items(result: TransferResult, gold: NDArray[np.generic]) -> dict[str, list[float]]:
    """Return the columns of the test rows.

    The accuracy is the mean over folds. Where these differ in size by more than a row in a
    thousand, that is not the share of right predictions, and columns say which are right, and
    what each row weighs.
    """
    items = {
        "system": result.predictions.astype(float).tolist(),
        "gold": gold.astype(float).tolist(),
    }
    if np.ptp(result.weights) > _EVEN:
        items["accuracy"] = (result.predictions == gold).astype(float).tolist()
        items["weight"] = result.weights.tolist()
    return items


_SPLIT_PROTOCOLS: dict[str, Callable[[TransferClassifier, Mapping[str, Rows]], TransferResult]] = {
    "nested_k_fold": lambda classifier, _: classifier.nested_k_fold(),
    "k_fold_then_test": lambda classifier, rows: classifier.k_fold_then_test(
        rows["train"], rows["test"]
    ),
    "train_dev_test": lambda classifier, rows: classifier.train_dev_test(
        rows["train"], rows["dev"], rows["test"]
    ),
}


def column_sides(parts: Iterable[LabelledSentences]) -> Sides:
    """Return the sentences of rows by their column; none is second where rows are no pairs."""
    columns = [part.columns for part in parts]
    first = [sentence for column, *_ in columns for sentence in column]
    return Sides(first, [text for _, *others in columns for other in others for text in other])


def pair_features(vectors: Vectors, part: LabelledSentences) -> Features:
    """Return u for sentences, [abs(u - v), u * v] for pairs. Shape: (rows, dim or 2 dim)."""
    if len(part.columns) == 1:
        return vectors.of(part.columns[0])
    first, second = vectors.pair(*part.columns)
    return np.concatenate([np.abs(first - second), first * second], axis=1)


@dataclass(frozen=True)
class TransferDefinition:
    """What is registered under a transfer task's name.

    Attributes:
        title: Name in tables.
        summary: One line about it.
        citation: The paper to cite.
        classes: Number of classes.
        split_protocol: Which of SentEval's split protocols.
        reader: Reads the parts.
        f1: Whether F1 is reported too.
        family: Tasks of one family share a table.
        slow: Scoring takes long enough to keep its result.
    """

    title: str
    summary: str
    citation: str
    classes: int
    split_protocol: SplitProtocol
    reader: Callable[[DataFolder], Parts]
    f1: bool = False
    family: str = "transfer"
    slow: bool = True

    Settings: ClassVar[type[TransferSettings]] = TransferSettings

    @property
    def metrics(self) -> tuple[str, ...]:
        """What the task measures."""
        return ("accuracy", "f1") if self.f1 else ("accuracy",)

    def __call__(self, data: DataFolder, settings: TransferSettings) -> TransferTask:
        """Read and check the parts."""
        return TransferTask(self, self.reader(data), settings)
