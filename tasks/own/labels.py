"""Labelled sentences or pairs of the user's own: a transfer task of any file."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from harness.data import DataFile
from harness.errors import SettingError
from harness.results.statistics.binary_metrics import BINARY_METRICS
from harness.settings import setting
from harness.table_files.data_sets import PREFIX
from harness.table_files.parts import PartRows, choose_part, read_parts
from harness.task import OnProgress, TaskResult, Vectors, no_progress
from harness.tasks.own.definition import OwnDefinition
from harness.tasks.own.labelled_rows import OwnParts, read_labelled
from harness.tasks.own.names import own_name, own_title
from harness.tasks.own.published import Published
from harness.tasks.sts.similarity import similarities
from harness.tasks.transfer.task import (
    CLASSIFIERS,
    SplitProtocol,
    TransferDefinition,
    TransferSettings,
    TransferTask,
)

_PROTOCOLS: dict[tuple[str, ...], SplitProtocol] = {
    ("all",): "nested_k_fold",
    ("train", "test"): "k_fold_then_test",
    ("train", "dev", "test"): "train_dev_test",
}


@dataclass(frozen=True)
class LabelsSettings(TransferSettings):
    """Where the labelled rows are, and which classifier is trained on their vectors."""

    file: str = setting(
        "",
        help="rows as TSV, CSV, JSON lines, JSON or Parquet, plain, .gz or .xz; or hf:OWNER/NAME",
        recorded=False,
    )
    train: str = setting("", help="file of the training rows, in place of file", recorded=False)
    dev: str = setting("", help="file of the dev rows, beside train and test", recorded=False)
    test: str = setting("", help="file of the test rows, beside train", recorded=False)
    columns: tuple[str, ...] = setting(
        (),
        help="sentence and label, or first sentence, second sentence and label: names of columns,"
        " or positions from 1 where there is no header; none: by their usual names",
    )
    split: str = setting("", help="column of train, dev or test; none: one named split")
    part: str = setting("", help="train, dev or test alone, by nested k-fold; none: all parts")
    positive: str = setting("", help="of two labels, the one that counts as 1; none: by name")
    name: str = setting("", help="what the task is called; none: as the file", recorded=False)

    def __post_init__(self) -> None:
        """Refuse files that do not make a data set.

        Raises:
            ValueError: If they do not; says why.
        """
        parts = [self.train, self.dev, self.test]
        if self.file and any(parts):
            raise ValueError("file must be left out where train and test are given, got both")
        if any(parts) and not (self.train and self.test):
            raise ValueError("train and test must both be given, got one of them alone")
        if any(parts) and (self.split or self.part):
            raise ValueError("split and part must be left out where train and test are given")


class OwnLabels(TransferTask):
    """The labelled rows of one or more files, read and checked.

    Args:
        title: Name in tables.
        read: The rows.
        settings: Those it came to, the columns filled in.
        understood: One line about what was read.
        published: What was known of it.
    """

    def __init__(
        self,
        title: str,
        read: OwnParts,
        settings: LabelsSettings,
        *,
        understood: str,
        published: Published,
    ) -> None:
        definition = TransferDefinition(
            title=title,
            summary="",
            citation="",
            classes=len(read.classes),
            split_protocol=_PROTOCOLS[tuple(read.rows)],
            reader=lambda data: read.rows,
        )
        super().__init__(definition, read.rows, settings)
        self._read = read
        self._published = published
        self._counts = published.checked_counts(read.rows)
        self.name = own_name(settings.name or title)
        self.title = title
        self.settings = settings
        self.understood = understood

    @property
    def classes(self) -> tuple[str, ...]:
        """The labels, in the order of the classes' numbers."""
        return self._read.classes

    @property
    def metrics(self) -> tuple[str, ...]:
        """What can be measured; all but accuracy needs two classes, and the cosine pairs."""
        if not self._read.is_binary:
            return ("accuracy",)
        return ("accuracy", "f1", *(BINARY_METRICS if self._read.are_pairs else ()))

    @property
    def files(self) -> tuple[DataFile, ...]:
        """The files, each once."""
        return self._published.placed(super().files)

    def score(self, vectors: Vectors, *, on_progress: OnProgress = no_progress) -> TaskResult:
        """Train the classifiers and test them; of two classes F1 too, and of pairs the cosine.

        Raises:
            ScoringError: If the vectors or classes allow no classifier.
        """
        from sklearn.metrics import f1_score  # deferred: 1 s that --help need not pay

        result = super().score(vectors, on_progress=on_progress)
        details = {**result.details, "classes": list(self._read.classes), **self._other_counts()}
        if not self._read.is_binary:
            return replace(result, details=details)
        items = result.items["test"]
        scores = {**result.scores, "f1": f1_score(items["gold"], items["system"], zero_division=0)}
        if self._read.are_pairs:
            cosines = self._cosines(vectors)
            missing = int(np.isnan(cosines).sum())
            if missing:
                details["pairs_without_cosine"] = missing
            else:
                gold = np.asarray(items["gold"])
                scores |= {name: metric(cosines, gold) for name, metric in BINARY_METRICS.items()}
                items = {**items, "similarity": cosines.tolist()}
        return replace(result, scores=scores, items={"test": items}, details=details)

    def _other_counts(self) -> dict[str, object]:
        """Return the parts whose numbers of rows are not the published ones; nothing for none."""
        differing = {
            part: {"rows": len(self.parts[part].labels), "published": rows}
            for part, rows in self._counts.items()
            if len(self.parts[part].labels) != rows
        }
        return {"unpublished_counts": differing} if differing else {}

    def _cosines(self, vectors: Vectors) -> NDArray[np.float64]:
        """Return the similarity of each test pair, nan for a zero vector. Shape: (test rows,)."""
        tested = self.parts.get("test") or self.parts["all"]
        first, second = vectors.pair(*tested.columns)
        return similarities(first, second, vectors.similarity or "cosine")


