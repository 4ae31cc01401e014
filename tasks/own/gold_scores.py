"""Gold scores of any scale, or two labels in their place."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.errors import quoted
from harness.table_files.parts import PartRows
from harness.table_files.table import as_number
from harness.tasks.own.binary_labels import positive_label


@dataclass(frozen=True)
class GoldScores:
    """The scores of a file's pairs.

    Attributes:
        gold: Score of each pair. Shape: (pairs,).
        positive: The label that counts as 1; empty for scores.
        understood: What they are: ``scores 0 to 4``.
    """

    gold: NDArray[np.float64]
    positive: str
    understood: str

    @property
    def is_binary(self) -> bool:
        """Whether every score is 1 or 0."""
        return bool(np.isin(self.gold, (0, 1)).all())


def read_scores(
    source: PartRows,
    column: str,
    positive: str,
    scale: tuple[float, float] | None = None,
) -> GoldScores:
    """Read the scores of some rows.

    Args:
        source: The rows.
        column: The column of the scores.
        positive: Of two labels, the one that counts as 1; empty to go by their names.
        scale: Lowest and highest score; None for any.

    Raises:
        BadDataError: If there are fewer than 2, one is no number or outside the scale, or all are
            equal.
    """
    table, rows = source.table, source.rows
    if len(rows) < 2:  # noqa: PLR2004 - a correlation needs two
        raise table.error(None, None, f"must have at least 2 scored pairs, got {len(rows)}")
    place = table.index(column)
    if positive or not any(as_number(table.rows[row][place]) is not None for row in rows):
        return _read_labels(source, column, positive)
    gold = np.array([table.number(row, column) for row in rows])
    if column in table.classes and -1 in gold:
        row = rows[gold.tolist().index(-1)]
        raise table.error(row, column, "must be a label, got -1: the row has none")
    low, high = gold.min(), gold.max()
    if scale is not None and not scale[0] <= low <= high <= scale[1]:
        outside = int(np.flatnonzero((gold < scale[0]) | (gold > scale[1]))[0])
        expected = f"from {scale[0]:g} to {scale[1]:g}"
        raise table.error(rows[outside], column, f"must be {expected}, got {gold[outside]:g}")
    if low == high:
        raise table.error(None, column, f"must have different scores, got {low:g} on every row")
    understood = f"scores {low:g} to {high:g}"
    if set(gold) == {0, 1}:
        understood = f"scores 0 and 1 ({gold.mean():.0%} are 1)"
    return GoldScores(gold, "", understood)


def _read_labels(source: PartRows, column: str, positive: str) -> GoldScores:
    """Read two labels as 1 and 0."""
    table = source.table
    texts = [table.text(row, column) for row in source.rows]
    labels = list(dict.fromkeys(texts))
    if len(labels) != 2:  # noqa: PLR2004 - one for 1, one for 0
        row = source.rows[texts.index(labels[min(len(labels) - 1, 2)])]
        expected = "a number, or one of two labels in the whole column"
        raise table.error(
            row, column, f"must be {expected}, got {quoted(table.text(row, column))}"
        )
    chosen = positive or positive_label(labels)
    if chosen not in labels:
        named = quoted(positive) if positive else "labels whose names do not say which"
        expected = f"one that counts as 1 among {' and '.join(map(quoted, labels))}"
        raise table.error(None, column, f"must have {expected}, got {named}: set positive=LABEL")
    (other,) = (label for label in labels if label != chosen)
    gold = np.array([float(text == chosen) for text in texts])
    share = f"{gold.mean():.0%} are {chosen}"
    return GoldScores(gold, chosen, f"labels {other} as 0 and {chosen} as 1 ({share})")
