"""Read scored sentence pairs: the STS 2012-2016 layout, STS-B and SICK."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.data import DataFile, DataFolder
from harness.errors import quoted
from harness.tasks.data_lines import TextFile, clean_sentence, read_lines

SICK_FILES = {"train": "train", "dev": "trial", "test": "test_annotated"}
"""Part to its name in the names of SICK's files."""

_MAXIMUM = 5  # of every scale in use: 0-5, SICK's 1-5, Spanish 0-4


@dataclass(frozen=True)
class ScoredPairs:
    """Pairs of sentences with their gold similarity.

    Attributes:
        first: One side of each pair.
        second: The other side.
        gold: Gold similarity of each pair. Shape: (pairs,).
        files: What the pairs were read from; first the file that holds every pair, scored or not.
    """

    first: tuple[str, ...]
    second: tuple[str, ...]
    gold: NDArray[np.float64]
    files: tuple[DataFile, ...]


def read_split(
    data: DataFolder, folder: str, split: str, *, collection: str = "senteval"
) -> ScoredPairs:
    """Read ``STS.input.<split>.txt`` and ``STS.gs.<split>.txt``.

    A pair whose gold line is empty was never scored and is left out.

    Args:
        data: The data folder.
        folder: The task's folder in the collection.
        split: The split's name in the file names.
        collection: Where the folder lies.

    Raises:
        MissingDataError: If a file is absent.
        BadDataError: If the files' rows or columns do not fit.
    """
    inputs = read_lines(data, collection, f"{folder}/STS.input.{split}.txt")
    golds = read_lines(data, collection, f"{folder}/STS.gs.{split}.txt")
    if len(inputs.lines) != len(golds.lines):
        counts = f"one line for each of the {len(inputs.lines)} pairs of {inputs.path.name}"
        raise golds.error(None, f"must have {counts}, got {len(golds.lines)}")
    scored = [row for row, line in enumerate(golds.lines) if line.strip()]
    columns = inputs.rows(2, 4)  # 4: the raw STS16 release
    return _scored_pairs(
        inputs,
        scored,
        [(columns[row][0], columns[row][1]) for row in scored],
        [_read_gold(golds, row, golds.lines[row]) for row in scored],
        (inputs.as_data_file(len(inputs.lines)), golds.as_data_file(len(golds.lines))),
    )


def read_sts_benchmark(data: DataFolder, split: str) -> ScoredPairs:
    """Read ``sts-<split>.csv``: tab-separated, gold in column 5, sentences in 6 and 7.

    Raises:
        MissingDataError: If the file is absent.
        BadDataError: If a row does not fit.
    """
    file = read_lines(data, "senteval", f"STS/STSBenchmark/sts-{split}.csv")
    rows = range(len(file.lines))
    columns = [file.columns(row, 7, 9) for row in rows]  # 9: the raw release names sources
    return pairs_of_columns(file, columns, sides=slice(5, 7), gold=4)


def read_sick(data: DataFolder, split: str) -> ScoredPairs:
    """Read ``SICK_<split>.txt``: header, then id, both sentences, relatedness, entailment.

    Raises:
        MissingDataError: If the file is absent.
        BadDataError: If a row does not fit.
    """
    file = read_lines(data, "senteval", f"SICK/SICK_{split}.txt")
    columns = file.table("pair_ID", 5)
    return pairs_of_columns(file, columns, sides=slice(1, 3), gold=3)


def pairs_of_columns(
    file: TextFile, columns: list[list[str]], *, sides: slice, gold: int
) -> ScoredPairs:
    """Return the pairs of a file that holds sentences and gold scores in columns.

    Args:
        file: What they were read from.
        columns: The cells of its last lines, those below a header if it has one.
        sides: Places of both sentences.
        gold: Place of the gold score.

    Raises:
        BadDataError: If there are fewer than two, a sentence is empty or a score is none.
    """
    rows = list(range(len(file.lines) - len(columns), len(file.lines)))
    return _scored_pairs(
        file,
        rows,
        [(first, second) for first, second in (cells[sides] for cells in columns)],
        [_read_gold(file, row, cells[gold]) for row, cells in zip(rows, columns, strict=True)],
        (file.as_data_file(len(rows)),),
    )


def _read_gold(file: TextFile, row: int, text: str) -> float:
    """Return a gold score from 0 to 5."""
    try:
        value = float(text.replace("_", "?"))  # Python would read 1_0 as 10
    except ValueError:
        value = math.nan
    if not 0 <= value <= _MAXIMUM:
        expected = f"a number from 0 to {_MAXIMUM}"
        raise file.error(row, f"gold score must be {expected}, got {quoted(text.strip())}")
    return value


def _scored_pairs(
    file: TextFile,
    rows: list[int],
    sides: list[tuple[str, str]],
    gold: list[float],
    files: tuple[DataFile, ...],
) -> ScoredPairs:
    """Return the pairs of some rows, their white space folded."""
    if len(gold) < 2:  # noqa: PLR2004 - a correlation needs two
        raise file.error(None, f"must have at least 2 scored pairs, got {len(gold)}")
    cleaned = [(clean_sentence(first), clean_sentence(second)) for first, second in sides]
    for row, (first, second) in zip(rows, cleaned, strict=True):
        if not first or not second:
            raise file.error(row, "both sentences must have words, got an empty one")
    firsts, seconds = zip(*cleaned, strict=True)
    return ScoredPairs(firsts, seconds, np.array(gold), files)