def read_labels(settings: LabelsSettings, published: Published) -> OwnLabels:
    """Read the labelled rows of one file, or of a file for each part.

    Args:
        settings: Where they are, and which classifier is trained.
        published: What is known of them.

    Raises:
        MissingDataError: If there is no such file.
        BadDataError: If one is damaged, or a row does not fit; names line and column.
        SettingError: If the parts are no split protocol's, or two of them are one file.
    """
    parts = _part_files(settings) if settings.train else _file_parts(settings)
    read = read_labelled(parts, settings.columns, settings.positive)
    found = replace(
        settings,
        columns=read.columns,
        positive=read.classes[1] if read.is_binary else "",
    )
    named = settings.name or own_title(settings.file or settings.train, settings.part)
    _refuse_rare(parts, read, settings.classifier)
    tables = dict.fromkeys(source.table.name for source in parts.values())
    form = next(iter(parts.values())).table.form
    return OwnLabels(
        published.title or named,
        read,
        found,
        understood=f"{', '.join(tables)}: {read.understood} ({form})",
        published=published,
    )


def _refuse_rare(parts: Mapping[str, PartRows], read: OwnParts, classifier: str) -> None:
    """Refuse a class with too few rows for the folds, before anything is encoded."""
    folds = CLASSIFIERS[classifier].folds
    part, rows = next(iter(read.rows.items()))
    needed = {"nested_k_fold": folds + 2, "k_fold_then_test": folds}  # folds are left in folds
    fewest = needed.get(_PROTOCOLS[tuple(read.rows)], 1)
    counts = np.bincount(rows.labels.astype(np.int64), minlength=len(read.classes))
    if counts.min() < fewest:
        rare = read.classes[counts.argmin()]
        raise parts[part].table.error(
            None,
            read.columns[-1],
            f"must have at least {fewest} rows of each label for {folds} folds, got"
            f" {counts.min()} of {rare!r}",
        )


def _part_files(settings: LabelsSettings) -> dict[str, PartRows]:
    """Read a file for each part."""
    files = {"train": settings.train, "dev": settings.dev, "test": settings.test}
    parts = {
        part: choose_part(
            read_parts(file, None, settings.columns), part if file.startswith(PREFIX) else "", file
        )[1]
        for part, file in files.items()
        if file
    }
    known: dict[tuple[DataFile, ...], str] = {}
    for part, source in parts.items():
        content = tuple(replace(file, name="") for file in source.table.files)
        other = known.setdefault(content, part)
        if other != part:
            expected = f"{part} must have other rows than {other}"
            raise SettingError(f"{expected}, got the content of {files[other]} in {files[part]}")
    return parts


def _file_parts(settings: LabelsSettings) -> dict[str, PartRows]:
    """Read the parts that one file or data set has."""
    parts = read_parts(settings.file, settings.split, settings.columns)
    if settings.part or len(parts) == 1:
        return {"all": choose_part(parts, settings.part, settings.file)[1]}
    known: dict[str, PartRows] = {
        name: parts[name] for name in ("train", "dev", "test") if name in parts
    }
    if tuple(known) not in _PROTOCOLS:
        raise SettingError(
            f"parts of {settings.file} must be train and test, or train, dev and test, got"
            f" {', '.join(parts)}: choose one with part=NAME"
        )
    return known


LABELS = OwnDefinition(
    title="Own labels",
    summary="a sentence or two and a label per row of your own file: --labels FILE",
    family="labels",
    slow=True,
    Settings=LabelsSettings,
    scoring_settings=TransferSettings,
    read=read_labels,
)
