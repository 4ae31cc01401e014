"""Labelled pairs of natural language inference, from a table of any form."""

from collections.abc import Iterator
from dataclasses import dataclass

from harness.corpus import LABELS, LabelledPair
from harness.errors import quoted
from harness.own_text import OwnText
from harness.table_files.cells import Cell
from harness.table_files.columns import (
    FIRST,
    LABEL,
    NEGATIVE,
    SECOND,
    choose_columns,
    find_columns,
    find_pair,
)
from harness.table_files.parts import PartRows
from harness.table_files.table import DataTable, plain_text
from harness.tasks.data_lines import clean_sentence

_NUMBERS = {str(number): number for number in range(len(LABELS))}  # as `datasets` has them
_KNOWN = {**{label: number for number, label in enumerate(LABELS)}, **_NUMBERS}
_NO_LABEL = ("-", "-1")  # the annotators did not agree
_ENTAILMENT, _CONTRADICTION = LABELS.index("entailment"), LABELS.index("contradiction")


@dataclass(frozen=True)
class NliPairs:
    """The pairs of one file.

    Attributes:
        pairs: In the order of the file; of a triplet, the pair that follows and the one that
            contradicts.
        skipped: Rows left out: the annotators did not agree on a label, or a sentence is empty,
            as one of the published ones is.
        understood: One line about what was read.
    """

    pairs: tuple[LabelledPair, ...]
    skipped: int
    understood: str


def read_nli(text: OwnText) -> NliPairs:
    """Read labelled pairs, or triplets of a sentence, one that follows and one that contradicts.

    Args:
        text: A table with the columns premise, hypothesis and label by any of their usual names,
            or as `text.columns` names them; or sent0, sent1, hard_neg or the like.

    Raises:
        MissingDataError: If there is no such file.
        BadDataError: If it is damaged, a row does not fit, no row has a label, or labels are 0 and
            1 alone, as of paraphrases, where 1 would be neutral.
    """
    source = text.rows()
    table = source.table
    triplets = () if text.columns else _triplet_columns(table)
    columns = triplets or choose_columns(table, (FIRST, SECOND, LABEL), text.columns)
    read = _triplets(source, columns) if triplets else _labelled(source, columns)
    pairs = tuple(pair for row in read for pair in row)
    if not pairs:
        raise table.error(None, None, "must have at least one labelled pair, got none")
    meaning = _meaning(table, columns[2])
    if meaning and _CONTRADICTION not in {pair.label for pair in pairs}:
        cure = "write labels as words if these numbers mean so"
        expected = f"must have 2 among its labels 0, 1, 2 ({', '.join(LABELS)})"
        raise table.error(None, columns[2], f"{expected}, got 0 and 1 alone: {cure}")
    rows = len(pairs) // 2 if triplets else len(pairs)
    what = f"{rows:,} triplets as {len(pairs):,}" if triplets else f"{len(pairs):,}"
    skipped = len(source.rows) - rows
    said = text.understood(source, f"{what} labelled pairs", columns, skipped)
    return NliPairs(pairs, skipped, f"{said}{meaning}")


def _triplet_columns(table: DataTable) -> tuple[str, ...]:
    """Return the columns of triplets; none for a table with labels."""
    has_labels = table.has_header and find_columns(table, LABEL)
    return () if has_labels else find_pair(table, (FIRST, SECOND, NEGATIVE))


def _triplets(source: PartRows, columns: tuple[str, ...]) -> Iterator[tuple[LabelledPair, ...]]:
    for row in source.rows:
        anchor, positive, negative = _sides(source.table, row, columns)
        if anchor and positive and negative:
            yield (
                LabelledPair(anchor, positive, _ENTAILMENT),
                LabelledPair(anchor, negative, _CONTRADICTION),
            )


def _labelled(source: PartRows, columns: tuple[str, ...]) -> Iterator[tuple[LabelledPair, ...]]:
    table, place = source.table, source.table.index(columns[2])
    labels: dict[Cell, int | None] = {}
    for row in source.rows:
        cell = table.rows[row][place]
        if cell not in labels:
            labels[cell] = _label(table, row, columns[2])
        label = labels[cell]
        premise, hypothesis = _sides(table, row, columns[:2])
        if label is not None and premise and hypothesis:
            yield (LabelledPair(premise, hypothesis, label),)


def _sides(table: DataTable, row: int, columns: tuple[str, ...]) -> list[str]:
    cells = [(column, table.rows[row][table.index(column)]) for column in columns]
    for column, cell in cells:
        if not isinstance(cell, str):
            got = "a missing cell" if cell is None else repr(cell)
            raise table.error(row, column, f"must be text, got {got}")
    return [clean_sentence(str(cell)) for _, cell in cells]


def _label(table: DataTable, row: int, column: str) -> int | None:
    """Return an index into `LABELS`; None if the annotators did not agree."""
    text = table.label(row, column)
    if text is None or text in _NO_LABEL:
        return None
    if (known := _KNOWN.get(text.casefold())) is None:
        expected = f"must be one of {', '.join(LABELS)}, 0, 1, 2 or -"
        raise table.error(row, column, f"{expected}, got {quoted(text)}")
    return known


def _meaning(table: DataTable, column: str) -> str:
    """Say what numbers in place of labels mean, if there are any and nothing names them."""
    place = table.index(column)
    are_numbers = column not in table.classes and any(
        plain_text(row[place]) in _NUMBERS for row in table.rows[:1000]
    )
    return f"; labels 0, 1, 2 mean {', '.join(LABELS)}" if are_numbers else ""
