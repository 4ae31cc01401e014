"""Read scored pairs from tables: CSV without a header, tabs without quotes, JSON lines."""

from collections.abc import Sequence

import numpy as np

from harness.data import DataFile, DataFolder
from harness.errors import MissingDataError
from harness.table_files.table import DataTable
from harness.table_files.table_files import read_tables
from harness.tasks.data_lines import clean_sentence, read_lines
from harness.tasks.sts.files import ScoredPairs, pairs_of_columns

COLLECTION = "sts-languages"

_KORSTS_HEADER = ("genre", "filename", "year", "id", "score", "sentence1", "sentence2")
_MAXIMUM = 5
_LEAST_ALIKE = 5  # minus STS22's overall score, from 1 (most alike) to 4


def read_korsts(data: DataFolder, split: str) -> ScoredPairs:
    """Read ``KorSTS/sts-<split>.tsv``: a header and tabs; quotes are text, some stand alone.

    Raises:
        MissingDataError: If the file is absent.
        BadDataError: If a row does not fit.
    """
    file = read_lines(data, COLLECTION, f"KorSTS/sts-{split}.tsv")
    if tuple(file.columns(0, len(_KORSTS_HEADER))) != _KORSTS_HEADER:
        raise file.error(0, f"must be the header {', '.join(_KORSTS_HEADER)}")
    rows = range(1, len(file.lines))
    columns = [file.columns(row, 7, 8, 9) for row in rows]  # sources may follow, as in STS-B
    return pairs_of_columns(file, columns, sides=slice(5, 7), gold=4)


def read_jsts(data: DataFolder, split: str) -> ScoredPairs:
    """Read ``JSTS/<split>-v1.3.json``: JSON lines with sentence1, sentence2 and label.

    Raises:
        MissingDataError: If the file is absent.
        BadDataError: If a row does not fit.
    """
    table, file = _read(data, f"JSTS/{split}-v1.3.json")
    return _pairs(table, ("sentence1", "sentence2", "label"), file)


def read_translated_stsb(data: DataFolder, split: str, language: str) -> ScoredPairs:
    """Read ``stsb-multi-mt/stsb-<language>-<split>.csv``: quoted, without a header.

    Raises:
        MissingDataError: If the file is absent.
        BadDataError: If a row does not fit.
    """
    name = f"stsb-multi-mt/stsb-{language}-{split}.csv"
    table, file = _read(data, name, header=False)
    if len(table.columns) != 3:  # noqa: PLR2004 - both sentences and the score
        raise table.error(0, None, f"must have 3 columns, got {len(table.columns)}")
    return _pairs(table, ("1", "2", "3"), file)


def read_sts22(data: DataFolder, track: str) -> ScoredPairs:
    """Read ``STS22-test/<track>.jsonl``, or ``.jsonl.gz``: articles, and how alike they are.

    Either ``score``, as mteb writes it, is higher the more alike they are; or ``Overall``, as it
    was released, is lower: that is taken from 5, which is how ``score`` was made.

    Raises:
        MissingDataError: If the file is absent.
        BadDataError: If a row does not fit.
    """
    place = f"STS22-test/{track}.jsonl"
    try:
        table, file = _read(data, f"{place}.gz")
    except MissingDataError:
        table, file = _read(data, place)
    released = next((name for name in table.columns if name.casefold() == "overall"), None)
    if released is not None and "score" in table.columns:
        problem = f"must have score or {released}, got both: which of them counts is not known"
        raise table.error(None, None, problem)
    pairs = _pairs(table, ("sentence1", "sentence2", released or "score"), file)
    if released is None:
        return pairs
    return ScoredPairs(pairs.first, pairs.second, _LEAST_ALIKE - pairs.gold, pairs.files)


def _read(
    data: DataFolder, name: str, *, header: bool | None = None
) -> tuple[DataTable, DataFile]:
    path = data.find(COLLECTION, name)
    table = read_tables(path, header=header)[""]
    (file,) = table.files
    return table, DataFile(data.relative(path), file.sha256, file.rows)


def _pairs(table: DataTable, columns: Sequence[str], file: DataFile) -> ScoredPairs:
    first, second, score = columns
    rows = range(len(table.rows))
    if len(rows) < 2:  # noqa: PLR2004 - a correlation needs two
        raise table.error(None, None, f"must have at least 2 scored pairs, got {len(rows)}")
    return ScoredPairs(
        tuple(clean_sentence(table.text(row, first)) for row in rows),
        tuple(clean_sentence(table.text(row, second)) for row in rows),
        np.array([_gold(table, row, score) for row in rows]),
        (file,),
    )


def _gold(table: DataTable, row: int, column: str) -> float:
    value = table.number(row, column)
    if not 0 <= value <= _MAXIMUM:
        raise table.error(row, column, f"must be a number from 0 to {_MAXIMUM}, got {value:g}")
    return value
