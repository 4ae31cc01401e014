"""Rows of sentences and a label, with the classes that the training rows have."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from harness.errors import BadDataError, quoted, shorten
from harness.table_files.columns import FIRST, LABEL, SECOND, SENTENCE, choose_columns
from harness.table_files.parts import PartRows
from harness.table_files.table import DataTable
from harness.tasks.data_lines import clean_sentence
from harness.tasks.own.binary_labels import positive_label
from harness.tasks.transfer.files import LabelledSentences

_SINGLE, _PAIR = (SENTENCE, LABEL), (FIRST, SECOND, LABEL)
_MOST_SHOWN = 6  # classes whose numbers of rows are said


@dataclass(frozen=True)
class OwnParts:
    """Labelled rows of a task.

    Attributes:
        rows: ``all``; ``train`` and ``test``; or ``train``, ``dev`` and ``test``.
        classes: The labels, in the order of the classes' numbers.
        columns: Sentence and label, or both sentences and label.
        understood: How many rows of what, for the line that says what was read.
    """

    rows: Mapping[str, LabelledSentences]
    classes: tuple[str, ...]
    columns: tuple[str, ...]
    understood: str

    @property
    def are_pairs(self) -> bool:
        """Whether each row has two sentences."""
        return len(self.columns) == len(_PAIR)

    @property
    def is_binary(self) -> bool:
        """Whether there are two classes."""
        return len(self.classes) == 2  # noqa: PLR2004 - two


def read_labelled(
    parts: Mapping[str, PartRows], columns: Sequence[str], positive: str
) -> OwnParts:
    """Read the rows of each part.

    Args:
        parts: ``all``; ``train`` and ``test``; or ``train``, ``dev`` and ``test``.
        columns: Those that were asked for; empty to go by their usual names.
        positive: Of two labels, the one that is class 1; empty to go by their names.

    Raises:
        BadDataError: If a column is missing, a sentence or label is empty, or a label is none of
            the training rows'.
    """
    chosen = {name: _choose(source.table, columns) for name, source in parts.items()}
    texts = {name: _labels(source, chosen[name][-1]) for name, source in parts.items()}
    training, trained = next(iter(parts.items()))
    classes = _classes(texts[training], positive)
    if (positive and classes[-1] != positive) or len(classes) < 2:  # noqa: PLR2004
        expected = (
            f"two labels, one of them {quoted(positive)}" if positive else "2 labels or more"
        )
        got = shorten(", ".join(classes), 200)
        raise trained.table.error(None, chosen[training][-1], f"must have {expected}, got {got}")
    rows = {
        name: _read(source, chosen[name], texts[name], classes) for name, source in parts.items()
    }
    return OwnParts(rows, classes, chosen[training], _understood(rows, classes, chosen[training]))


def _choose(table: DataTable, columns: Sequence[str]) -> tuple[str, ...]:
    if columns:
        wanted = _SINGLE if len(columns) == len(_SINGLE) else _PAIR
        return choose_columns(table, wanted, columns)
    if not table.has_header:
        return choose_columns(table, _PAIR if len(table.columns) > len(_SINGLE) else _SINGLE)
    try:
        return choose_columns(table, _PAIR)
    except BadDataError:  # no pair: a single sentence, or what is missing for one
        return choose_columns(table, _SINGLE)


def _labels(source: PartRows, column: str) -> list[str]:
    texts = []
    for row in source.rows:
        label = source.table.label(row, column)
        if label is None:
            raise source.table.error(row, column, "must be a label, got -1: the row has none")
        texts.append(label)
    return texts


def _classes(texts: Sequence[str], positive: str) -> tuple[str, ...]:
    """Return the labels in order: integers by value, others by name, of two the positive last."""
    labels = sorted(set(texts))
    if all(_is_integer(label) for label in labels):
        labels.sort(key=int)
    last = positive or (positive_label(labels) or "")
    if len(labels) == 2 and last == labels[0]:  # noqa: PLR2004
        labels.reverse()
    return tuple(labels)


def _is_integer(label: str) -> bool:
    return label.removeprefix("-").isascii() and label.removeprefix("-").isdecimal()


def _read(
    source: PartRows, columns: Sequence[str], texts: Sequence[str], classes: Sequence[str]
) -> LabelledSentences:
    table, numbers = source.table, {label: number for number, label in enumerate(classes)}
    for row, text in zip(source.rows, texts, strict=True):
        if text not in numbers:
            known = shorten(", ".join(classes), 200)
            expected = f"one of the labels of the training rows ({known})"
            raise table.error(row, columns[-1], f"must be {expected}, got {quoted(text)}")
    sentences = tuple(
        tuple(clean_sentence(table.text(row, column)) for row in source.rows)
        for column in columns[:-1]
    )
    labels = np.array([numbers[text] for text in texts], dtype=np.int64)
    return LabelledSentences(sentences, labels, table.files)


def _understood(
    rows: Mapping[str, LabelledSentences], classes: Sequence[str], columns: Sequence[str]
) -> str:
    what = "pairs" if len(columns) == len(_PAIR) else "sentences"
    total = sum(len(part.labels) for part in rows.values())
    counts = Counter(int(label) for part in rows.values() for label in part.labels)
    each = ", ".join(f"{label} {counts[number]:,}" for number, label in enumerate(classes))
    shown = f" ({each})" if len(classes) <= _MOST_SHOWN else ""
    sizes = ", ".join(f"{name} {len(part.labels):,}" for name, part in rows.items())
    split = f"parts {sizes}" if len(rows) > 1 else "nested k-fold"
    said = f"{total:,} {what}, columns {', '.join(columns)}, {len(classes)} classes{shown}"
    return f"{said}, {split}"
