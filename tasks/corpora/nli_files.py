"""Read pairs of natural language inference: TSV or JSON lines, gzipped or not."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from harness.bounded_files import numbered_lines
from harness.corpus import LABELS, LabelledPair
from harness.errors import BadDataError, MissingDataError, quoted
from harness.file_layouts import refuse_binary
from harness.tasks.data_lines import clean_sentence

_COLUMNS = ("gold_label", "sentence1", "sentence2")
_NO_LABEL = "-"  # the annotators did not agree
_Row: TypeAlias = tuple[str, str, str]


@dataclass(frozen=True)
class NliPairs:
    """The pairs of one file.

    Attributes:
        pairs: In the order of the file.
        skipped: Rows left out: the annotators did not agree on a label, or a sentence is empty,
            as one of the published ones is.
    """

    pairs: tuple[LabelledPair, ...]
    skipped: int


def read_nli(path: Path) -> NliPairs:
    """Read a file with the columns or keys ``gold_label``, ``sentence1`` and ``sentence2``.

    Args:
        path: ``.jsonl`` holds JSON lines, any other ending tab-separated columns under a
            header; a further ``.gz`` is unpacked.

    Raises:
        MissingDataError: If there is no such file.
        BadDataError: If the file is damaged, a row does not fit, or no row has a label.
    """
    if not path.is_file():
        raise MissingDataError(f"labelled pairs must be a file, got {str(path)!r}")
    is_json = path.name.removesuffix(".gz").endswith(".jsonl")
    pairs: list[LabelledPair] = []
    skipped = 0
    for number, (label, first, second) in _rows(path, _json_reader if is_json else _tsv_reader):
        if label == _NO_LABEL:
            skipped += 1
            continue
        if label not in LABELS:
            known = ", ".join(LABELS)
            raise BadDataError(
                path, number, f"label must be one of {known} or -, got {quoted(label)}"
            )
        premise, hypothesis = clean_sentence(first), clean_sentence(second)
        if not premise or not hypothesis:
            skipped += 1
            continue
        pairs.append(LabelledPair(premise, hypothesis, LABELS.index(label)))
    if not pairs:
        raise BadDataError(path, None, "must have at least one labelled pair, got none")
    return NliPairs(tuple(pairs), skipped)


def _rows(
    path: Path, reader: Callable[[Iterator[tuple[int, str]]], Iterator[tuple[int, _Row]]]
) -> Iterator[tuple[int, _Row]]:
    """Yield line number, from 1, and label and sentences of each row; one line is held at a time.

    Raises:
        BadDataError: If the file cannot be unpacked, decoded or parsed.
    """
    number = 0

    def lines() -> Iterator[tuple[int, str]]:
        nonlocal number
        for number, line in numbered_lines(path):
            refuse_binary(line, path, number)
            yield number, line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")

    try:
        yield from reader(lines())
    except (UnicodeDecodeError, ValueError) as error:
        raise BadDataError(path, number, str(error)) from error


def _tsv_reader(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, _Row]]:
    header: Sequence[str] = next(lines, (0, ""))[1].split("\t")
    for column in _COLUMNS:
        if header.count(column) != 1:
            names = quoted(" ".join(header))
            raise ValueError(f"header must name the column {column} once, got {names}")
    label, first, second = (header.index(column) for column in _COLUMNS)
    for number, line in lines:
        cells = line.split("\t")
        if len(cells) != len(header):
            raise ValueError(f"must have {len(header)} tab-separated columns, got {len(cells)}")
        yield number, (cells[label], cells[first], cells[second])


def _json_reader(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, _Row]]:
    for number, line in lines:
        row = _parse(line)
        cells = [row.get(key) if isinstance(row, dict) else None for key in _COLUMNS]
        if not all(isinstance(cell, str) for cell in cells):
            raise ValueError(f"must be an object with text under {', '.join(_COLUMNS)}")
        label, first, second = map(str, cells)
        f"{first}{second}".encode()  # JSON can write half a character, which is no text
        yield number, (label, first, second)


def _parse(line: str) -> object:
    try:
        return json.loads(line)
    except RecursionError as error:
        raise ValueError("must be an object, got brackets within brackets") from error
