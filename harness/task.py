"""The contract every task fulfils.

A task is made by calling its definition with a `DataFolder` and the task's own settings; making
it reads and checks all its files, so that bad data is found before any model loads.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from harness.common_settings import CommonSettings
from harness.data import DataFile, DataFolder
from harness.encoder import Embeddings, HookLookup
from harness.processed_vectors import VectorSimilarity
from harness.settings import Settings

Scores: TypeAlias = Mapping[str, Any]
"""Metric name to value, or to protocol name to value; fractions, never percentages."""

OnProgress: TypeAlias = Callable[[str, int, int], None]
"""Called with what is being done, how many pieces of it are done, and how many there are."""


OnRead: TypeAlias = Callable[[str], None]
"""Called with one line about what a task has read."""


def no_progress(label: str, done: int, total: int) -> None:
    """Report nothing."""


class Sides(NamedTuple):
    """Sentences by where they stand in a pair; those that stand in none are first ones.

    Attributes:
        first: Repeats allowed.
        second: Repeats allowed; a sentence may be on both sides.
    """

    first: Sequence[str]
    second: Sequence[str]


class Vectors:
    """The vectors of the distinct sentences of a run, looked up by sentence.

    Args:
        rows: Sentence to its row; of first sentences alone where second ones have their own.
        matrix: Shape: (n_distinct_sentences, dim).
        second: Second sentence to its row, where the encoder or the prompt is another one there;
            None where a sentence has one vector wherever it stands.
        common: What becomes of the vectors, and how they are compared.
    """

    def __init__(
        self,
        rows: Mapping[str, int],
        matrix: Embeddings,
        second: Mapping[str, int] | None = None,
        common: CommonSettings = CommonSettings(),
    ) -> None:
        self._rows = rows
        self._second = second
        self.matrix = matrix
        self._common = common

    @property
    def similarity(self) -> VectorSimilarity | None:
        """How the vectors are compared; None for the task's own way."""
        return self._common.similarity

    def followed_by(self, common: CommonSettings) -> "Vectors":
        """Return these vectors with what `processed` does to them."""
        return Vectors(self._rows, self.matrix, self._second, common)

    @property
    def has_sides(self) -> bool:
        """Whether second sentences have vectors of their own."""
        return self._second is not None

    def first_side(self) -> "Vectors":
        """Return the vectors of first sentences alone, for whatever side."""
        return Vectors(self._rows, self.matrix, common=self._common)

    def read_only(self) -> "Vectors":
        """Return an object of its own over the same numbers, which from now on nobody changes."""
        self.matrix.setflags(write=False)
        second = None if self._second is None else MappingProxyType({**self._second})
        rows = MappingProxyType({**self._rows})
        return Vectors(rows, self.matrix.view(), second, self._common)

    def beside(self, second: "Vectors") -> "Vectors":
        """Return these vectors of first sentences together with those of second ones."""
        matrix = np.concatenate([self.matrix, second.matrix])
        start = len(self.matrix)
        rows = {each: start + row for each, row in second._rows.items()}  # noqa: SLF001 - its own
        return Vectors(self._rows, matrix, rows)

    def processed(self, sides: Sides) -> "Vectors":
        """Return the vectors of a task's sentences as they are compared: shortened, rounded.

        Args:
            sides: The sentences, over which a dimension's range is taken.
        """
        if not self._common.changes_vectors:
            return self
        first, second = dict.fromkeys(sides.first), dict.fromkeys(sides.second)
        if self._second is None:
            first, second = {**first, **second}, {}
        places = np.concatenate([self.rows([*first]), self.second_rows([*second])])
        kept, numbers = np.unique(places, return_inverse=True)
        rows = numbers.tolist()
        return Vectors(
            dict(zip(first, rows, strict=False)),
            self._common.process(self.matrix[kept]),
            None if self._second is None else dict(zip(second, rows[len(first) :], strict=True)),
            self._common,
        )

    def rows(self, sentences: Sequence[str]) -> NDArray[np.intp]:
        """Return the row of each sentence in `matrix`. Shape: (n_sentences,)."""
        return np.fromiter((self._rows[s] for s in sentences), np.intp, len(sentences))

    def second_rows(self, sentences: Sequence[str]) -> NDArray[np.intp]:
        """Return the row of each second sentence of a pair in `matrix`. Shape: (n_sentences,)."""
        rows = self._rows if self._second is None else self._second
        return np.fromiter((rows[s] for s in sentences), np.intp, len(sentences))

    def of(self, sentences: Sequence[str]) -> Embeddings:
        """Return one vector per sentence. Shape: (n_sentences, dim)."""
        return self.matrix[self.rows(sentences)]

    def pair(self, first: Sequence[str], second: Sequence[str]) -> tuple[Embeddings, Embeddings]:
        """Return the vectors of both sides of pairs. Two of shape (n_pairs, dim)."""
        return self.of(first), self.matrix[self.second_rows(second)]


