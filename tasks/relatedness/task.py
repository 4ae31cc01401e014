"""SICK-R and STS-B as SentEval scores them: with a regressor trained on the pairs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from harness.data import DataFile, DataFolder
from harness.errors import ScoringError
from harness.machine.device import choose_device
from harness.results.progress import Counted
from harness.settings import setting
from harness.task import OnProgress, Sides, TaskResult, Vectors, no_progress
from harness.tasks.relatedness.regressor import RelatednessResult, train_relatedness
from harness.tasks.sts.files import SICK_FILES, ScoredPairs, read_sick, read_sts_benchmark
from harness.tasks.text_form import text_form
from harness.tasks.transfer.files import LabelledSentences
from harness.tasks.transfer.task import column_sides, pair_features

_PARTS = ("train", "dev", "test")


@dataclass(frozen=True)
class RelatednessSettings:
    """How the regressor is trained."""

    loss: Literal["mean", "sum"] = setting(
        "mean", help="squared error of a batch: mean as SentEval on today's torch, sum as before"
    )
    device: str = setting("auto", help="where the regressor is trained: auto, cpu, cuda, mps")


class TrainedRelatednessTask:
    """Scored pairs in three parts, in SentEval's order.

    Args:
        title: Name in messages.
        parts: ``train``, ``dev`` and ``test``.
        settings: How the regressor is trained.
        cased: Whether SentEval keeps the text's case.
    """

    def __init__(
        self,
        title: str,
        parts: dict[str, ScoredPairs],
        settings: RelatednessSettings,
        *,
        cased: bool,
    ) -> None:
        self._title = title
        self._cased = cased
        self._settings = settings
        self._parts = {
            name: LabelledSentences(
                (pairs.first, pairs.second), pairs.gold, pairs.files
            ).sorted_as_senteval()
            for name, pairs in parts.items()
        }

    @property
    def files(self) -> tuple[DataFile, ...]:
        """The files of all parts."""
        return tuple(file for part in self._parts.values() for file in part.files)

    @property
    def sentences(self) -> tuple[str, ...]:
        """Both sides of every pair."""
        columns = [column for part in self._parts.values() for column in part.columns]
        return tuple(sentence for column in columns for sentence in column)

    @property
    def sides(self) -> Sides:
        """The first sentences of the pairs, and the second ones."""
        return column_sides(self._parts.values())

    @property
    def item_texts(self) -> dict[str, list[tuple[str, ...]]]:
        """Both sentences of every test pair."""
        return {"test": list(zip(*self._parts["test"].columns, strict=True))}

    def score(self, vectors: Vectors, *, on_progress: OnProgress = no_progress) -> TaskResult:
        """Train the regressor and correlate its predictions with gold.

        Raises:
            ScoringError: If the vectors allow no regressor.
        """
        parts = [self._parts[name] for name in _PARTS]
        ends = np.cumsum([len(part.labels) for part in parts])
        train, dev, test = np.split(np.arange(ends[-1]), ends[:-1])
        rounds = 0

        def progress(more: int) -> None:
            nonlocal rounds
            rounds += more
            on_progress(Counted(f"scoring {self._title}", "rounds"), rounds, max(rounds, _ROUNDS))

        try:
            result = train_relatedness(
                np.concatenate([pair_features(vectors, part) for part in parts]),
                np.concatenate([part.labels for part in parts]).astype(np.float64),
                train=train,
                dev=dev,
                test=test,
                loss=self._settings.loss,
                device=choose_device(self._settings.device),
                progress=progress,
            )
        except ValueError as error:
            raise ScoringError(f"{self._title}: {error}") from error
        return self._result(result)

    def _result(self, result: RelatednessResult) -> TaskResult:
        gold = self._parts["test"].labels
        return TaskResult(
            scores={"pearson": result.pearson, "spearman": result.spearman, "mse": result.mse},
            dev_scores={"pearson": result.dev_pearson},
            splits={name: {"pairs": len(part.labels)} for name, part in self._parts.items()},
            items={
                "test": {
                    "system": result.predictions.tolist(),
                    "gold": gold.astype(np.float64).tolist(),
                }
            },
            details={
                "protocol": "senteval relatedness",
                "loss": self._settings.loss,
                "rounds": result.rounds,
                "unconverged": int(not result.converged),
                "text": text_form(self.sentences, cased=self._cased),
            },
        )


_ROUNDS = 6  # that a typical run takes; more are counted as they come


@dataclass(frozen=True)
class TrainedRelatednessDefinition:
    """What is registered under the name of a trained relatedness task.

    Attributes:
        title: Name in tables.
        summary: One line about it.
        citation: The paper to cite.
        reader: Reads one part.
        cased: Whether SentEval keeps the text's case.
        family: Tasks of one family share a table.
        slow: Scoring takes long enough to keep its result.
    """

    title: str
    summary: str
    citation: str
    reader: Callable[[DataFolder, str], ScoredPairs]
    cased: bool
    family: str = "relatedness"
    slow: bool = True

    Settings: ClassVar[type[RelatednessSettings]] = RelatednessSettings

    def __call__(self, data: DataFolder, settings: RelatednessSettings) -> TrainedRelatednessTask:
        """Read and check the parts."""
        parts = {part: self.reader(data, part) for part in _PARTS}
        return TrainedRelatednessTask(self.title, parts, settings, cased=self.cased)


SICKR_TRAINED = TrainedRelatednessDefinition(
    title="SICK-R trained",
    summary="SICK relatedness by a trained regressor, as SentEval reports it",
    citation="Marelli et al. (2014), https://aclanthology.org/L14-1314",
    reader=lambda data, part: read_sick(data, SICK_FILES[part]),
    cased=True,
)
STSB_TRAINED = TrainedRelatednessDefinition(
    title="STS-B trained",
    summary="STS Benchmark by a trained regressor, as SentEval reports it",
    citation="Cer et al. (2017), https://aclanthology.org/S17-2001",
    reader=read_sts_benchmark,
    cased=False,
)
