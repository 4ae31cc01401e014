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
    return scored_pairs(
        inputs,
        scored,
        [(columns[row][0], columns[row][1]) for row in scored],
        [read_gold(golds, row, golds.lines[row]) for row in scored],
        (inputs.as_data_file(len(inputs.lines)), golds.as_data_file(len(golds.lines))),
    )


def read_sts_benchmark(data: DataFolder, split: str) -> ScoredPairs:
    """Read ``sts-<split>.csv``: tab-separated, gold in column 5, sentences in 6 and 7.

    Raises:
        MissingDataError: If the file is absent.
        BadDataError: If a row does not fit.
    """
    file = read_lines(data, "senteval", f"STS/STSBenchmark/sts-{split}.csv")
    rows = list(range(len(file.lines)))
    columns = [file.columns(row, 7, 9) for row in rows]  # 9: the raw release names sources
    return scored_pairs(
        file,
        rows,
        [(column[5], column[6]) for column in columns],
        [read_gold(file, row, column[4]) for row, column in zip(rows, columns, strict=True)],
        (file.as_data_file(len(rows)),),
    )


def read_sick(data: DataFolder, split: str) -> ScoredPairs:
    """Read ``SICK_<split>.txt``: header, then id, both sentences, relatedness, entailment.

    Raises:
        MissingDataError: If the file is absent.
        BadDataError: If a row does not fit.
    """
    file = read_lines(data, "senteval", f"SICK/SICK_{split}.txt")
    columns = file.table("pair_ID", 5)
    rows = list(range(1, len(file.lines)))
    return scored_pairs(
        file,
        rows,
        [(column[1], column[2]) for column in columns],
        [read_gold(file, row, column[3]) for row, column in zip(rows, columns, strict=True)],
        (file.as_data_file(len(rows)),),
    )


def read_gold(file: TextFile, row: int, text: str) -> float:
    """Return a gold score from 0 to 5.

    Raises:
        BadDataError: If it is none.
    """
    try:
        value = float(text.replace("_", "?"))  # Python would read 1_0 as 10
    except ValueError:
        value = math.nan
    if not 0 <= value <= _MAXIMUM:
        expected = f"a number from 0 to {_MAXIMUM}"
        raise file.error(row, f"gold score must be {expected}, got {quoted(text.strip())}")
    return value


def scored_pairs(
    file: TextFile,
    rows: list[int],
    sides: list[tuple[str, str]],
    gold: list[float],
    files: tuple[DataFile, ...],
) -> ScoredPairs:
    """Return pairs with their white space folded.

    Args:
        file: What they were read from.
        rows: The index of each pair's line.
        sides: Both sentences of each pair.
        gold: Gold similarity of each pair.
        files: The files with their checksums.

    Raises:
        BadDataError: If there are fewer than two, or a sentence is empty.
    """
    if len(gold) < 2:  # noqa: PLR2004 - a correlation needs two
        raise file.error(None, f"must have at least 2 scored pairs, got {len(gold)}")
    cleaned = [(clean_sentence(first), clean_sentence(second)) for first, second in sides]
    for row, (first, second) in zip(rows, cleaned, strict=True):
        if not first or not second:
            raise file.error(row, "both sentences must have words, got an empty one")
    firsts, seconds = zip(*cleaned, strict=True)
    return ScoredPairs(firsts, seconds, np.array(gold), files)