@dataclass(frozen=True)
class TaskResult:
    """What a task found out about one encoder.

    Attributes:
        scores: Headline scores, fractions: ``{"spearman": {"mean": .., "wmean": .., "all": ..}}``
            or ``{"accuracy": ..}``.
        splits: Scores and counts of each split.
        items: Split to columns with one number per item (system score, gold), for statistics.
        dev_scores: Scores on held-out training data, where the task has them.
        details: How the scores came about: chosen hyperparameters, convergence.
    """

    scores: Scores
    splits: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    items: Mapping[str, Mapping[str, Sequence[float]]] = field(default_factory=dict)
    dev_scores: Scores = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)


class Task(Protocol):
    """One data set, read and checked.

    What else it may have is `TaskIdentity`.
    """

    @property
    def files(self) -> Sequence[DataFile]:
        """The files the task was read from."""
        ...

    @property
    def sentences(self) -> Sequence[str]:
        """Every sentence that `score` looks up; repeats allowed."""
        ...

    def score(self, vectors: Vectors, *, on_progress: OnProgress = no_progress) -> TaskResult:
        """Score one encoder's vectors.

        Args:
            vectors: One for each of `sentences`.
            on_progress: Called with the progress of a long scoring.

        Raises:
            ScoringError: If the vectors cannot be scored.
        """
        ...


class TaskIdentity(Protocol):
    """What a task that is read may have besides, with the default of each.

    A definition that reads any file, rather than one data set, learns only then what it has read.

    Attributes:
        name: What records call it; empty for the registered name.
        title: Name in tables; empty for that of its definition.
        settings: Those it came to, what was left open filled in with what was found; None for
            those that it was made with.
        understood: One line about what was read, such as ``reviews.tsv: 1,204 pairs, columns q,
            a, grade``; commands print it, and records keep it.
        metrics: What it can measure of this data; empty for all that its definition can.
        sides: Its sentences by where they stand in a pair: with `Vectors.pair` it looks up those
            that are second, with `Vectors.of` first ones alone. None if it does not say: second
            sentences then are as first ones, whatever prompt they should have.
        item_texts: By split, the sentence or the pair of sentences of each scored item, in the
            order of `TaskResult.items`; None if it does not say: ``harness report --with-text``
            then has none to show.
    """

    name: str = ""
    title: str = ""
    settings: Settings | None = None
    understood: str = ""
    metrics: Sequence[str] = ()
    sides: Sides | None = None
    item_texts: Mapping[str, Sequence[Sequence[str]]] | None = None


class _TaskIdentity(HookLookup, TaskIdentity):
    """The identity of one task."""


def task_identity(task: Task) -> TaskIdentity:
    """Return the identity of a task that is read, defaults in place of what it does not have."""
    return _TaskIdentity(task)


class TaskDefinition(Protocol):
    """What is registered under a task's name.

    What else it may have is `OptionalHooks`.

    Attributes:
        title: Name in tables, as papers print it.
        family: Tasks of one family share a table: ``sts``, ``transfer``.
        summary: One line for ``harness tasks list``.
        citation: The paper to cite.
        Settings: The dataclass of the task's settings.
    """

    title: str
    family: str
    summary: str
    citation: str
    Settings: type[Settings]

    def __call__(self, data: DataFolder, settings: Any) -> Task:  # noqa: ANN401 - the task's own
        """Read and check the task's files."""
        ...


class StsSizes(NamedTuple):
    """Numbers of scored pairs by part, and of the sentences of all pairs, scored or not."""

    train: int
    valid: int
    test: int
    sentences: int


class OptionalHooks(Protocol):
    """What a task's definition may have besides, with the default of each.

    Each hook is looked up by its name: a definition has those it needs, and inherits nothing.

    Attributes:
        slow: Whether scoring takes so long that a result is kept and used again.
        description: Lines for ``harness tasks show``: splits and protocols.
        metrics: What the task can measure; empty for the metrics of its family.
        lower_is_better: Those of its metrics whose lowest score is the best. ``mse``, ``rmse`` and
            ``mae`` need not be named.
    """

    slow: bool = False
    description: str = ""
    metrics: tuple[str, ...] = ()
    lower_is_better: tuple[str, ...] = ()

    def sizes(self, data: DataFolder) -> StsSizes | None:  # noqa: ARG002 - a default needs none
        """Count the data set that the task stands for; None if it cannot be counted."""
        return None


class _TaskHooks(HookLookup, OptionalHooks):
    """The hooks of one definition."""


def task_hooks(definition: TaskDefinition) -> OptionalHooks:
    """Return the hooks of a definition, defaults in place of missing ones."""
    return _TaskHooks(definition)
