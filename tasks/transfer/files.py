"""Read the labelled sentences and pairs of SentEval's transfer tasks, quirks included."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.data import DataFile, DataFolder
from harness.errors import quoted
from harness.tasks.data_lines import TextFile, clean_sentence, read_lines

Labels = NDArray[np.int64]


@dataclass(frozen=True)
class LabelledSentences:
    """Rows of one part of a data set: single sentences, or pairs.

    Attributes:
        columns: One tuple of sentences, or two for pairs. A blank line is an empty sentence, as
            in SentEval.
        labels: Class, or relatedness, of each row. Shape: (rows,).
        files: What the rows were read from.
    """

    columns: tuple[tuple[str, ...], ...]
    labels: NDArray[np.generic]
    files: tuple[DataFile, ...]

    def sorted_as_senteval(self) -> "LabelledSentences":
        """Return the rows by number of tokens in each column, then label; equal ones in order."""
        lengths = [np.array([len(text.split()) for text in column]) for column in self.columns]
        order = np.lexsort((self.labels, *reversed(lengths)))  # the last key counts most
        columns = tuple(tuple(column[row] for row in order) for column in self.columns)
        return LabelledSentences(columns, self.labels[order], self.files)


def read_two_files(data: DataFolder, positive: str, negative: str) -> LabelledSentences:
    """Read a data set with one file per class: label 1, then label 0.

    Raises:
        MissingDataError: If a file is absent.
        BadDataError: If a file is empty.
    """
    sides = [
        read_lines(data, "senteval", name, encoding="latin-1") for name in (positive, negative)
    ]
    sentences = tuple(clean_sentence(line) for side in sides for line in side.lines)
    labels = np.repeat([1, 0], [len(side.lines) for side in sides])
    files = tuple(side.as_data_file(len(side.lines)) for side in sides)
    return LabelledSentences((sentences,), labels, files)


def read_sst(data: DataFolder, kind: str, split: str) -> LabelledSentences:
    """Read ``SST/binary`` (sentence, tab, label) or ``SST/fine`` (label, space, sentence).

    Raises:
        MissingDataError: If the file is absent.
        BadDataError: If a row does not fit.
    """
    file = read_lines(data, "senteval", f"SST/{kind}/sentiment-{split}")

    def parse(row: int, line: str) -> tuple[str, str]:
        if kind == "binary":
            sentence, label = file.columns(row, 2)
            return label.strip(), sentence
        label, space, sentence = line.partition(" ")
        if not space:
            raise file.error(row, f"must have a sentence and a label, got {quoted(line)}")
        return label.strip(), sentence

    classes = {str(label): label for label in range(2 if kind == "binary" else 5)}
    return _labelled(file, parse, classes)


_QUESTIONS = {"ABBR": 0, "DESC": 1, "ENTY": 2, "HUM": 3, "LOC": 4, "NUM": 5}


def read_trec(data: DataFolder, name: str) -> LabelledSentences:
    """Read TREC questions: ``LABEL:fine question``, latin-1; the coarse label counts.

    Raises:
        MissingDataError: If the file is absent.
        BadDataError: If a row does not fit.
    """
    file = read_lines(data, "senteval", f"TREC/{name}", encoding="latin-1")

    def parse(row: int, line: str) -> tuple[str, str]:
        label, colon, rest = line.strip().partition(":")
        _fine, space, question = rest.partition(" ")
        if not colon or not space:
            raise file.error(row, f"must be LABEL:fine question, got {quoted(line)}")
        return label, question

    return _labelled(file, parse, _QUESTIONS)


def read_mrpc(data: DataFolder, split: str) -> LabelledSentences:
    """Read MRPC: header, then quality, two ids and two sentences, tab-separated.

    Raises:
        MissingDataError: If the file is absent.
        BadDataError: If a row does not fit.
    """
    file = read_lines(data, "senteval", f"MRPC/msr_paraphrase_{split}.txt")
    columns = file.table("Quality", 5)
    labels = _labels(file, 1, [row[0] for row in columns], {"0": 0, "1": 1})
    return _pairs(file, [(row[3], row[4]) for row in columns], labels)


_ENTAILMENT = {"CONTRADICTION": 0, "NEUTRAL": 1, "ENTAILMENT": 2}


def read_sick_entailment(data: DataFolder, split: str) -> LabelledSentences:
    """Read SICK with its entailment labels.

    Raises:
        MissingDataError: If the file is absent.
        BadDataError: If a row does not fit.
    """
    file = read_lines(data, "senteval", f"SICK/SICK_{split}.txt")
    columns = file.table("pair_ID", 5)
    labels = _labels(file, 1, [row[4] for row in columns], _ENTAILMENT)
    return _pairs(file, [(row[1], row[2]) for row in columns], labels)


def _labelled(
    file: TextFile, parse: Callable[[int, str], tuple[str, str]], classes: dict[str, int]
) -> LabelledSentences:
    parsed = [parse(row, line) for row, line in enumerate(file.lines)]
    labels = _labels(file, 0, [label for label, _ in parsed], classes)
    sentences = tuple(clean_sentence(sentence) for _, sentence in parsed)
    return LabelledSentences((sentences,), labels, (file.as_data_file(len(parsed)),))


def _labels(file: TextFile, start: int, texts: Sequence[str], classes: dict[str, int]) -> Labels:
    """Read the labels of the rows from `start` on."""
    for row, text in enumerate(texts, start):
        if text.strip() not in classes:
            known = ", ".join(classes)
            raise file.error(row, f"label must be one of {known}, got {quoted(text.strip())}")
    return np.array([classes[text.strip()] for text in texts], dtype=np.int64)


def _pairs(file: TextFile, sides: list[tuple[str, str]], labels: Labels) -> LabelledSentences:
    cleaned = [(clean_sentence(first), clean_sentence(second)) for first, second in sides]
    for index, pair in enumerate(cleaned, start=1):
        if not all(pair):
            raise file.error(index, "both sentences must have words, got an empty one")
    firsts, seconds = zip(*cleaned, strict=True) if cleaned else ((), ())
    return LabelledSentences((firsts, seconds), labels, (file.as_data_file(len(cleaned)),))
